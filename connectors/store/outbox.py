"""Reading the outbox in the order in which events were committed."""

import sqlite3
from pathlib import Path
from typing import NamedTuple

from connectors.store import statements
from connectors.store.entries import LedgerUnavailable
from connectors.store.schema import open_reader


class UnitSum(NamedTuple):
    """Units of one account, meter and hour in a stretch of the outbox; times in microseconds."""

    seq: int
    account_id: str
    meter: str
    period_start: int
    quantity: int
    ts_last_event: int


class Stretch(NamedTuple):
    """What was committed behind a place: the sums, the last place, and how many events."""

    sums: list[UnitSum]
    seq: int
    events: int


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

    def after(self, seq: int, limit: int) -> Stretch:
        """Sum up to ``limit`` events behind ``seq``; 0 is before the first."""
        try:
            [[last, events]] = self._connection.execute(statements.TAIL, (seq, limit)).fetchall()
            sums = self._connection.execute(statements.SUMS, (seq, last or seq)).fetchall()
        except sqlite3.Error as error:
            raise LedgerUnavailable(f"cannot read the ledger {self._path}: {error}") from error
        return Stretch([UnitSum(*row) for row in sums], last or seq, events)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
