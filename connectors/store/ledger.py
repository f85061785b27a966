"""The ledger: the durable truth about what was used, and so about money.

One SQLite file, ``ledger.sqlite3``, written by one process. Usage events, their place in the outbox
and the answer they belong to are committed in one transaction, before the answer leaves.
"""

import asyncio
import sqlite3
import zlib
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from connectors.store import statements
from connectors.store.commit_signal import CommitSignal
from connectors.store.entries import (
    AnswerRow,
    Entry,
    EntryRefused,
    LedgerBusy,
    LedgerEvent,
    LedgerUnavailable,
)
from connectors.store.lock import LedgerLocked, WriterLock
from connectors.store.schema import open_reader, open_writer
from connectors.store.writer import GroupWriter

__all__ = [
    "FILE_NAME",
    "EntryRefused",
    "Ledger",
    "LedgerBusy",
    "LedgerLocked",
    "LedgerUnavailable",
]

FILE_NAME = "ledger.sqlite3"


class Ledger:
    """The ledger of ``home``, open for writing until :meth:`close`.

    Reads run on the caller's thread against committed rows: a look-up by key costs about ten
    microseconds. Use it from one event loop.

    Raises:
        LedgerLocked: another process writes this ledger.
        LedgerUnavailable: the file cannot be opened, or was written by a newer version.
    """

    def __init__(self, home: Path, *, queue_limit: int = 4096) -> None:
        self.path = home / FILE_NAME
        self.signal = CommitSignal()
        try:
            home.mkdir(parents=True, exist_ok=True)
            self._lock = WriterLock(home / f"{FILE_NAME}.lock")
        except OSError as error:
            raise LedgerUnavailable(f"cannot open the ledger in {home}: {error}") from error
        try:
            self._connection = open_writer(self.path)
            self._reader = open_reader(self.path)
        except (sqlite3.Error, ValueError) as error:
            self._lock.release()
            raise LedgerUnavailable(f"cannot open the ledger {self.path}: {error}") from error
        self._writer = GroupWriter(
            self._connection, queue_limit=queue_limit, on_commit=self.signal.notify
        )

    def __enter__(self) -> Self:
        """Return the ledger itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the ledger."""
        self.close()

    @property
    def depth(self) -> int:
        """Entries that wait for their commit."""
        return self._writer.depth

    @property
    def reason(self) -> str:
        """Why the ledger cannot commit now; empty while it can."""
        return self._writer.reason

    @property
    def commit_seconds(self) -> float:
        """Duration of the last commit."""
        return self._writer.commit_seconds

    def submit(self, entry: Entry) -> asyncio.Future[None]:
        """Queue an entry; the future is done when the entry is on the disk.

        Cancelling the future does not take the entry back.

        Raises:
            LedgerBusy: too many entries wait already.
            LedgerUnavailable: the ledger is closed. The future raises it when the disk fails: then
                nothing of the entry is stored.
            EntryRefused: from the future; the entry breaks a rule of the tables.
        """
        return self._writer.submit(entry)

    def find_answer(self, account_id: str, route: str, key: str, now: int) -> AnswerRow | None:
        """Return the answer stored under a key; None when there is none or it has expired.

        Raises:
            LedgerUnavailable: the file cannot be read.
        """
        row = self._read(statements.ANSWER, (account_id, route, key, now))
        return None if row is None else AnswerRow(*row)

    def find_event(self, account_id: str, event_id: str) -> LedgerEvent | None:
        """Return an event of this account, None when it has no such event.

        Raises:
            LedgerUnavailable: the file cannot be read.
        """
        row = self._read(statements.EVENT, (event_id, account_id))
        return None if row is None else LedgerEvent(*row)

    def find_served(self, portfolio_id: str, as_of: int) -> bytes | None:
        """Return what was last served on a portfolio at an instant; None when it is not kept.

        Raises:
            LedgerUnavailable: the file cannot be read.
        """
        row = self._read(statements.SERVED, (portfolio_id, as_of))
        return None if row is None else zlib.decompress(row[0])

    def close(self) -> None:
        """Commit what is waiting, refuse what comes later, release the file."""
        self._writer.close()
        self._reader.close()
        self._connection.close()
        self._lock.release()

    def _read(self, query: str, values: tuple[object, ...]) -> tuple[Any, ...] | None:
        try:
            row: tuple[Any, ...] | None = self._reader.execute(query, values).fetchone()
        except sqlite3.Error as error:
            raise LedgerUnavailable(f"cannot read the ledger {self.path}: {error}") from error
        return row
