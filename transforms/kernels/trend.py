"""Direction and strength of a trend, and the high it is measured from."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, Floats, when
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
    no directional movement: DX is 0, and enters the average so. S(TR) is the average true range:
    its columns come along.
    """

    period: int = 14
    state: ClassVar[tuple[str, ...]] = ("true_range", "plus", "minus", "adx")
    lookback: ClassVar[int] = 1

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``adx_n``, ``plus_di_n``, ``minus_di_n``, ``atr_n``, ``natr_n``."""
        n, memory = self.period, 1.0 - 1.0 / self.period
        return (
            # An average of ratios of averages forgets more slowly than each: 25 n bars for 8 digits
            # where one average takes 19 n.
            Column(f"adx_{n}", first=2 * n, memory=memory ** (19 / 25), degenerate=True),
            Column(f"plus_di_{n}", first=n + 1, memory=memory, degenerate=True),
            Column(f"minus_di_{n}", first=n + 1, memory=memory, degenerate=True),
            *range_columns(n),
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
        return {"true_range": span, "plus": plus, "minus": minus, "adx": adx}, {
            f"adx_{n}": when(bars.count >= 2 * n, adx),
            f"plus_di_{n}": when(present, plus_di),
            f"minus_di_{n}": when(present, minus_di),
            **range_values(span, bars, n),
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
