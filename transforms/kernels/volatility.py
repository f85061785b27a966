"""How widely prices move."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, Floats, when
from transforms.kernels.smoothing import (
    ratio,
    rolling_moments,
    rolling_population_sd,
    smoothed,
)


def average_true_range(mean: Floats, bars: Bars, period: int) -> Floats:
    """Wilder average of the true range from bar 2 on; ``mean`` is the previous one."""
    # fmax and fmin: on the first bar there is no previous close, and the value has no weight.
    high = np.fmax(bars.high, bars.previous_close)
    low = np.fmin(bars.low, bars.previous_close)
    return smoothed(mean, high - low, bars.count - 1, period, 1.0 / period)


def range_columns(period: int) -> tuple[Column, ...]:
    """``atr_n`` and ``natr_n``."""
    first, memory = period + 1, 1.0 - 1.0 / period
    return (
        Column(f"atr_{period}", first=first, memory=memory),
        Column(f"natr_{period}", first=first, memory=memory),
    )


def range_values(mean: Floats, bars: Bars, period: int) -> Columns:
    """The values of ``range_columns``."""
    atr = when(bars.count > period, mean)
    return {f"atr_{period}": atr, f"natr_{period}": 100.0 * ratio(atr, bars.close)}


@dataclass(frozen=True)
class AverageTrueRange:
    """Average true range (price, from 0) and the same in % of the close (normalised).

    Wilder, New Concepts in Technical Trading Systems, 1978, ch. 3: TR = the largest of high -
    low, |high - previous close|, |low - previous close|; seed the mean of the first n true
    ranges, of which the first is at bar 2 (TradingView counts high - low of bar 1 as well). First
    value at bar n + 1. Normalised: absent when the close is 0.
    """

    period: int = 14
    state: ClassVar[tuple[str, ...]] = ("true_range",)
    lookback: ClassVar[int] = 1

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``atr_n`` and ``natr_n``."""
        return range_columns(self.period)

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Smooth the true range of the bar."""
        mean = average_true_range(state["true_range"], bars, self.period)
        return {"true_range": mean}, range_values(mean, bars, self.period)


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


@dataclass(frozen=True)
class RealisedVolatility:
    """Realised volatility: sample standard deviation of the last n log returns x sqrt(P) x 100.

    Hull, Options, Futures, and Other Derivatives, 2018, ch. 15.4; mean removed, ddof 1. P = bars
    per year. % per year, from 0. First value at bar n + 1. 0 for a flat price; absent when a
    close of the window is not positive. The one kernel whose last bit depends on the processor:
    numpy picks its logarithm by instruction set.
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
        with np.errstate(divide="ignore", invalid="ignore"):
            # The quotient is a new, contiguous array: numpy's logarithm of a strided one may round
            # differently, and the value must not depend on the batch.
            returns = np.log(close[:, 1:] / close[:, :-1])
            spread = rolling_population_sd(returns)
        scale = 100.0 * np.sqrt(self.bars_per_year * self.period / (self.period - 1))
        return {}, {f"realised_vol_{self.period}": scale * spread}
