"""A circuit breaker: a provider that keeps failing is left alone, then tried with one call.

Closed lets every call through. ``threshold`` failures in a row, or one that says when to come back
(Retry-After), open it. When its time is over it is half-open: a single call, the probe, goes
through and decides. A probe that never reports back costs one more cooldown, not the provider.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

BreakerState = Literal["closed", "open", "half_open"]
Permit = int


@dataclass(frozen=True)
class BreakerRules:
    """When a breaker opens and for how long.

    Attributes:
        threshold: failures in a row that open it.
        cooldown: how long it stays open the first time; doubles with each probe that fails.
        longest: where the doubling ends. A Retry-After may be longer.
    """

    threshold: int = 5
    cooldown: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=15)

    def __post_init__(self) -> None:
        """Check that it can open, and close again.

        Raises:
            ValueError: a number makes no sense.
        """
        if self.threshold < 1:
            raise ValueError(f"`threshold` must be at least 1, was {self.threshold}")
        if not timedelta() < self.cooldown <= self.longest:
            raise ValueError(f"`cooldown` must be above 0 and up to {self.longest}")


class CircuitBreaker:
    """The breaker of one provider; from any thread."""

    def __init__(
        self, rules: BreakerRules | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Start closed. ``clock`` gives seconds that never go back."""
        self._rules = rules or BreakerRules()
        self._clock = clock
        self._lock = threading.Lock()
        self._round = 0  # grows whenever it opens, closes or lends a probe: older permits are void
        self._failures = 0
        self._opened = 0  # times in a row that a cooldown began
        self._until: float | None = None  # None: closed
        self._probing = False

    @property
    def state(self) -> BreakerState:
        """Half-open from the end of the cooldown until the probe has decided."""
        with self._lock:
            if self._until is None:
                return "closed"
            return "half_open" if self._probing or self._clock() >= self._until else "open"

    @property
    def wait(self) -> float:
        """Seconds until a call may be let through; 0 when one may now."""
        with self._lock:
            return 0.0 if self._until is None else max(0.0, self._until - self._clock())

    def enter(self) -> Permit | None:
        """Ask for a call: None when there must be none now. Report what became of it."""
        with self._lock:
            if self._until is not None:
                now = self._clock()
                if now < self._until:
                    return None
                self._until = now + self._rules.cooldown.total_seconds()  # the lease of the probe
                self._probing = True
                self._round += 1
            return self._round

    def succeeded(self, permit: Permit) -> None:
        """The provider has answered. What began before the breaker last changed tells nothing."""
        with self._lock:
            if permit != self._round:
                return
            if self._probing:
                self._round += 1
            self._failures = self._opened = 0
            self._until, self._probing = None, False

    def failed(self, permit: Permit, after: float | None = None) -> None:
        """The provider has not answered.

        Args:
            permit: of that call.
            after: seconds it asks to be left alone for; None: it does not say.
        """
        with self._lock:
            if permit != self._round:
                return
            self._failures += 1
            if after:  # what the provider says is the truth, however often it says it
                wait = after
            elif self._probing or self._failures >= self._rules.threshold:
                wait = self._cooldown()
                self._opened += 1
            else:
                return
            self._round += 1
            self._failures = 0
            self._until, self._probing = self._clock() + wait, False

    def abandoned(self, permit: Permit) -> None:
        """The call ended without telling anything of the provider: the next one may probe."""
        with self._lock:
            if permit == self._round and self._probing:
                self._until, self._probing = self._clock(), False

    def _cooldown(self) -> float:
        seconds = self._rules.cooldown.total_seconds() * 2 ** min(self._opened, 32)
        return min(seconds, self._rules.longest.total_seconds())
