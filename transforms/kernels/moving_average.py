"""Moving averages of the close."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import ClassVar, Literal

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, Floats, when
from transforms.kernels.smoothing import rolling_mean, smoothed


@dataclass(frozen=True)
class SimpleAverage:
    """Simple moving average: sum of the last n closes / n.

    Achelis, Technical Analysis from A to Z, 2000. Price, within the range of the n closes. First
    value at bar n. Never degenerate.
    """

    period: int = 20
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``sma_n``."""
        return (Column(f"sma_{self.period}", first=self.period),)

    @property
    def lookback(self) -> int:
        """Window of n closes."""
        return self.period

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Average the window of the bar."""
        return {}, {f"sma_{self.period}": rolling_mean(bars.window("close", self.period))}


@dataclass(frozen=True)
class ExponentialAverage:
    """Exponential moving average: y + a (close - y), a = 2 / (n + 1).

    Appel, The MACD Method, 1985. Price, within the range of all closes. Seed ``mean``: the simple
    average of the first n closes, first value at bar n. Seed ``first`` (as TradingView has it):
    the first close, first value at bar 1.
    """

    period: int = 20
    seed: Literal["mean", "first"] = "mean"
    state: ClassVar[tuple[str, ...]] = ("average",)
    lookback: ClassVar[int] = 1

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``ema_n``."""
        first = self.period if self.seed == "mean" else 1
        return (exponential_column(f"ema_{self.period}", first, self.period),)

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Move the average towards the close."""
        [column] = self.columns
        alpha = 2.0 / (self.period + 1)
        average = smoothed(state["average"], bars.close, bars.count, column.first, alpha)
        return {"average": average}, {column.name: when(bars.count >= column.first, average)}


def exponential_column(name: str, first: int, period: int) -> Column:
    """A column whose slowest recursion is an exponential average over ``period`` bars."""
    return Column(name, first=first, memory=1.0 - 2.0 / (period + 1))


@dataclass(frozen=True)
class WeightedAverage:
    """Linearly weighted moving average: sum of i x close_i / (n (n + 1) / 2), i = 1 the oldest.

    Achelis, Technical Analysis from A to Z, 2000. Price, within the range of the n closes. First
    value at bar n. Never degenerate.
    """

    period: int = 20
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``wma_n``."""
        return (Column(f"wma_{self.period}", first=self.period),)

    @property
    def lookback(self) -> int:
        """Window of n closes."""
        return self.period

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Average the window of the bar, as distances to the close: exact for a flat price."""
        distance = bars.window("close", self.period) - bars.close[:, None]
        distance *= linear_weights(self.period)
        return {}, {f"wma_{self.period}": bars.close + distance.sum(axis=1)}


@cache
def linear_weights(period: int) -> Floats:
    """1, 2 ... ``period``, scaled to a sum of 1."""
    weights = np.arange(1.0, period + 1) / (period * (period + 1) / 2)
    weights.flags.writeable = False
    return weights
