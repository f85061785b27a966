"""Asking the engine for checkpoints, and waiting until it has come to them.

A mark travels through the dataflow as a part of its own. Nothing may follow it in its minibatch, or
the folds' states would be later than the feed's; so the reader waits until the engine is past it.
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from connectors.sources.stop import StopToken


class Marks:
    """The marks of one run. Asked for by the reader, told as passed and stored by sinks.

    Args:
        every: wall time between two marks; None: there are none.
        first: number of the first one.
        patience: how long to wait for the engine; after that the mark counts as overtaken.
    """

    def __init__(
        self,
        every: timedelta | None,
        *,
        first: int = 1,
        patience: timedelta = timedelta(seconds=10),
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        self._every = None if every is None else every.total_seconds()
        self._number, self._patience, self._wall = first, patience.total_seconds(), wall
        self._next = 0.0
        self._changed = threading.Condition()
        self._passed = self._stored = first - 1
        self._refused = self._counted = 0

    def start(self) -> None:
        """Reading begins: the first mark is due after a whole interval."""
        self._next = self._wall() + (self._every or 0)

    def due(self) -> bool:
        """Whether it is time for the next one."""
        return self._every is not None and self._wall() >= self._next

    def begin(self) -> int:
        """Number of a mark that is sent now."""
        number = self._number
        self._number += 1
        self._next = self._wall() + (self._every or 0)
        return number

    def wait(self, number: int, stop: StopToken) -> bool:
        """Wait until the engine is past a mark; False when it takes too long."""
        return self._until(lambda: self._passed >= number, stop)

    def settled(self, stop: StopToken) -> bool:
        """Wait until the engine has every reject, which come by a source of their own.

        One that came behind the mark would be lost with what is written behind the checkpoint.

        Returns:
            False when it takes too long.
        """
        return self._until(lambda: self._counted >= self._refused, stop)

    def refused(self, rejects: int) -> None:
        """So many rejects are on their way to the engine."""
        with self._changed:
            self._refused += rejects

    def counted(self) -> None:
        """A reject has come to the engine."""
        with self._changed:
            self._counted += 1
            self._changed.notify_all()

    def _until(self, reached: Callable[[], bool], stop: StopToken) -> bool:
        until = self._wall() + self._patience
        with self._changed:
            while not reached():
                stop.check()
                if self._wall() >= until:
                    return False
                self._changed.wait(0.05)
        return True

    def passed(self, number: int) -> None:
        """The engine has come to a mark: what follows may be sent."""
        with self._changed:
            self._passed = max(self._passed, number)
            self._changed.notify_all()

    def stored(self, number: int) -> None:
        """The checkpoint of a mark can be gone on from."""
        with self._changed:
            self._stored = max(self._stored, number)

    @property
    def newest_stored(self) -> int:
        """Number of the newest checkpoint that is stored."""
        with self._changed:
            return self._stored
