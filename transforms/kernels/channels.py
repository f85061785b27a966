"""Channels around the price, and how long one has lain inside another."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, Floats, when
from transforms.kernels.conventions import EmaSeed, TrueRange
from transforms.kernels.moving_average import ExponentialAverage
from transforms.kernels.volatility import Bollinger, average_true_range, first_range


@dataclass(frozen=True)
class KeltnerChannel:
    """Keltner channel: exponential average of n closes +- k average true ranges of m bars.

    Keltner, How to Make Money in Commodities, 1960, as changed by Raschke. The basis is the close
    (TA-Lib averages (high + low + close) / 3). Price; the upper and lower band are as far from the
    middle. First values at bar n of the middle, at the later of n and m + 1 of the bands. For a
    flat price all three meet in it. The middle is given as ``ema_n`` too.
    """

    period: int = 20
    range_period: int = 10
    multiplier: int = 2
    seed: EmaSeed = "sma"
    true_range: TrueRange = "wilder"
    state: ClassVar[tuple[str, ...]] = ("average", "true_range")
    lookback: ClassVar[int] = 1

    def __post_init__(self) -> None:
        """Refuse a range over too few bars or too many.

        Raises:
            ValueError: ``range_period`` is not 2 to 1000.
        """
        if not 2 <= self.range_period <= 1000:
            raise ValueError(f"`keltner`: true ranges must be 2 to 1000, was {self.range_period}")

    @cached_property
    def middle(self) -> ExponentialAverage:
        """The average the channel lies around."""
        return ExponentialAverage(self.period, self.seed)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Three bands (without their parameters for 20, 10, 2), ``ema_n``."""
        [average] = self.middle.columns
        first = max(average.first, first_range(self.range_period, self.true_range))
        memory = max(average.memory, 1.0 - 1.0 / self.range_period)
        given = (self.period, self.range_period, self.multiplier)
        suffix = "" if given == (20, 10, 2) else "_{}_{}_{}".format(*given)
        return (
            Column(f"keltner_upper{suffix}", first=first, memory=memory),
            Column(f"keltner_middle{suffix}", first=average.first, memory=average.memory),
            Column(f"keltner_lower{suffix}", first=first, memory=memory),
            average,
        )

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Move the average and the range."""
        after, given = self.middle.step({"average": state["average"]}, bars)
        span = average_true_range(state["true_range"], bars, self.range_period, self.true_range)
        middle, names = given[f"ema_{self.period}"], [column.name for column in self.columns]
        reach = self.multiplier * when(bars.count >= self.columns[0].first, span)
        values = (middle + reach, middle, middle - reach, middle)
        return {**after, "true_range": span}, dict(zip(names, values, strict=True))


@dataclass(frozen=True)
class DonchianChannel:
    """Donchian channel: highest high and lowest low of n bars, this one included.

    Donchian, Commodities: High Finance in Copper, Financial Analysts Journal 16, 1960. Price.
    First values at bar n. Never degenerate: for a flat price both are the price.
    """

    period: int = 20
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``donchian_upper_n`` and ``donchian_lower_n``."""
        names = (f"donchian_upper_{self.period}", f"donchian_lower_{self.period}")
        return tuple(Column(name, first=self.period) for name in names)

    @property
    def lookback(self) -> int:
        """Window of n bars."""
        return self.period

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Take the extremes of the window."""
        upper, lower = (column.name for column in self.columns)
        high, low = bars.window("high", self.period), bars.window("low", self.period)
        return {}, {upper: high.max(axis=1), lower: low.min(axis=1)}


@dataclass(frozen=True)
class DonchianBefore:
    """Donchian channel of the bar before: what a close has to leave for a breakout.

    Donchian's rule trades when the price leaves the range of the n bars *before* it; that of the
    channel itself can never be left. Price. First values at bar n + 1.
    """

    period: int = 20
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``donchian_upper_prev_n`` and ``donchian_lower_prev_n``."""
        names = (f"donchian_upper_prev_{self.period}", f"donchian_lower_prev_{self.period}")
        return tuple(Column(name, first=self.period + 1) for name in names)

    @property
    def lookback(self) -> int:
        """The bar and n before it."""
        return self.period + 1

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Take the extremes of the window without its newest bar."""
        upper, lower = (column.name for column in self.columns)
        high, low = bars.window("high", self.lookback), bars.window("low", self.lookback)
        return {}, {upper: high[:, :-1].max(axis=1), lower: low[:, :-1].min(axis=1)}


@dataclass(frozen=True)
class Squeeze:
    """How many bars in a row, up to the one before, had the Bollinger bands inside the channel.

    Carter, Mastering the Trade, 2005, ch. 11: the squeeze, here with a Keltner channel of 2 average
    true ranges. Strictly inside on both sides. Bars, from 0. First value at bar 21: the bar after
    the first with both. A flat price is in no squeeze (all bands meet): 0. The columns of both
    channels come along.
    """

    seed: EmaSeed = "sma"
    true_range: TrueRange = "wilder"
    state: ClassVar[tuple[str, ...]] = ("run", *KeltnerChannel.state)

    @cached_property
    def keltner(self) -> KeltnerChannel:
        """The outer channel."""
        return KeltnerChannel(seed=self.seed, true_range=self.true_range)

    @cached_property
    def bands(self) -> Bollinger:
        """The inner channel."""
        return Bollinger()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``squeeze_bars`` and the columns of the two channels."""
        outer, inner = self.keltner.columns, self.bands.columns
        first = max(outer[0].first, inner[0].first) + 1
        return (Column("squeeze_bars", first=first, memory=outer[0].memory), *outer, *inner)

    @property
    def lookback(self) -> int:
        """Window of the Bollinger bands."""
        return self.bands.lookback

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Step both channels and compare them."""
        after, outer = self.keltner.step(state, bars)
        inner = self.bands.step({}, bars)[1]
        above, below = outer["keltner_upper"], outer["keltner_lower"]
        inside = (inner["bb_upper_20_2"] < above) & (inner["bb_lower_20_2"] > below)
        run: Floats = np.where(inside, state["run"] + 1.0, 0.0)
        before = when(bars.count >= self.columns[0].first, state["run"])
        return {"run": run, **after}, {"squeeze_bars": before, **outer, **inner}
