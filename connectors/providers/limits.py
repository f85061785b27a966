"""How many calls fit into which time: all windows at once, and what the provider says itself."""

from collections import deque
from collections.abc import Callable, Sequence

from connectors.providers.spec import Rate


class RateLimit:
    """Sliding windows: never more than so many calls in any stretch of so many seconds.

    For one thread or event loop.
    """

    def __init__(self, rates: Sequence[Rate], clock: Callable[[], float]) -> None:
        """Start with nothing used; ``clock`` gives seconds that never go back."""
        self._clock = clock
        self._windows = [_Window(calls, seconds) for calls, seconds in rates]
        self._held_until = clock()
        self._why_held = ""

    def wait(self, weight: int = 1) -> tuple[float, str]:
        """Seconds until a call of ``weight`` fits, 0 when it does now, and what it waits for."""
        now = self._clock()
        waits = [(window.wait(weight, now), window.name) for window in self._windows]
        return max([*waits, (max(0.0, self._held_until - now), self._why_held)])

    def take(self, weight: int = 1) -> None:
        """Count a call that is being made."""
        now = self._clock()
        for window in self._windows:
            window.take(weight, now)

    def hold(self, seconds: float, why: str) -> None:
        """Let no call through for ``seconds``: the provider has asked for it."""
        until = self._clock() + seconds
        if until > self._held_until:
            self._held_until, self._why_held = until, why


class _Window:
    def __init__(self, calls: int, seconds: float) -> None:
        self.name = f"limit of {calls:,} calls in {seconds:,.0f} s"
        self._calls, self._seconds = calls, seconds
        self._taken: deque[tuple[float, int]] = deque()
        self._used = 0

    def wait(self, weight: int, now: float) -> float:
        """Until enough of the oldest calls have left the window."""
        self._forget(now)
        missing, wait = self._used + min(weight, self._calls) - self._calls, 0.0
        for at, taken in self._taken:
            if missing <= 0:
                break
            missing -= taken
            wait = at + self._seconds - now
        return wait

    def take(self, weight: int, now: float) -> None:
        self._taken.append((now, weight))
        self._used += weight

    def _forget(self, now: float) -> None:
        while self._taken and self._taken[0][0] + self._seconds <= now:
            self._used -= self._taken.popleft()[1]
