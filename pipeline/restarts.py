"""When an engine that has ended is started again, and after how long."""

import time
from collections.abc import Callable
from typing import Final

from config.settings import ConfigError, Settings
from connectors.sinks.postgres_link import SinkLost, StoreError
from connectors.sources.errors import SourceError
from connectors.sources.live_feed import FeedLost
from connectors.store.ledger import LedgerUnavailable

FIRST_WAIT: Final = 0.5  # seconds
LONGEST_WAIT: Final = 30.0
SOUND: Final = 60.0  # seconds an engine must have run for its end to count as a first one
TRIES: Final = 5  # after an end that no outage explains
OUTAGES: Final = (SinkLost, FeedLost)
FINAL: Final = (SourceError, StoreError, ConfigError, LedgerUnavailable)


def recovers(settings: Settings) -> bool:
    """Whether an engine that has ended is started again: files alone end for good."""
    live = any(source.live is not None for source in settings.data_sources)
    return live or settings.sinks.postgres is not None


class Restarts:
    """Back-off between the starts of an engine.

    Args:
        allowed: false for a run of files alone: its end is final.
        wall: seconds of a clock that never goes back.
    """

    def __init__(self, *, allowed: bool, wall: Callable[[], float] = time.monotonic) -> None:
        self._allowed, self._wall = allowed, wall
        self._in_a_row = self._unexplained = 0
        self._started = wall()

    def started(self) -> None:
        """An engine begins to run."""
        self._started = self._wall()

    def mends(self, failure: BaseException) -> bool:
        """Whether waiting may help."""
        return self._allowed and (isinstance(failure, OUTAGES) or not isinstance(failure, FINAL))

    def after(self, failure: BaseException) -> float | None:
        """Seconds to wait before the next start; None: there is none."""
        if not self.mends(failure):
            return None
        if self._wall() - self._started > SOUND:
            self._in_a_row = self._unexplained = 0
        self._started = self._wall()  # a run counts once: attempts to build the next are none
        self._in_a_row += 1
        if not isinstance(failure, OUTAGES):
            self._unexplained += 1
            if self._unexplained > TRIES:
                return None
        return float(min(FIRST_WAIT * 2 ** (self._in_a_row - 1), LONGEST_WAIT))
