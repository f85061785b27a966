"""What the system says of itself every so often, as a table."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from time import time_ns

import pathway as pw

from connectors.sources.stop import StopToken
from connectors.sources.subjects import AUTOCOMMIT_MS, StoppableSubject
from transforms.schemas import SystemMetric

EVERY = timedelta(seconds=10)
Sample = Callable[[], Iterable[tuple[str, str, float]]]


def read_system_metrics(
    sample: Sample,
    *,
    stop: StopToken,
    every: timedelta = EVERY,
    wall: Callable[[], int] = lambda: time_ns() // 1000,
    name: str = "system_metrics",
) -> pw.Table[SystemMetric]:
    """Ask for numbers again and again.

    Args:
        sample: gives (name, part, value); called in a thread of the engine.
        stop: ends it.
        every: wall time between two samples.
        wall: microseconds UTC.
        name: of the source.
    """
    return pw.io.python.read(
        _Sampling(sample, stop, every, wall),
        schema=SystemMetric,
        name=name,
        autocommit_duration_ms=AUTOCOMMIT_MS,
    )


class _Sampling(StoppableSubject):
    """Sends a sample at once, and then one after each interval."""

    def __init__(
        self, sample: Sample, stop: StopToken, every: timedelta, wall: Callable[[], int]
    ) -> None:
        super().__init__(stop)
        self._sample, self._every, self._wall = sample, every.total_seconds(), wall

    def run(self) -> None:
        while True:
            now = self._wall()
            for name, part, value in self._sample():
                self.offer(name=name, part=part, value=value, ts_event=now)
            self.close_batch()
            self._stop.wait(self._every)
            self._stop.check()
