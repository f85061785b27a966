"""How often a client connects and how often it speaks: what venues ban clients for."""

import random
from collections import deque
from dataclasses import dataclass, field
from typing import Final

GOOD_FRAMES: Final = 100
GOOD_SECONDS: Final = 60.0


@dataclass
class Backoff:
    """Waits that double, with full jitter: of many clients no two come back at once.

    It starts anew only when a connection has proved good, by data or by lasting. To have been let
    in proves nothing: a venue that throws clients out does so afterwards.
    """

    base: float = 0.5  # seconds, the longest first wait
    longest: float = 60.0
    chance: random.Random = field(default_factory=random.Random)
    failures: int = 0

    def wait(self, at_least: float = 0.0) -> float:
        """Seconds to wait before the next connection."""
        longest = min(self.longest, self.base * 2.0 ** min(self.failures, 10))
        self.failures += 1
        return at_least + self.chance.uniform(0.0, longest)

    def prove(self, frames: int, seconds: float) -> None:
        """Hear of a connection: how many frames with trades it gave, how long it has lasted."""
        if frames >= GOOD_FRAMES or seconds >= GOOD_SECONDS:
            self.failures = 0


class SendLimit:
    """At most so many messages in any second."""

    def __init__(self, per_second: int) -> None:
        self._sent: deque[float] = deque(maxlen=per_second)

    def wait(self, now: float) -> float:
        """Seconds to wait before the message that is sent next, which this counts.

        Args:
            now: seconds of a clock that does not jump.
        """
        full = len(self._sent) == self._sent.maxlen
        due = max(now, self._sent[0] + 1.0) if full else now
        self._sent.append(due)
        return due - now
