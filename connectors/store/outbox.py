"""Reading the outbox in the order in which events were committed."""

import sqlite3
from pathlib import Path
from typing import NamedTuple

from connectors.store import statements
from connectors.store.entries import LedgerUnavailable
from connectors.store.schema import open_reader


class OutboxRow(NamedTuple):
    """A committed usage event and its place. ``ts_event`` in microseconds UTC."""

    event_id: str
    seq: int
    account_id: str
    meter: str
    quantity: int
    ts_event: int


class OutboxReader:
    """Reads the outbox of the ledger file ``path`` on a connection of its own.

    ``seq`` grows in the order of commits, so whoever has read up to one never misses a lower one.

    Raises:
        LedgerUnavailable: here and from :meth:`after`, the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = open_reader(path)
        except sqlite3.Error as error:
            raise LedgerUnavailable(f"cannot read the ledger {path}: {error}") from error

    def after(self, seq: int, limit: int) -> list[OutboxRow]:
        """Return up to ``limit`` rows behind ``seq``, in order; 0 is before the first."""
        try:
            rows = self._connection.execute(statements.TAIL, (seq, limit)).fetchall()
        except sqlite3.Error as error:
            raise LedgerUnavailable(f"cannot read the ledger {self._path}: {error}") from error
        return [OutboxRow(*row) for row in rows]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
