"""How a part that talks to another machine stands with it, told from any thread."""

import time
from collections.abc import Callable, Mapping

from connectors.sources.live_feed import LinkState, LinkStatus


class Link:
    """State of one part; changed by its own thread, read by all."""

    def __init__(
        self, name: str, clock: Callable[[], float] = time.time, *, vital: bool = True
    ) -> None:
        """Start as ``starting``; ``clock`` gives seconds since the epoch."""
        self._name, self._vital = name, vital
        self._clock = clock
        self._stands: tuple[LinkState, float, str] = ("starting", clock(), "")  # swapped whole
        self.reconnects = 0

    @property
    def is_away(self) -> bool:
        """Whether the other side has gone."""
        return self._stands[0] == "away"

    @property
    def away_for(self) -> float:
        """Seconds since the other side has gone; 0 while it is there."""
        return max(0.0, self._clock() - self._stands[1]) if self.is_away else 0.0

    def connected(self) -> None:
        """Note that the other side answers."""
        if self.is_away:
            self.reconnects += 1
        self._change("connected", "")

    def away(self, reason: str) -> None:
        """Note that it does not, and why: one line without secrets."""
        self._change("away", reason)

    def status(
        self, lag: int | None = None, counters: Mapping[str, int] | None = None
    ) -> LinkStatus:
        """What ``LiveFeed.status`` gives."""
        state, since, reason = self._stands
        counted = {"reconnects": self.reconnects, **(counters or {})}
        return LinkStatus(self._name, state, since, reason, lag, counted, self._vital)

    def _change(self, state: LinkState, reason: str) -> None:
        before, since, _ = self._stands
        self._stands = (state, since if state == before else self._clock(), reason)
