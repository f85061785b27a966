"""Minibatches between the engine's thread and the thread that writes them."""

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Final

from connectors.sinks.postgres_batch import Batch, Checkpoint
from connectors.sources.stop import StopToken

_LOOK: Final = 0.1  # seconds between looks at the stop token
_BYTES_OF_A_ROW: Final = 1024  # what a state weighs against rows


@dataclass
class Pending:
    """What is written next: a batch, and the checkpoint that it ends with.

    Attributes:
        oldest: ``time.monotonic`` when the first of its minibatches closed.
    """

    batch: Batch
    oldest: float
    checkpoint: Checkpoint | None = None

    @property
    def weight(self) -> int:
        """Rows; a state counts as the rows that would need as much memory."""
        states = () if self.checkpoint is None else self.checkpoint.payloads.values()
        return len(self.batch) + sum(map(len, states)) // _BYTES_OF_A_ROW


class Backlog:
    """Merges minibatches that wait, but never across a checkpoint.

    Args:
        limit: rows that may wait; then the engine does.
        stop: ends that wait.
    """

    def __init__(self, limit: int, stop: StopToken) -> None:
        self.failure: Exception | None = None
        self._limit = limit
        self._stop = stop
        self._waiting: deque[Pending] = deque()
        self._changed = threading.Condition()
        self._writing: Pending | None = None
        self._closed = False

    def put(self, batch: Batch, checkpoint: Checkpoint | None = None) -> None:
        """Add a minibatch; waits while too much is waiting already.

        Raises:
            FeedStopped: a stop was asked for.
            Exception: ``failure``, once the writer has given up.
        """
        with self._changed:
            while self.rows >= self._limit:
                self.check()
                self._stop.check()
                self._changed.wait(_LOOK)
            self.check()
            if self._waiting and self._waiting[-1].checkpoint is None:
                self._waiting[-1].batch.merge(batch)
                self._waiting[-1].checkpoint = checkpoint
            else:
                self._waiting.append(Pending(batch, time.monotonic(), checkpoint))
            self._changed.notify_all()

    def take(self) -> Pending | None:
        """The next thing to write, waited for; None: there is no more, ever."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            self._writing = self._waiting.popleft() if self._waiting else None
            self._changed.notify_all()
            return self._writing

    def written(self) -> None:
        """What was taken is written."""
        with self._changed:
            self._writing = None
            self._changed.notify_all()

    def fail(self, failure: Exception) -> None:
        """The writer gives up: whoever waits or comes is told."""
        with self._changed:
            self.failure = failure
            self._changed.notify_all()

    def close(self, *, drop: bool = False) -> None:
        """Nothing is added from now on; ``drop``: forget what waits."""
        with self._changed:
            self._closed = True
            if drop:
                self._waiting.clear()
            self._changed.notify_all()

    def drain(self) -> None:
        """Wait until all is written.

        Raises:
            FeedStopped: a stop was asked for.
            Exception: ``failure``.
        """
        with self._changed:
            while self._waiting or self._writing is not None:
                self.check()
                self._stop.check()
                self._changed.wait(_LOOK)
            self.check()

    def check(self) -> None:
        """Raise what the writer has given up with."""
        if self.failure is not None:
            raise self.failure

    @property
    def rows(self) -> int:
        """How much waits, beside what is being written."""
        with self._changed:
            return sum(pending.weight for pending in self._waiting)

    @property
    def oldest(self) -> float | None:
        """When the oldest minibatch that is not written yet closed, by ``time.monotonic``."""
        with self._changed:
            first = self._writing or (self._waiting[0] if self._waiting else None)
            return None if first is None else first.oldest
