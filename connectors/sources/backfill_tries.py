"""How long a source of history that fails is asked."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Persistence:
    """How long a failing source of history is asked.

    Attributes:
        tries: in a row that bring nothing, after which those asked about go without history.
        first_pause: seconds after the first of them; it doubles with each.
        longest_pause: seconds.
    """

    tries: int = 8
    first_pause: float = 5.0
    longest_pause: float = 300.0


class Tries:
    """Failures in a row, and when the next try is due.

    Args:
        persistence: how many, and how far apart.
        clock: seconds that never go back.
    """

    def __init__(
        self, persistence: Persistence, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._persistence, self._clock = persistence, clock
        self._failures, self._due = 0, 0.0

    @property
    def pause(self) -> float:
        """Seconds until the next try; 0: now."""
        return max(0.0, self._due - self._clock())

    def succeeded(self, *, in_part: bool) -> None:
        """Something came; after a part of what was wanted, a short pause is made."""
        self._failures = 0
        if in_part:
            self._due = self._clock() + self._persistence.first_pause

    def failed(self) -> bool:
        """Nothing came. Whether that was the last try: the next one is a first one again."""
        how = self._persistence
        self._due = self._clock() + min(how.first_pause * 2**self._failures, how.longest_pause)
        self._failures = (self._failures + 1) % how.tries
        return self._failures == 0
