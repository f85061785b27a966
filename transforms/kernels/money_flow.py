"""What volume says about the close, over a window."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, Floats, when
from transforms.kernels.smoothing import ratio
from transforms.kernels.volume import close_location

ROUNDING = 1e-14  # share of a price: (high + low + close) / 3 is not known any better


def typical_price(bars: Bars, length: int) -> Floats:
    """(High + low + close) / 3 of the last ``length`` bars, oldest first."""
    high, low, close = (bars.window(field, length) for field in ("high", "low", "close"))
    return (high + low + close) / 3.0


@dataclass(frozen=True)
class ChaikinMoneyFlow:
    """Chaikin money flow: sum of volume x ``close_location`` / sum of volume, of n bars.

    Chaikin, in Colby, The Encyclopedia of Technical Market Indicators, 2003. Ratio, -1 (all closes
    at their lows) to 1. First value at bar n. A bar without a range has a location of 0, so a flat
    price has a flow of 0. Absent without volume, as on every platform: there was no flow that
    could have been balanced.
    """

    period: int = 20
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``cmf_n``."""
        return (Column(f"cmf_{self.period}", first=self.period, degenerate=True),)

    @property
    def lookback(self) -> int:
        """Window of n bars."""
        return self.period

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Weigh the volumes of the window."""
        high, low, close, volume = (
            bars.window(field, self.period) for field in ("high", "low", "close", "volume")
        )
        flow = (close_location(high, low, close) * volume).sum(axis=1)
        return {}, {f"cmf_{self.period}": ratio(flow, volume.sum(axis=1))}


@dataclass(frozen=True)
class MoneyFlowIndex:
    """Money flow index: 100 P / (P + N), P and N the flows of n bars that rose and that fell.

    Quong and Soudack, Volume-Weighted RSI: Money Flow, Stocks & Commodities 7, 1989. The flow of a
    bar is its typical price (high + low + close) / 3 x volume; it counts with P or N as the typical
    price moved against the bar before, and with neither where that did not move by more than its
    rounding. Range 0 to 100. First value at bar n + 1. Without any flow (a flat price, no volume)
    it is 50.
    """

    period: int = 14
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``mfi_n``."""
        return (Column(f"mfi_{self.period}", first=self.period + 1, degenerate=True),)

    @property
    def lookback(self) -> int:
        """Bars of n changes."""
        return self.period + 1

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Sort the flows of the window by the way the price went."""
        price, volume = typical_price(bars, self.lookback), bars.window("volume", self.lookback)
        now = price[:, 1:]
        change, least = now - price[:, :-1], ROUNDING * now
        flow = now * volume[:, 1:]
        rising = np.where(change > least, flow, 0.0).sum(axis=1)
        total = rising + np.where(change < -least, flow, 0.0).sum(axis=1)
        flowed = total > 0.0
        index = np.where(flowed, 100.0 * (rising / np.where(flowed, total, 1.0)), 50.0)
        return {}, {f"mfi_{self.period}": when(bars.count > self.period, index)}
