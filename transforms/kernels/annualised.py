"""Volatility in % per year, from closes or from the ranges of bars.

Those of closes are the values whose last bit depends on the processor: numpy picks its logarithm
by instruction set. It is taken of new, contiguous arrays alone: that of a strided one may round
differently, and a value must not depend on the batch.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, Floats, when
from transforms.kernels.smoothing import rolling_mean, rolling_population_sd


def log_ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Logarithm of the quotient; not finite where a price is 0, below it or absent."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(numerator / denominator)


def finite(values: Floats) -> Floats:
    """``values``, absent where they are infinite."""
    return when(np.isfinite(values), values)


@dataclass(frozen=True)
class RealisedVolatility:
    """Realised volatility: sample standard deviation of the last n log returns x sqrt(P) x 100.

    Hull, Options, Futures, and Other Derivatives, 2018, ch. 15.4; mean removed, ddof 1. P = bars
    per year. % per year, from 0. First value at bar n + 1. 0 for a flat price; absent when a
    close of the window is not positive.
    """

    period: int = 20
    bars_per_year: float = 252.0
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``realised_vol_n``."""
        return (Column(f"realised_vol_{self.period}", first=self.period + 1),)

    @property
    def lookback(self) -> int:
        """Closes of n returns."""
        return self.period + 1

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Take the returns of the window and their spread."""
        close = bars.window("close", self.period + 1)
        returns = log_ratio(close[:, 1:], close[:, :-1])
        with np.errstate(invalid="ignore"):
            spread = rolling_population_sd(returns)
        scale = 100.0 * np.sqrt(self.bars_per_year * self.period / (self.period - 1))
        return {}, {f"realised_vol_{self.period}": scale * spread}


@dataclass(frozen=True)
class ExponentialVolatility:
    """Exponentially weighted volatility: sqrt(v P) x 100, v = 0.94 v + 0.06 r^2.

    J.P. Morgan and Reuters, RiskMetrics Technical Document, 1996, ch. 5. r = the log return, mean
    not removed; v starts as the first r^2. P = bars per year. % per year, from 0. First value at
    bar 30. A flat price lets it fade towards 0. A return from or to a close that is not positive
    is left out, and there is no value at that bar.
    """

    decay: float = 0.94
    minimum: int = 30
    bars_per_year: float = 252.0
    state: ClassVar[tuple[str, ...]] = ("variance",)
    lookback: ClassVar[int] = 1

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``ewma_vol``."""
        return (Column("ewma_vol", first=self.minimum, memory=self.decay),)

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Move the variance towards the squared return of the bar."""
        change = log_ratio(bars.close, bars.previous_close)
        known = np.isfinite(change)
        square = np.square(np.where(known, change, 0.0))
        weight = np.where(bars.count <= 2, 1.0, np.where(known, 1.0 - self.decay, 0.0))
        variance = state["variance"] + weight * (square - state["variance"])
        value = 100.0 * np.sqrt(variance * self.bars_per_year)
        present = known & (bars.count >= self.minimum)
        return {"variance": variance}, {"ewma_vol": when(present, value)}


@dataclass(frozen=True)
class ParkinsonVolatility:
    """Volatility from ranges: sqrt(P mean of ln(high / low)^2 / (4 ln 2)) x 100, of n bars.

    Parkinson, The Extreme Value Method for Estimating the Variance of the Rate of Return, Journal
    of Business 53, 1980. P = bars per year. % per year, from 0. First value at bar n. Sees nothing
    of gaps, and too little where high and low are those of polls and not of trades. 0 for a flat
    price; absent when a low of the window is not positive.
    """

    period: int = 20
    bars_per_year: float = 252.0
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``parkinson_vol_n``."""
        return (Column(f"parkinson_vol_{self.period}", first=self.period),)

    @property
    def lookback(self) -> int:
        """Window of n bars."""
        return self.period

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Average the squared ranges of the window."""
        high, low = bars.window("high", self.period), bars.window("low", self.period)
        reach = finite(log_ratio(high, low))
        variance = rolling_mean(np.square(reach)) / (4.0 * np.log(2.0))
        value = 100.0 * np.sqrt(variance * self.bars_per_year)
        return {}, {f"parkinson_vol_{self.period}": value}


@dataclass(frozen=True)
class GarmanKlassVolatility:
    """Volatility from whole bars: sqrt(P mean of h^2 / 2 - (2 ln 2 - 1) c^2) x 100, of n bars.

    Garman and Klass, On the Estimation of Security Price Volatilities from Historical Data, Journal
    of Business 53, 1980; h = ln(high / low), c = ln(close / open). P = bars per year. % per year,
    from 0. First value at bar n. Blind to gaps and to polls like Parkinson's. 0 for a flat price;
    absent when a price of the window is not positive, or a bar lies so far outside its own high and
    low that the mean is below 0.
    """

    period: int = 20
    bars_per_year: float = 252.0
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``garman_klass_vol_n``."""
        return (Column(f"garman_klass_vol_{self.period}", first=self.period),)

    @property
    def lookback(self) -> int:
        """Window of n bars."""
        return self.period

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Average the variances that the bars of the window tell."""
        first, high, low, last = (
            bars.window(field, self.period) for field in ("open", "high", "low", "close")
        )
        reach, move = finite(log_ratio(high, low)), finite(log_ratio(last, first))
        told = 0.5 * np.square(reach) - (2.0 * np.log(2.0) - 1.0) * np.square(move)
        variance = rolling_mean(told)
        variance = when(variance >= 0.0, variance)
        value = 100.0 * np.sqrt(variance * self.bars_per_year)
        return {}, {f"garman_klass_vol_{self.period}": value}
