"""Who pushes the price, measured against its true range."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, Floats, when
from transforms.kernels.conventions import TrueRange
from transforms.kernels.smoothing import ratio


@dataclass(frozen=True)
class TrueRangeOfBar:
    """True range: the larger of high and previous close - the smaller of low and previous close.

    Wilder, New Concepts in Technical Trading Systems, 1978, ch. 3. Price, from 0. First value at
    bar 2, as bar 1 has no previous close; ``true_range`` tradingview: high - low of bar 1 counts.
    """

    true_range: TrueRange = "wilder"
    state: ClassVar[tuple[str, ...]] = ()
    lookback: ClassVar[int] = 1

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``true_range``."""
        return (Column("true_range", first=2 if self.true_range == "wilder" else 1),)

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Widen the bar to the close before it."""
        # fmax and fmin: on the first bar there is no previous close.
        reach = np.fmax(bars.high, bars.previous_close) - np.fmin(bars.low, bars.previous_close)
        return {}, {"true_range": when(bars.count >= self.columns[0].first, reach)}


@dataclass(frozen=True)
class UltimateOscillator:
    """Ultimate oscillator: 100 (4 A + 2 B + C) / 7, A, B, C over 7, 14 and 28 bars.

    Williams, The Ultimate Oscillator, Stocks & Commodities 3, 1985. Each of the three is the sum of
    buying pressure (close - true low) / the sum of true ranges. Range 0 to 100. First value at bar
    29. A part without any true range has no pressure either way and counts 1/2: a flat price is at
    50.
    """

    periods: tuple[int, int, int] = (7, 14, 28)
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``uo``."""
        return (Column("uo", first=max(self.periods) + 1, degenerate=True),)

    @property
    def lookback(self) -> int:
        """Bars of the longest sum and the close before them."""
        return max(self.periods) + 1

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Sum pressure and range of the three windows."""
        high, low, close = (bars.window(field, self.lookback) for field in ("high", "low", "close"))
        floor = np.minimum(low[:, 1:], close[:, :-1])
        pressure = close[:, 1:] - floor
        reach = np.maximum(high[:, 1:], close[:, :-1]) - floor
        shares = [share(tail_sum(pressure, n), tail_sum(reach, n)) for n in self.periods]
        # The weights are divided first: 100 in all three must not round to above 100.
        index = 100.0 * ((4.0 * shares[0] + 2.0 * shares[1] + shares[2]) / 7.0)
        return {}, {"uo": when(bars.count >= self.lookback, index)}


def tail_sum(values: Floats, length: int) -> Floats:
    """Sum of the last ``length`` values of each row."""
    return np.ascontiguousarray(values[:, -length:]).sum(axis=1)


def share(part: Floats, whole: Floats) -> Floats:
    """``part / whole``, 1/2 where the whole is 0."""
    some = whole > 0.0
    return np.where(some, part / np.where(some, whole, 1.0), 0.5)


@dataclass(frozen=True)
class Vortex:
    """Vortex indicator: sums of upward and downward movement / the sum of true ranges, of n bars.

    Botes and Siepman, The Vortex Indicator, Stocks & Commodities 28, 2010. VI+ takes |high - low
    of the bar before|, VI- takes |low - high of the bar before|. Ratios, from 0, around 1. First
    values at bar n + 1. Absent without any true range.
    """

    period: int = 14
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``vortex_plus_n`` and ``vortex_minus_n``."""
        n = self.period
        return tuple(
            Column(f"vortex_{side}_{n}", first=n + 1, degenerate=True) for side in ("plus", "minus")
        )

    @property
    def lookback(self) -> int:
        """Bars of n movements."""
        return self.period + 1

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Sum movements and ranges of the window."""
        high, low, close = (bars.window(field, self.lookback) for field in ("high", "low", "close"))
        top, bottom = (
            np.maximum(high[:, 1:], close[:, :-1]),
            np.minimum(low[:, 1:], close[:, :-1]),
        )
        reach = (top - bottom).sum(axis=1)
        up = np.abs(high[:, 1:] - low[:, :-1]).sum(axis=1)
        down = np.abs(low[:, 1:] - high[:, :-1]).sum(axis=1)
        names = (column.name for column in self.columns)
        return {}, dict(zip(names, (ratio(up, reach), ratio(down, reach)), strict=True))
