"""Percentiles, when a view has shown each of the ticks it was given, and what it took."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.bench_peers.live_ticks import COUNT, MEASURED, RATE, SPACING, WARM_UP

Ints = NDArray[np.int64]
MEASURED_TICKS = slice(WARM_UP * RATE, (WARM_UP + MEASURED) * RATE)


def percentile(values: "Sequence[float] | NDArray[np.float64] | Ints", share: float) -> float:
    """The smallest value that ``share`` per cent of all do not exceed; NaN without values."""
    if not len(values):
        return float("nan")
    return float(np.percentile(values, share, method="inverted_cdf"))


def due_times(started_ns: int) -> Ints:
    """When each tick is due, in nanoseconds, if the first is due at ``started_ns``."""
    return started_ns + np.arange(COUNT, dtype=np.int64) * SPACING * 1_000


def first_shown(keys: Ints, shown_keys: Ints, shown_at: Ints) -> Ints:
    """When a view has first shown each tick of one symbol, or a later one in its place.

    Args:
        keys: of the ticks, rising.
        shown_keys: the newest key that is part of the view, change by change.
        shown_at: when it changed; never falling.

    Raises:
        ValueError: a tick was never shown.
    """
    place = np.searchsorted(np.maximum.accumulate(shown_keys), keys, "left")
    if len(keys) and (not len(shown_keys) or place[-1] == len(shown_keys)):
        raise ValueError("a tick was never shown")
    return shown_at[place]


def summary(quotes_ns: Ints, bars_ns: Ints, cpu_share: float) -> dict[str, float]:
    """Milliseconds at the percentiles, for the ticks of the measured time.

    Raises:
        ValueError: a tick was shown before it was due: the clocks are not understood.
    """
    found = {"cpu_share": cpu_share}
    for name, delays in (("quote", quotes_ns), ("bar", bars_ns)):
        measured = delays[MEASURED_TICKS]
        if measured.min() < 0:
            raise ValueError(f"{name}: shown {-measured.min() / 1e6} ms before it was due")
        for share in (50, 99):
            found[f"{name}_p{share}_ms"] = percentile(measured, share) / 1e6
    return found


@dataclass
class CpuWindow:
    """The processor time this process uses while latencies are measured, over that time."""

    begun: tuple[float, float] | None = None
    share: float = float("nan")

    def schedule(self, loop: asyncio.AbstractEventLoop, started_ns: int) -> None:
        """Look at the clocks when the measured time begins and ends."""
        begins = started_ns / 1e9 + WARM_UP
        loop.call_at(begins, self._begin)
        loop.call_at(begins + MEASURED, self._end)

    def _begin(self) -> None:
        self.begun = time.monotonic(), time.process_time()

    def _end(self) -> None:
        assert self.begun is not None
        elapsed, used = time.monotonic() - self.begun[0], time.process_time() - self.begun[1]
        self.share = used / elapsed
