"""How widely prices move, in units of the price."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, Floats, Ints, when
from transforms.kernels.conventions import TrueRange
from transforms.kernels.smoothing import ratio, rolling_moments, smoothed


def average_true_range(
    mean: Floats, bars: Bars, period: int, true_range: TrueRange = "wilder"
) -> Floats:
    """Wilder average of the true range; ``mean`` is that of the bar before."""
    # fmax and fmin: on the first bar there is no previous close. What they give then is high - low,
    # which counts in one convention and has no weight in the other.
    high = np.fmax(bars.high, bars.previous_close)
    low = np.fmin(bars.low, bars.previous_close)
    return smoothed(mean, high - low, ranges_so_far(bars, true_range), period, 1.0 / period)


def ranges_so_far(bars: Bars, true_range: TrueRange) -> Ints:
    """True ranges there are, the one of this bar included."""
    return bars.count - 1 if true_range == "wilder" else bars.count


def first_range(period: int, true_range: TrueRange) -> int:
    """Bar of the first average true range."""
    return period + 1 if true_range == "wilder" else period


def range_columns(period: int, true_range: TrueRange = "wilder") -> tuple[Column, ...]:
    """``atr_n`` and ``natr_n``."""
    first, memory = first_range(period, true_range), 1.0 - 1.0 / period
    return (
        Column(f"atr_{period}", first=first, memory=memory),
        Column(f"natr_{period}", first=first, memory=memory),
    )


def range_values(
    mean: Floats, bars: Bars, period: int, true_range: TrueRange = "wilder"
) -> Columns:
    """The values of ``range_columns``."""
    atr = when(ranges_so_far(bars, true_range) >= period, mean)
    return {f"atr_{period}": atr, f"natr_{period}": 100.0 * ratio(atr, bars.close)}


@dataclass(frozen=True)
class AverageTrueRange:
    """Average true range (price, from 0) and the same in % of the close (normalised).

    Wilder, New Concepts in Technical Trading Systems, 1978, ch. 3: TR = the largest of high -
    low, |high - previous close|, |low - previous close|; seed the mean of the first n true
    ranges, of which the first is at bar 2: first value at bar n + 1. With ``tradingview`` high -
    low of bar 1 counts as well: first value at bar n. 0 for a flat price. Normalised: absent when
    the close is 0.
    """

    period: int = 14
    true_range: TrueRange = "wilder"
    state: ClassVar[tuple[str, ...]] = ("true_range",)
    lookback: ClassVar[int] = 1

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``atr_n`` and ``natr_n``."""
        return range_columns(self.period, self.true_range)

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Smooth the true range of the bar."""
        mean = average_true_range(state["true_range"], bars, self.period, self.true_range)
        return {"true_range": mean}, range_values(mean, bars, self.period, self.true_range)


@dataclass(frozen=True)
class Bollinger:
    """Bollinger bands: simple average of n closes +- k population standard deviations.

    Bollinger, Bollinger on Bollinger Bands, 2001. Bands in price units; %B = (close - lower) /
    (upper - lower), a ratio, 0 at the lower band and 1 at the upper; width = (upper - lower) /
    middle, a ratio. First value at bar n. A flat price has no bands to stand between: %B is
    absent, the width 0; a middle of 0 has no width. The middle is given as ``sma_n`` too.
    """

    period: int = 20
    deviations: int = 2
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Three bands, %B and width (these without their parameters for 20, 2), ``sma_n``."""
        n, suffix = self.period, f"_{self.period}_{self.deviations}"
        plain = "" if suffix == "_20_2" else suffix
        return (
            *(Column(f"bb_{band}{suffix}", first=n) for band in ("upper", "middle", "lower")),
            Column(f"bb_percent_b{plain}", first=n, degenerate=True),
            Column(f"bb_width{plain}", first=n, degenerate=True),
            Column(f"sma_{n}", first=n),
        )

    @property
    def lookback(self) -> int:
        """Window of n closes."""
        return self.period

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Average the window and its squared distances."""
        middle, variance = rolling_moments(bars.window("close", self.period))
        reach = self.deviations * np.sqrt(variance)
        upper, lower = middle + reach, middle - reach
        height = upper - lower
        place, width = ratio(bars.close - lower, height), ratio(height, middle)
        names = (column.name for column in self.columns)
        values = (upper, middle, lower, place, width, middle)
        return {}, dict(zip(names, values, strict=True))
