"""The thread that writes what waits, through short absences of Postgres."""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Final

import psycopg

from connectors.sinks.postgres_backlog import Backlog
from connectors.sinks.postgres_batch import Batch, Checkpoint
from connectors.sinks.postgres_link import SchemaTaken, SinkLost
from connectors.sinks.postgres_store import PostgresStore
from connectors.sources.live_feed import LinkState

FIRST_WAIT: Final = 0.05  # seconds before the second attempt; doubled up to LONGEST_WAIT
LONGEST_WAIT: Final = 1.0
_AWAY: Final = (psycopg.OperationalError, psycopg.InterfaceError)
_log = logging.getLogger(__name__)


class Writer:
    """Takes from ``backlog`` and writes to ``store`` until the backlog is closed or Postgres lost.

    Args:
        store: prepared and restored; only this writer uses it from now on.
        backlog: is told when the writer gives up.
        patience: seconds for which Postgres may be away.
        on_checkpoint: called with the number of each checkpoint after its commit.
        on_lost: called once when the writer gives up.

    Attributes:
        state: connected; away while a write fails.
        since: wall time in seconds of its last change.
        reason: of being away.
        counters: rows, commits, checkpoints, retries.
        checkpoint: number of the last one that is committed.
        patience: as given.
    """

    def __init__(
        self,
        store: PostgresStore,
        backlog: Backlog,
        *,
        patience: float,
        on_checkpoint: Callable[[int], None],
        on_lost: Callable[[SinkLost], None],
    ) -> None:
        self.state: LinkState = "connected"
        self.since = time.time()
        self.reason = ""
        self.counters = dict.fromkeys(("rows", "commits", "checkpoints", "retries"), 0)
        self.checkpoint: int | None = None
        self.patience = patience
        self._store = store
        self._backlog = backlog
        self._busy_since: float | None = None
        self._on_checkpoint = on_checkpoint
        self._on_lost = on_lost
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="postgres-sink", daemon=True)

    @property
    def busy_seconds(self) -> float:
        """How long the attempt that is running has been waiting for an answer."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    def start(self) -> None:
        """Begin to write; a second call does nothing."""
        if self._thread.ident is None:
            self._thread.start()

    def stop(self, wait: float) -> None:
        """Write what waits for at most ``wait`` seconds, then drop the rest and disconnect.

        While Postgres is away there is nothing to wait for.
        """
        self._backlog.close()
        if self._thread.ident is not None:
            self._thread.join(0 if self.state == "away" else wait)
            self._stopped.set()
            self._backlog.close(drop=True)
            if self._thread.is_alive():
                self._store.sever()
                self._thread.join(wait)
        self._store.close()

    def _run(self) -> None:
        lost: SinkLost | None = SinkLost("the thread that writes to postgres has died")
        try:
            while (pending := self._backlog.take()) is not None:
                self._write(pending.batch)
                if pending.checkpoint is not None:
                    self._write_checkpoint(pending.checkpoint)
                self._backlog.written()
            lost = None
        except SinkLost as error:
            lost = error
        finally:
            if lost is not None:
                self._away(str(lost))
                self._backlog.fail(lost)
                self._on_lost(lost)

    def _write(self, batch: Batch) -> None:
        if not len(batch):
            return
        try:
            self._repeat(partial(self._store.write, batch))
        except psycopg.DataError:
            # Of all that the engine's values may be, text with zeros alone is none in Postgres.
            try:
                self._repeat(partial(self._store.write, batch.cleaned()))
            except psycopg.DataError as error:
                raise SinkLost(f"postgres refuses: {self._reason(error)}") from None
        self.counters["rows"] += len(batch)
        self.counters["commits"] += 1

    def _write_checkpoint(self, checkpoint: Checkpoint) -> None:
        self._repeat(partial(self._store.write_checkpoint, checkpoint))
        self.counters["checkpoints"] += 1
        self.checkpoint = checkpoint.number
        self._on_checkpoint(checkpoint.number)

    def _repeat(self, action: Callable[[], None]) -> None:
        """Do ``action``; when the connection is lost, again over a new one.

        Raises:
            SinkLost: Postgres stays away, or refuses.
            psycopg.DataError: a value has no place in its column.
        """
        deadline, pause, broken = None, FIRST_WAIT, False
        while True:
            self._busy_since = time.monotonic()
            try:
                if broken:
                    self._store.reconnect()
                    broken = False
                action()
            except (*_AWAY, SchemaTaken) as error:
                broken = True
                self._away(self._reason(error))
            except psycopg.DataError:
                raise
            except psycopg.Error as error:
                raise SinkLost(f"postgres refuses: {self._reason(error)}") from None
            else:
                self._back()
                return
            finally:
                self._busy_since = None
            now = time.monotonic()
            deadline = now + self.patience if deadline is None else deadline
            if now >= deadline or self._stopped.wait(min(pause, deadline - now)):
                raise SinkLost(f"postgres is away: {self.reason}")
            self.counters["retries"] += 1
            pause = min(2 * pause, LONGEST_WAIT)

    def _reason(self, error: Exception) -> str:
        return self._store.reason(error) if isinstance(error, psycopg.Error) else str(error)

    def _away(self, reason: str) -> None:
        if self.state != "away":
            _log.warning("postgres is away: %s", reason)
            self.state, self.since = "away", time.time()
        self.reason = reason

    def _back(self) -> None:
        if self.state == "away":
            _log.warning("postgres is back after %.1f s", time.time() - self.since)
            self.state, self.since, self.reason = "connected", time.time(), ""
