"""The file that remembers what calls have cost: one row per provider and month, and the alerts.

One statement books a cost and checks the budget, so threads and processes that share the file
cannot overspend together. Every commit waits for the disk.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FILE_NAME: Final = "provider_costs.sqlite"
Marks = Sequence[int]

_TABLES = """
CREATE TABLE IF NOT EXISTS spend (
    month TEXT NOT NULL,
    provider TEXT NOT NULL,
    micros INTEGER NOT NULL CHECK (micros >= 0),
    PRIMARY KEY (month, provider)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alerts (
    month TEXT NOT NULL,
    mark_micros INTEGER NOT NULL,
    spent_micros INTEGER NOT NULL,
    ts_raised INTEGER NOT NULL,
    PRIMARY KEY (month, mark_micros)
) STRICT, WITHOUT ROWID;
"""
_BOOK = """
INSERT INTO spend VALUES (:month, :provider, :micros)
ON CONFLICT DO UPDATE SET micros = micros + excluded.micros
WHERE micros + excluded.micros <= :budget OR :budget IS NULL
"""
_TOTAL = "SELECT coalesce(sum(micros), 0) FROM spend WHERE month = ?"
_RAISE = "INSERT OR IGNORE INTO alerts VALUES (?, ?, ?, ?)"
_SPENT = "SELECT provider, micros FROM spend WHERE month = ? ORDER BY provider"
_ALERTS = "SELECT * FROM alerts WHERE month = ? ORDER BY mark_micros"


class CostsUnavailable(Exception):
    """What calls cost cannot be written down, so calls that cost something must not be made."""


@dataclass(frozen=True)
class Alert:
    """The spend of all providers in a month has reached a mark. Money in micros of USD."""

    month: str
    mark_micros: int
    spent_micros: int
    ts_raised: int


class CostFile:
    """Spend and alerts by month (``2026-11``). From any thread.

    Raises:
        CostsUnavailable: from everything but ``close``, when the file cannot be used.
    """

    def __init__(self, home: Path) -> None:
        """Open the file in the folder ``home``, making both when they are not there."""
        self.path = home / FILE_NAME
        try:
            home.mkdir(parents=True, exist_ok=True)
            self._writer, self._reader = _Connection(self.path), _Connection(self.path)
        except (OSError, sqlite3.Error) as error:
            raise CostsUnavailable(f"cannot open {self.path}: {error}") from error
        try:
            with self._writer.used() as file:
                file.execute("PRAGMA journal_mode = WAL")
                file.executescript(_TABLES)
        except CostsUnavailable:
            self.close()
            raise

    def book(
        self, provider: str, month: str, micros: int, budget: int | None, *, marks: Marks, now: int
    ) -> list[Alert] | None:
        """Add a cost to the spend of a month, unless that would exceed the budget.

        Args:
            provider: whose.
            month: that it counts in.
            micros: the cost.
            budget: of the provider in the month; None: there is no limit.
            marks: of the spend of all providers, each of which alerts once a month.
            now: microseconds since the epoch.

        Returns:
            Alerts of the marks that this has reached first; None when nothing was added.
        """
        if budget is not None and micros > budget:
            return None
        row = {"month": month, "provider": provider, "micros": micros, "budget": budget}
        with self._writer.used() as file, _transaction(file):
            if not file.execute(_BOOK, row).rowcount:
                return None
            [total] = file.execute(_TOTAL, (month,)).fetchone()
            reached = [Alert(month, mark, total, now) for mark in marks if mark <= total]
            return [alert for alert in reached if _is_new(file, alert)]

    def spent(self, month: str) -> dict[str, int]:
        """Micros by provider; those that have cost nothing are absent."""
        with self._reader.used() as file:
            return dict(file.execute(_SPENT, (month,)).fetchall())

    def alerts(self, month: str) -> list[Alert]:
        """What was raised in a month, lowest mark first."""
        with self._reader.used() as file:
            return [Alert(*row) for row in file.execute(_ALERTS, (month,)).fetchall()]

    def close(self) -> None:
        """Close the file. Twice is once."""
        self._writer.close()
        self._reader.close()


class _Connection:
    """Used by one thread at a time. Who reads has another one than who writes, and never waits."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._file = sqlite3.connect(
            path, timeout=5.0, isolation_level=None, check_same_thread=False
        )

    @contextmanager
    def used(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._file
            except sqlite3.Error as error:
                raise CostsUnavailable(f"cannot use {self._path}: {error}") from error

    def close(self) -> None:
        with self._lock:
            self._file.close()


@contextmanager
def _transaction(file: sqlite3.Connection) -> Iterator[None]:
    file.execute("BEGIN IMMEDIATE")
    try:
        yield
        file.execute("COMMIT")
    except sqlite3.Error:
        if file.in_transaction:
            file.execute("ROLLBACK")
        raise


def _is_new(file: sqlite3.Connection, alert: Alert) -> bool:
    row = (alert.month, alert.mark_micros, alert.spent_micros, alert.ts_raised)
    return file.execute(_RAISE, row).rowcount > 0
