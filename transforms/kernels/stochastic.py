"""Stochastic oscillators: where the close, or its strength, stands in its range of late."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, Floats, when
from transforms.kernels.momentum import RelativeStrength

SAME_STRENGTH = 1e-9  # points of RSI: what its rounding can make of a price that stands still


@dataclass(frozen=True)
class Stochastic:
    """Slow stochastic oscillator (Lane, Lane's Stochastics, Stocks & Commodities 2, 1984).

    Fast %K = 100 (close - lowest low) / (highest high - lowest low) of n bars; ``stoch_k`` is its
    mean over the last k, ``stoch_d`` the mean of ``stoch_k`` over the last d. Range 0 to 100.
    First values at bars n + k - 1 and n + k + d - 2. A range of 0 has no place inside it: fast %K
    is 50.
    """

    period: int = 14
    k: int = 3
    d: int = 3

    @cached_property
    def state(self) -> tuple[str, ...]:
        """Earlier values of fast and slow %K, the newest first; copies, so nothing drifts."""
        fast = (f"fast_{age}" for age in range(1, self.k))
        return (*fast, *(f"slow_{age}" for age in range(1, self.d)))

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``stoch_k`` and ``stoch_d``."""
        first = self.period + self.k - 1
        return (
            Column("stoch_k", first=first, degenerate=True),
            Column("stoch_d", first=first + self.d - 1, degenerate=True),
        )

    @property
    def lookback(self) -> int:
        """Window of n highs and lows."""
        return self.period

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Place the close in the window and average."""
        low = bars.window("low", self.period).min(axis=1)
        height = bars.window("high", self.period).max(axis=1) - low
        spread = height > 0.0
        place = (bars.close - low) / np.where(spread, height, 1.0)
        fast = remembered(np.where(spread, 100.0 * place, 50.0), state, "fast", self.k)
        slow = remembered(mean_of(fast), state, "slow", self.d)
        first, second = (column.first for column in self.columns)
        return kept(fast, "fast") | kept(slow, "slow"), {
            "stoch_k": when(bars.count >= first, slow[0]),
            "stoch_d": when(bars.count >= second, mean_of(slow)),
        }


@dataclass(frozen=True)
class StochasticStrength:
    """Stochastic RSI: where the RSI stands in the range of its own last m values.

    Chande and Kroll, The New Technical Trader, 1994. 100 (RSI - lowest) / (highest - lowest);
    ``stoch_rsi_k`` is its mean over the last k, ``stoch_rsi_d`` the mean of that over the last d
    (k = 1: not smoothed). Range 0 to 100. First values at bars n + m + k - 1 and n + m + k + d - 2.
    A range of 0, or so small that it is rounding (the RSI of a price that stands still), has no
    place inside it: 50. The RSI comes along.
    """

    period: int = 14
    window: int = 14
    k: int = 3
    d: int = 3
    lookback: ClassVar[int] = 1

    @cached_property
    def strength(self) -> RelativeStrength:
        """The index whose range is watched."""
        return RelativeStrength(self.period)

    @cached_property
    def state(self) -> tuple[str, ...]:
        """That of the RSI, and earlier values of the RSI, of the fast and of the slow line."""
        sizes = (("rsi", self.window), ("fast", self.k), ("slow", self.d))
        earlier = (f"{name}_{age}" for name, size in sizes for age in range(1, size))
        return (*self.strength.state, *earlier)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``stoch_rsi_k``, ``stoch_rsi_d`` and the columns of the RSI."""
        first, memory = self.period + self.window + self.k - 1, 1.0 - 1.0 / self.period
        return (
            Column("stoch_rsi_k", first=first, memory=memory, degenerate=True),
            Column("stoch_rsi_d", first=first + self.d - 1, memory=memory, degenerate=True),
            *self.strength.columns,
        )

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Place the strength among its last values and average."""
        after, given = self.strength.step(state, bars)
        index = given[f"rsi_{self.period}"]
        # Before the first RSI: any finite number, it has left the window when there is a value.
        index = np.where(np.isnan(index), 50.0, index)
        recent = remembered(index, state, "rsi", self.window)
        fast = remembered(place_among(recent), state, "fast", self.k)
        slow = remembered(mean_of(fast), state, "slow", self.d)
        for name, values in (("rsi", recent), ("fast", fast), ("slow", slow)):
            after |= kept(values, name)
        first, second = (column.first for column in self.columns[:2])
        return after, {
            "stoch_rsi_k": when(bars.count >= first, slow[0]),
            "stoch_rsi_d": when(bars.count >= second, mean_of(slow)),
            **given,
        }


def place_among(recent: list[Floats]) -> Floats:
    """100 (newest - lowest) / (highest - lowest) of indices, newest first."""
    low = np.minimum.reduce(recent)
    height = np.maximum.reduce(recent) - low
    spread = height > SAME_STRENGTH
    return np.where(spread, 100.0 * ((recent[0] - low) / np.where(spread, height, 1.0)), 50.0)


def remembered(newest: Floats, state: Columns, name: str, length: int) -> list[Floats]:
    """The newest value and the ``length`` - 1 before it, which are state fields ``name_age``."""
    return [newest, *(state[f"{name}_{age}"] for age in range(1, length))]


def kept(values: list[Floats], name: str) -> Columns:
    """The state fields of ``remembered`` for the next bar.

    Copies: the newer field of the caller must not become its older one by reference.
    """
    return {f"{name}_{age}": value.copy() for age, value in enumerate(values[:-1], start=1)}


def mean_of(values: list[Floats]) -> Floats:
    """Mean of columns, summed in their order."""
    return sum(values[1:], start=values[0]) / len(values)
