"""How fast a replay runs: market time against the wall clock."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from connectors.sources.stop import StopToken

Speed = float | Literal["max"]
_TICK: Final = 0.005  # seconds between looks at the prices: what a viewer may be behind
_NEVER: Final = float("inf")


class Pace:
    """Releases rows when their time has come.

    The market clock starts with the first row it is asked for and runs ``speed`` times as fast as
    the wall clock. What is released, and in which order, does not depend on it.
    """

    def __init__(
        self,
        speed: Speed,
        flush: timedelta,
        stop: StopToken,
        *,
        wall: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], bool] | None = None,
    ) -> None:
        """Set the speed.

        Args:
            speed: market seconds per second of the wall clock, or ``max``.
            flush: wall time between two flushes of partial bars.
            stop: ends every wait.
            wall: seconds of a clock that never goes back.
            sleep: waits for some seconds; by default on ``stop``.

        Raises:
            ValueError: ``speed`` or ``flush`` is not positive.
        """
        if speed != "max" and not 0 < speed < _NEVER:
            raise ValueError(f"`speed` must be positive or 'max', was {speed}")
        if flush <= timedelta(0):
            raise ValueError(f"`flush` must be positive, was {flush}")
        self._speed = speed
        self._flush = flush.total_seconds()
        self._stop = stop
        self._wall = wall
        self._sleep = sleep or stop.wait
        self._started: tuple[float, int] | None = None
        self._next_flush = 0.0

    @property
    def at_max(self) -> bool:
        """Whether rows are released as soon as they are read."""
        return self._speed == "max"

    def release(self, clock: NDArray[np.int64]) -> Iterator[tuple[int, bool]]:
        """Yield how many rows have happened by now, and whether it is time to flush them.

        Args:
            clock: market clock after each row, microseconds, never falling.

        Raises:
            FeedStopped: a stop was asked for.
        """
        self._stop.check()
        if self._speed == "max":
            yield len(clock), True
            return
        told = flushed = 0
        while flushed < len(clock):
            happened = int(np.searchsorted(clock, self._market(int(clock[0])), "right"))
            flush = happened > flushed and (
                happened == len(clock) or self._wall() >= self._next_flush
            )
            if flush or happened > told:
                yield happened, flush
                told = happened
            if flush:
                flushed, self._next_flush = happened, self._wall() + self._flush
            if flushed < len(clock):
                self._wait(int(clock[happened]) if happened < len(clock) else None, told > flushed)

    def _market(self, first: int) -> int:
        if self._started is None:
            self._started = (self._wall(), first)
        wall, market = self._started
        return market + int((self._wall() - wall) * 1e6 * self._factor)

    def _wait(self, next_row: int | None, unflushed: bool) -> None:
        until = _NEVER
        if next_row is not None and self._started is not None:
            wall, market = self._started
            until = wall + (next_row - market) / 1e6 / self._factor
        if unflushed:
            until = min(until, self._next_flush)
        self._sleep(max(until - self._wall(), _TICK))
        self._stop.check()

    @property
    def _factor(self) -> float:
        return 1.0 if self._speed == "max" else self._speed
