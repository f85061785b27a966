"""Stops that follow a trend and turn with it.

How fast they forget their start depends on the prices: stops that began apart are as near to each
other as their true ranges once both have turned and moved on. There is no bound on that (a price
that hardly moves turns late), so their memory is a choice, made by measurement. On 16,000 random
walks (steady, with fat tails, calming down, with a drift), each also cut off by 60 bars, a memory
of 0.951 for SuperTrend and of 0.967 for the parabolic stop kept every digit that it called stable.
More is taken. A direction has no digits: in all of them it was settled by the second of its line.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, when
from transforms.kernels.conventions import TrueRange
from transforms.kernels.volatility import average_true_range, first_range


@dataclass(frozen=True)
class SuperTrend:
    """SuperTrend: the lower band while the trend is up, the upper band while it is down.

    Seban, Tout le monde mérite d'être riche, 2007. Bands: (high + low) / 2 +- k average true
    ranges of n bars. A band only ever moves towards the price, unless the close before was beyond
    it. The trend turns when the close crosses the band it follows; a close on the band does not
    turn it. It starts up if the first close is not below the middle of its bar. Price; the
    direction is 1 (up) or -1. First values at bar n + 1. A price that has never moved has no trend:
    the direction is absent, the line is the price.
    """

    period: int = 10
    multiplier: int = 3
    true_range: TrueRange = "wilder"
    state: ClassVar[tuple[str, ...]] = ("true_range", "upper", "lower", "direction")
    lookback: ClassVar[int] = 1

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``supertrend_n_k`` and the direction (without its parameters for 10, 3)."""
        first, suffix = (
            first_range(self.period, self.true_range),
            f"_{self.period}_{self.multiplier}",
        )
        memory = (1.0 - 1.0 / self.period) ** 0.25  # 0.974 for 10 bars
        name = "supertrend_direction" + ("" if suffix == "_10_3" else suffix)
        return (
            Column(f"supertrend{suffix}", first=first, memory=memory),
            Column(name, first=first, memory=memory, degenerate=True),
        )

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Move the bands, then see whether the close has crossed one."""
        first, before = self.columns[0].first, bars.previous_close
        span = average_true_range(state["true_range"], bars, self.period, self.true_range)
        middle, reach = (bars.high + bars.low) / 2.0, self.multiplier * span
        above, below, starts = middle + reach, middle - reach, bars.count <= first
        lowered = starts | (above < state["upper"]) | (before > state["upper"])
        raised = starts | (below > state["lower"]) | (before < state["lower"])
        upper = np.where(lowered, above, state["upper"])
        lower = np.where(raised, below, state["lower"])
        up = np.where(starts, bars.close >= middle, state["direction"] > 0.0)
        up = np.where(up, bars.close >= lower, bars.close > upper)
        direction, present = np.where(up, 1.0, -1.0), bars.count >= first
        after = {"true_range": span, "upper": upper, "lower": lower, "direction": direction}
        line, way = (column.name for column in self.columns)
        return after, {
            line: when(present, np.where(up, lower, upper)),
            way: when(present & (span > 0.0), direction),
        }


@dataclass(frozen=True)
class ParabolicStop:
    """Parabolic stop and reverse: stop + a (extreme - stop), a from 0.02 in steps of 0.02 to 0.2.

    Wilder, New Concepts in Technical Trading Systems, 1978, ch. 2. ``a`` grows with every new
    extreme of the trade; the stop never enters the range of this bar or the one before. A price
    that touches the stop turns it round: the new stop is the extreme of the trade that ended.

    Wilder leaves the start to the eye. Here, as in TA-Lib: down if the fall of the low from bar 1
    to bar 2 is positive and larger than the rise of the high, else up; the first stop, that of bar
    2, is the low (the high) of bar 1, which does not limit the second one. Price. First value at
    bar 2. Never degenerate: for a flat price it is the price.
    """

    increment: float = 0.02
    maximum: float = 0.2
    state: ClassVar[tuple[str, ...]] = ("stop", "extreme", "speed", "long")
    columns: ClassVar[tuple[Column, ...]] = (Column("psar", first=2, memory=0.98),)
    lookback: ClassVar[int] = 1

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """See whether the bar touches the stop, then move the stop on."""
        now = self._started(state, bars)
        stop, extreme, long = now["stop"], now["extreme"], now["long"] > 0.0
        later = bars.count > 2
        top = np.where(later, np.fmax(bars.high, bars.previous_high), bars.high)
        bottom = np.where(later, np.fmin(bars.low, bars.previous_low), bars.low)
        hit = np.where(long, bars.low <= stop, bars.high >= stop)
        turned = np.where(long, np.maximum(extreme, top), np.minimum(extreme, bottom))
        shown, long = np.where(hit, turned, stop), long ^ hit
        reached = np.where(long, bars.high, bars.low)
        further = np.where(long, reached > extreme, reached < extreme)
        faster = np.minimum(now["speed"] + self.increment, self.maximum)
        speed = np.where(hit, self.increment, np.where(further, faster, now["speed"]))
        extreme = np.where(hit | further, reached, extreme)
        stop = shown + speed * (extreme - shown)
        stop = np.where(long, np.minimum(stop, bottom), np.maximum(stop, top))
        after = {"stop": stop, "extreme": extreme, "speed": speed, "long": long.astype(np.float64)}
        return after, {"psar": when(bars.count >= 2, shown)}

    def _started(self, state: Columns, bars: Bars) -> Columns:
        """The state before the bar; up to bar 2 that of a trade that begins with it."""
        begins = bars.count <= 2
        fall, rise = bars.previous_low - bars.low, bars.high - bars.previous_high
        long = ~((fall > 0.0) & (fall > rise))
        # Bar 1 has none before it; its state is finite and nobody reads it.
        low = np.where(bars.count > 1, bars.previous_low, bars.low)
        fresh = {
            "stop": np.where(long, low, bars.previous_high),
            "extreme": np.where(long, bars.high, bars.low),
            "speed": np.full(len(bars.count), self.increment),
            "long": long.astype(np.float64),
        }
        return {name: np.where(begins, value, state[name]) for name, value in fresh.items()}
