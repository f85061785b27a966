"""How far the close is from the top of its range, and from what is typical."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, when
from transforms.kernels.money_flow import ROUNDING, typical_price
from transforms.kernels.smoothing import rolling_mean


@dataclass(frozen=True)
class WilliamsRange:
    """Williams %R: -100 (highest high - close) / (highest high - lowest low) of n bars.

    Williams, How I Made One Million Dollars Last Year Trading Commodities, 1973. Range -100 (the
    close is the low) to 0 (it is the high). First value at bar n. Without a range: -50.
    """

    period: int = 14
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``williams_r_n``."""
        return (Column(f"williams_r_{self.period}", first=self.period, degenerate=True),)

    @property
    def lookback(self) -> int:
        """Window of n highs and lows."""
        return self.period

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Measure how far the close is from the top of its window."""
        high = bars.window("high", self.period).max(axis=1)
        height = high - bars.window("low", self.period).min(axis=1)
        spread = height > 0.0
        depth = np.where(spread, (high - bars.close) / np.where(spread, height, 1.0), 0.5)
        # 0 - x: a close at the top is 0.0 and not -0.0.
        return {}, {f"williams_r_{self.period}": when(~np.isnan(height), 0.0 - 100.0 * depth)}


@dataclass(frozen=True)
class CommodityChannel:
    """Commodity channel index: (p - mean of p) / (0.015 x mean |p - mean of p|), of n bars.

    Lambert, Commodity Channel Index, Commodities 9, 1980; p = (high + low + close) / 3. No unit,
    any sign; most values lie within 100 of 0. First value at bar n. Prices that differ by no more
    than their rounding have no mean deviation: 0.
    """

    period: int = 20
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``cci_n``."""
        return (Column(f"cci_{self.period}", first=self.period, degenerate=True),)

    @property
    def lookback(self) -> int:
        """Window of n bars."""
        return self.period

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Compare the typical price with those of the window."""
        price = typical_price(bars, self.period)
        mean = rolling_mean(price)
        deviation = np.abs(price - mean[:, None]).sum(axis=1) / self.period
        moved = deviation > ROUNDING * mean
        index = (price[:, -1] - mean) / np.where(moved, 0.015 * deviation, 1.0)
        index = np.where(moved, index, 0.0)
        return {}, {f"cci_{self.period}": when(bars.count >= self.period, index)}
