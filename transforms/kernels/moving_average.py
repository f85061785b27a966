"""Moving averages of the close."""

from dataclasses import dataclass
from functools import cache, cached_property
from math import isqrt
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, Floats, when
from transforms.kernels.conventions import EmaSeed
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

    Appel, The MACD Method, 1985. Price, within the range of all closes. ``seed`` sma: it starts
    from the simple average of the first n closes, first value at bar n; ``first`` (as TradingView
    has it): from the first close, first value at bar 1. Never degenerate.
    """

    period: int = 20
    seed: EmaSeed = "sma"
    state: ClassVar[tuple[str, ...]] = ("average",)
    lookback: ClassVar[int] = 1

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``ema_n``."""
        first = seed_values(self.period, self.seed)
        return (exponential_column(f"ema_{self.period}", first, self.period),)

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Move the average towards the close."""
        [column] = self.columns
        alpha = 2.0 / (self.period + 1)
        average = smoothed(state["average"], bars.close, bars.count, column.first, alpha)
        return {"average": average}, {column.name: when(bars.count >= column.first, average)}


def seed_values(period: int, seed: EmaSeed) -> int:
    """Values in the seed of an exponential average."""
    return period if seed == "sma" else 1


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


@dataclass(frozen=True)
class WilderAverage:
    """Wilder's moving average (RMA, SMMA): ((n - 1) y + close) / n.

    Wilder, New Concepts in Technical Trading Systems, 1978, ch. 3. Price, within the range of all
    closes. The seed is the mean of the first n closes, on every platform; first value at bar n.
    Never degenerate.
    """

    period: int = 14
    state: ClassVar[tuple[str, ...]] = ("average",)
    lookback: ClassVar[int] = 1

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``rma_n``."""
        n = self.period
        return (Column(f"rma_{n}", first=n, memory=1.0 - 1.0 / n),)

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Move the average towards the close."""
        n = self.period
        average = smoothed(state["average"], bars.close, bars.count, n, 1.0 / n)
        return {"average": average}, {f"rma_{n}": when(bars.count >= n, average)}


@dataclass(frozen=True)
class HullAverage:
    """Hull moving average: WMA over floor(sqrt n) of 2 WMA(floor(n / 2)) - WMA(n).

    Hull, How to Reduce Lag in a Moving Average, 2005. Price; runs ahead of a trend and so may leave
    the range of the closes. First value at bar n + floor(sqrt n) - 1. Never degenerate. The three
    averages are one weighted sum of the window: no value of an earlier bar is needed.
    """

    period: int = 20
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``hma_n``."""
        return (Column(f"hma_{self.period}", first=self.lookback),)

    @property
    def lookback(self) -> int:
        """Window of the outer average's oldest inner ones."""
        return self.period + isqrt(self.period) - 1

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Weigh the window of the bar, as distances to the close: exact for a flat price."""
        distance = bars.window("close", self.lookback) - bars.close[:, None]
        distance *= hull_weights(self.period)
        return {}, {f"hma_{self.period}": bars.close + distance.sum(axis=1)}


@cache
def hull_weights(period: int) -> Floats:
    """Weights of the closes in a Hull average, oldest first, with a sum of 1."""
    half = period // 2
    inner = -linear_weights(period)
    inner[-half:] += 2.0 * linear_weights(half)
    weights = np.convolve(linear_weights(isqrt(period)), inner)
    weights.flags.writeable = False
    return weights


@cache
def linear_weights(period: int) -> Floats:
    """1, 2 ... ``period``, scaled to a sum of 1."""
    weights = np.arange(1.0, period + 1) / (period * (period + 1) / 2)
    weights.flags.writeable = False
    return weights
