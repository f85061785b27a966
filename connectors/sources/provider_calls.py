"""What was asked of providers, as a table: told by a router, read by the engine.

A router must not wait for the engine, nor end with it. So calls go through a bounded log that
outlives a run of the engine; when nobody reads it, the oldest are dropped and counted. What calls
have cost is not lost with them: the file of the budgets holds that.
"""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

import pathway as pw

from connectors.providers.calls import Called
from connectors.sources.stop import StopToken
from connectors.sources.subjects import AUTOCOMMIT_MS, StoppableSubject
from transforms.schemas import ProviderCall

_LOOK: Final = 0.1  # seconds between looks at the stop token
_ROWS_AHEAD: Final = 4_096


class CallLog:
    """Calls on their way to the engine, the oldest first. From any thread."""

    def __init__(self, size: int = 10_000) -> None:
        """Hold up to ``size`` calls."""
        self._calls: deque[Called] = deque(maxlen=size)
        self._changed = threading.Condition()
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Calls that were not read in time."""
        return self._dropped

    def put(self, call: Called) -> None:
        """Add a call; never waits."""
        with self._changed:
            self._dropped += len(self._calls) == self._calls.maxlen
            self._calls.append(call)
            self._changed.notify()

    def take(self, timeout: float) -> Sequence[Called]:
        """Take all that is there, waiting ``timeout`` seconds at most for the first of it."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._calls), timeout)
            taken = list(self._calls)
            self._calls.clear()
        return taken


def read_provider_calls(
    log: CallLog, *, stop: StopToken, name: str = "provider_calls"
) -> pw.Table[ProviderCall]:
    """Read the calls that a router tells, for as long as the engine runs.

    Args:
        log: give its ``put`` to the router.
        stop: once it is set, the source raises within a tenth of a second.
        name: of the source.
    """
    return pw.io.python.read(
        _CallsSubject(log, stop),
        schema=ProviderCall,
        name=name,
        autocommit_duration_ms=AUTOCOMMIT_MS,
        max_backlog_size=_ROWS_AHEAD,
    )


class _CallsSubject(StoppableSubject):
    """Sends what the log holds."""

    def __init__(self, log: CallLog, stop: StopToken) -> None:
        super().__init__(stop)
        self._log = log

    def run(self) -> None:
        seq = 0
        while True:
            self._stop.check()
            calls = self._log.take(_LOOK)
            for call in calls:
                self.offer(seq=seq, **asdict(call))
                seq += 1
            if calls:
                self.close_batch()
