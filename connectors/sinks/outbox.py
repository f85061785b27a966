"""Messages between the engine's thread, which must not wait for long, and one that sends them."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import islice
from typing import Final, Generic, TypeVar

from connectors.sources.stop import StopToken

_LOOK: Final = 0.1  # seconds between looks at the stop token
Item = TypeVar("Item")


class Outbox(Generic[Item]):
    """What is taken stays until it is sent, so nothing is lost when sending fails.

    Args:
        limit: items that may wait; then whoever adds more does.
        patience: how long that may last without anything being sent.
        stop: ends the wait.
        lost: the exception to raise when patience is at its end.
    """

    def __init__(
        self, limit: int, patience: timedelta, stop: StopToken, lost: Callable[[], Exception]
    ) -> None:
        self.failure: Exception | None = None
        self._limit, self._patience, self._stop, self._lost = limit, patience, stop, lost
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def __len__(self) -> int:
        """How many wait."""
        return len(self._items)

    def put(self, items: Iterable[Item]) -> None:
        """Add items; while too many wait already, wait.

        Raises:
            FeedStopped: a stop was asked for.
            Exception: what ``lost`` gives, or ``failure``.
        """
        self._wait_for(lambda: len(self._items) < self._limit)
        with self._changed:
            if not self._closed:
                self._items.extend(items)
            self._changed.notify_all()

    def drain(self) -> None:
        """Wait until all is sent; raises as ``put`` does."""
        self._wait_for(lambda: not self._items)

    def take(self, count: int) -> Sequence[Item]:
        """The oldest items, waited for; none: there are no more, ever."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._closed)
            return tuple(islice(self._items, count))

    def sent(self, count: int) -> None:
        """The oldest ``count`` items need not be kept any more."""
        with self._changed:
            for _ in range(min(count, len(self._items))):
                self._items.popleft()
            self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """Wait before the next attempt; ``close`` cuts it short."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed, seconds)

    def fail(self, failure: Exception) -> None:
        """Nothing can be sent any more: whoever adds or waits is told."""
        with self._changed:
            self.failure = failure
            self._changed.notify_all()

    def close(self) -> None:
        """Forget what waits and what comes; nothing is taken from now on."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._closed

    def _wait_for(self, ready: Callable[[], bool]) -> None:
        with self._changed:
            left, since = len(self._items), time.monotonic()
            while self.failure is None and not ready():
                self._stop.check()
                if len(self._items) < left:
                    left, since = len(self._items), time.monotonic()
                if time.monotonic() - since > self._patience.total_seconds():
                    raise self._lost()
                self._changed.wait(_LOOK)
            if self.failure is not None:
                raise self.failure
