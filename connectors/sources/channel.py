"""A bounded queue between two threads of a feed, both of which can be stopped."""

import contextlib
import queue
import threading
from collections.abc import Iterator
from typing import Final, Generic, TypeVar

from connectors.sources.stop import StopToken

_LOOK: Final = 0.1  # seconds between looks at the stop token

T = TypeVar("T")


class Channel(Generic[T]):
    """Items from one thread to another. The writer closes it whatever becomes of him."""

    def __init__(self, size: int, stop: StopToken) -> None:
        """Hold up to ``size`` items; ``stop`` ends every wait."""
        self._queue: queue.Queue[T | None] = queue.Queue(size)  # None only wakes the reader
        self._ended = threading.Event()
        self._stop = stop

    def put(self, item: T) -> None:
        """Add an item; waits while the channel is full.

        Raises:
            FeedStopped: a stop was asked for.
        """
        while True:
            self._stop.check()
            try:
                self._queue.put(item, timeout=_LOOK)
            except queue.Full:
                continue
            return

    def take(self, timeout: float) -> T | None:
        """The next item; None when none comes within ``timeout`` seconds.

        Raises:
            FeedStopped: a stop was asked for.
        """
        self._stop.check()
        try:
            return self._queue.get(timeout=timeout)
        except queue.Empty:
            return None

    def drain(self) -> list[T]:
        """All items that are there now, without waiting."""
        found: list[T] = []
        with contextlib.suppress(queue.Empty):
            while True:
                if (item := self._queue.get_nowait()) is not None:
                    found.append(item)
        return found

    def end(self) -> None:
        """No more items follow. The reader is not waited for."""
        self._ended.set()
        with contextlib.suppress(queue.Full):  # then the reader is not asleep
            self._queue.put_nowait(None)

    def __iter__(self) -> Iterator[T]:
        """Take items until the end.

        Raises:
            FeedStopped: a stop was asked for.
        """
        while True:
            self._stop.check()
            ended = self._ended.is_set()  # before the look: what was put before the end is taken
            try:
                item = self._queue.get(timeout=0 if ended else _LOOK)
            except queue.Empty:
                if ended:
                    return
                continue
            if item is not None:
                yield item
