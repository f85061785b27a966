"""Direction and strength of a trend, and the high it is measured from."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, Floats, when
from transforms.kernels.conventions import AroonTie, TrueRange
from transforms.kernels.smoothing import smoothed
from transforms.kernels.volatility import average_true_range, range_columns, range_values


@dataclass(frozen=True)
class DirectionalMovement:
    """Average directional index and the two directional indicators.

    Wilder, New Concepts in Technical Trading Systems, 1978, ch. 4. The larger of up = high -
    previous high and down = previous low - low counts, if positive. +DI = 100 S(+DM) / S(TR), S
    the Wilder average seeded with the mean of the first n (the ratio of Wilder's sums); DX = 100
    |+DI - -DI| / (+DI + -DI); ADX = Wilder average of DX seeded with the mean of the first n.
    Range 0 to 100. First values at bars n + 1 (DI) and 2 n (ADX). No true range: both DI are 0;
    no directional movement: DX is 0, and enters the average so. S(TR) is the average true range of
    the convention ``wilder``, the only one there is here; its columns come along if nobody wants
    the other's.
    """

    period: int = 14
    true_range: TrueRange = "wilder"
    state: ClassVar[tuple[str, ...]] = ("true_range", "plus", "minus", "adx")
    lookback: ClassVar[int] = 1

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``adx_n``, ``plus_di_n``, ``minus_di_n``; ``atr_n``, ``natr_n``."""
        n, memory = self.period, 1.0 - 1.0 / self.period
        ranges = range_columns(n) if self.true_range == "wilder" else ()
        return (
            # An average of ratios of averages forgets more slowly than each: 25 n bars for 8 digits
            # where one average takes 19 n.
            Column(f"adx_{n}", first=2 * n, memory=memory ** (19 / 25), degenerate=True),
            Column(f"plus_di_{n}", first=n + 1, memory=memory, degenerate=True),
            Column(f"minus_di_{n}", first=n + 1, memory=memory, degenerate=True),
            *ranges,
        )

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Smooth the range and the directional movements, then their contrast."""
        n, changes = self.period, bars.count - 1
        span = average_true_range(state["true_range"], bars, n)
        up, down = bars.high - bars.previous_high, bars.previous_low - bars.low
        plus_move = np.where(up > down, np.fmax(up, 0.0), 0.0)
        minus_move = np.where(down > up, np.fmax(down, 0.0), 0.0)
        plus = smoothed(state["plus"], plus_move, changes, n, 1.0 / n)
        minus = smoothed(state["minus"], minus_move, changes, n, 1.0 / n)
        plus_di, minus_di = percent_or_zero(plus, span), percent_or_zero(minus, span)
        contrast = percent_or_zero(np.abs(plus_di - minus_di), plus_di + minus_di)
        adx = smoothed(state["adx"], contrast, changes - (n - 1), n, 1.0 / n)
        present = changes >= n
        ranges = range_values(span, bars, n) if self.true_range == "wilder" else {}
        return {"true_range": span, "plus": plus, "minus": minus, "adx": adx}, {
            f"adx_{n}": when(bars.count >= 2 * n, adx),
            f"plus_di_{n}": when(present, plus_di),
            f"minus_di_{n}": when(present, minus_di),
            **ranges,
        }


def percent_or_zero(part: Floats, whole: Floats) -> Floats:
    """100 part / whole; 0 where the whole is 0."""
    some = whole > 0.0
    return np.where(some, 100.0 * (part / np.where(some, whole, 1.0)), 0.0)


@dataclass(frozen=True)
class HighestClose:
    """Highest close of the last n bars, this one included: what a trailing stop hangs from.

    Le Beau's chandelier exit in Elder, Come Into My Trading Room, 2002. Price. First value at bar
    n.
    """

    period: int = 22
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``highest_close_n``."""
        return (Column(f"highest_close_{self.period}", first=self.period),)

    @property
    def lookback(self) -> int:
        """Window of n closes."""
        return self.period

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Take the highest of the window."""
        return {}, {f"highest_close_{self.period}": bars.window("close", self.period).max(axis=1)}


@dataclass(frozen=True)
class Aroon:
    """Aroon: 100 (n - bars since the highest high) / n, and the same of the lowest low.

    Chande, Time Price Oscillator, Stocks & Commodities 13, 1995. Looks at n + 1 bars. Range 0 to
    100. First values at bar n + 1. Of equal extremes the ``newest`` or the ``oldest`` counts. All
    highs (all lows) of the window equal: nothing is new or old, 50.
    """

    period: int = 25
    tie: AroonTie = "newest"
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``aroon_up_n`` and ``aroon_down_n``."""
        n = self.period
        names = (f"aroon_up_{n}", f"aroon_down_{n}")
        return tuple(Column(name, first=n + 1, degenerate=True) for name in names)

    @property
    def lookback(self) -> int:
        """The bar and n before it."""
        return self.period + 1

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Find the extremes of the window."""
        up, down = (column.name for column in self.columns)
        high, low = bars.window("high", self.lookback), bars.window("low", self.lookback)
        present = bars.count > self.period
        return {}, {up: when(present, self._age(high)), down: when(present, self._age(-low))}

    def _age(self, window: Floats) -> Floats:
        """100 for a highest value at the newest bar, 0 for one at the oldest."""
        if self.tie == "newest":
            place = self.period - window[:, ::-1].argmax(axis=1)
        else:
            place = window.argmax(axis=1)
        level = window.max(axis=1) == window.min(axis=1)
        return np.where(level, 50.0, 100.0 * place / self.period)
