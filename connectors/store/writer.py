"""The one writer of the ledger: a thread that commits what is waiting as one group.

No entry waits for others to arrive: a batch is whatever came in while the last one was on its way
to the disk. Futures are resolved after COMMIT has returned, all of a batch in one wake-up.
"""

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from connectors.store.entries import Entry, EntryRefused, LedgerBusy, LedgerUnavailable
from connectors.store.statements import inserts

BATCH = 512
PROBE_SECONDS = 1.0

_Waiting = tuple[Entry, "asyncio.Future[None]"]
_Outcomes = Sequence[tuple["asyncio.Future[None]", Exception | None]]
# What the entry itself is to blame for; any other database error is the fault of the disk.
_REFUSALS = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    OverflowError,
    ValueError,
    TypeError,
)


class GroupWriter:
    """Commits entries in groups of up to ``BATCH``, in the order of arrival, in its own thread.

    An entry that breaks a rule of the tables is refused alone. When the disk fails, every entry of
    the batch fails and none is stored; the writer then probes once a second until a commit works.

    Attributes:
        reason: why the last commit failed; empty while the ledger works.
        commit_seconds: duration of the last commit, insert to disk.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        queue_limit: int,
        on_commit: Callable[[], None],
    ) -> None:
        self.reason = ""
        self.commit_seconds = 0.0
        self._connection = connection
        self._queue_limit = queue_limit
        self._on_commit = on_commit
        self._arrived = threading.Condition()
        self._waiting: deque[_Waiting] = deque()
        self._batch: list[_Waiting] = []
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    @property
    def depth(self) -> int:
        """Entries that wait for their batch."""
        return len(self._waiting)

    def submit(self, entry: Entry) -> asyncio.Future[None]:
        """Queue an entry; the future is done once it is on the disk, or holds the error.

        Raises:
            LedgerBusy: the queue is full.
            LedgerUnavailable: the writer is closed.
            RuntimeError: there is no running event loop in this thread.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._arrived:
            if self._closing:
                raise LedgerUnavailable(self.reason or "the ledger is closed")
            if len(self._waiting) >= self._queue_limit:
                raise LedgerBusy(f"{self._queue_limit} entries wait for the disk already")
            self._waiting.append((entry, future))
            self._arrived.notify()
        return future

    def close(self) -> None:
        """Commit what is waiting, then stop the thread."""
        with self._arrived:
            self._closing = True
            self._arrived.notify()
        self._thread.join()

    def _run(self) -> None:
        try:
            while self._take():
                self._settle()
        finally:  # whatever ended the thread, nobody may wait for it for ever
            with self._arrived:
                self._closing = True
                orphans = [*self._batch, *self._waiting]
            self.reason = self.reason or "the ledger is closed"
            _resolve([(future, LedgerUnavailable(self.reason)) for _, future in orphans])

    def _take(self) -> bool:
        """Wait for a batch; False at the end. An empty one asks whether the disk is back."""
        with self._arrived:
            self._arrived.wait_for(
                lambda: self._waiting or self._closing,
                timeout=PROBE_SECONDS if self.reason else None,
            )
            size = min(len(self._waiting), BATCH)
            self._batch = [self._waiting.popleft() for _ in range(size)]
            return bool(self._batch) or not self._closing

    def _settle(self) -> None:
        started = time.perf_counter()
        futures = [future for _, future in self._batch]
        try:
            refusals = self._write([entry for entry, _ in self._batch])
        except (sqlite3.Error, MemoryError) as error:
            with contextlib.suppress(sqlite3.Error):
                self._connection.rollback()
            self.reason = f"the ledger cannot write: {error}"
            outcomes: _Outcomes = [(future, LedgerUnavailable(self.reason)) for future in futures]
        else:
            self.reason = ""
            self.commit_seconds = time.perf_counter() - started
            outcomes = list(zip(futures, refusals, strict=True))
            self._on_commit()
        self._batch = []
        _resolve(outcomes)

    def _write(self, entries: Sequence[Entry]) -> list[EntryRefused | None]:
        run = self._connection.execute
        if not entries:
            [version] = run("PRAGMA user_version").fetchone()
            run(f"PRAGMA user_version = {version}")  # writes a page and waits for the disk
            return []
        statements = inserts(entries)
        try:
            if len(statements) == 1:  # a transaction by itself, at a third of the calls
                run(*statements[0])
            else:
                run("BEGIN IMMEDIATE")
                for statement in statements:
                    run(*statement)
                run("COMMIT")
        except _REFUSALS:
            self._connection.rollback()
        else:
            return [None] * len(entries)
        run("BEGIN IMMEDIATE")
        refusals = [self._write_one(entry) for entry in entries]
        run("COMMIT")
        return refusals

    def _write_one(self, entry: Entry) -> EntryRefused | None:
        run = self._connection.execute
        run("SAVEPOINT entry")
        try:
            for statement in inserts([entry]):
                run(*statement)
        except _REFUSALS as error:
            run("ROLLBACK TO entry")
            return EntryRefused(str(error))
        finally:
            run("RELEASE entry")
        return None


def _resolve(outcomes: _Outcomes) -> None:
    """Hand the outcomes to their event loops: one wake-up per loop, not one per future."""
    by_loop: dict[
        asyncio.AbstractEventLoop, list[tuple[asyncio.Future[None], Exception | None]]
    ] = {}
    for future, error in outcomes:
        by_loop.setdefault(future.get_loop(), []).append((future, error))
    for loop, outcomes_here in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_set, outcomes_here)


def _set(outcomes: _Outcomes) -> None:
    for future, error in outcomes:
        if future.done():  # its waiter was cancelled
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
