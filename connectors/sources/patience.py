"""How often and how long something that is away is tried again."""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

_FIRST: Final = 0.1
_LONGEST: Final = 5.0


class Patience:
    """Back-off with jitter, doubling from 0.1 s to 5 s, and its end.

    Args:
        limit: how long failures may go on.
        clock: seconds that never go back.
    """

    def __init__(self, limit: timedelta, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit.total_seconds(), clock
        self._since: float | None = None
        self._next, self._step = 0.0, _FIRST

    @property
    def exhausted(self) -> bool:
        """Whether it has failed for longer than the limit."""
        return self._since is not None and self._clock() - self._since > self._limit

    @property
    def pause(self) -> float:
        """Seconds until the next attempt; 0: now."""
        return max(0.0, self._next - self._clock())

    def failed(self) -> None:
        """Note a failure."""
        now = self._clock()
        self._since = now if self._since is None else self._since
        self._next = now + self._step * random.uniform(0.5, 1.0)
        self._step = min(2 * self._step, _LONGEST)

    def answered(self) -> None:
        """Note that it is there: failures count anew."""
        self._since, self._next, self._step = None, 0.0, _FIRST
