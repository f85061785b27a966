"""Reading a ledger from outside: one event and what was served for it."""

import sqlite3
import zlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from connectors.store import statements
from connectors.store.entries import LedgerEvent, LedgerUnavailable
from connectors.store.schema import open_reader


@dataclass(frozen=True)
class Audited:
    """A usage event; ``content``: what was served for it, None when it is not kept (any more)."""

    event: LedgerEvent
    content: bytes | None


def audited(ledger: Path, event_id: str) -> Audited | None:
    """An event of any account, with what was served; None when there is no such event.

    Args:
        ledger: the file; it may be written by a running process meanwhile.
        event_id: of the event.

    Raises:
        LedgerUnavailable: there is no such file, it is none of ours, or of an older layout.
    """
    try:
        with closing(open_reader(ledger)) as reader:
            row = reader.execute(statements.ANY_EVENT, (event_id,)).fetchone()
            if row is None:
                return None
            event = LedgerEvent(*row)
            kept = reader.execute(statements.CONTENT, (event.served_hash,)).fetchone()
            return Audited(event, zlib.decompress(kept[0]) if kept and kept[0] else None)
    except (sqlite3.Error, zlib.error) as error:
        raise LedgerUnavailable(f"cannot read the ledger {ledger}: {error}") from error
