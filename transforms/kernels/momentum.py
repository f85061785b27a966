"""How fast and how one-sidedly the close moves."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, when
from transforms.kernels.moving_average import exponential_column
from transforms.kernels.smoothing import ratio, smoothed

TINY = float(np.finfo(np.float64).tiny)  # below it a decaying mean has lost its digits


@dataclass(frozen=True)
class RelativeStrength:
    """Relative strength index: 100 G / (G + L), G and L the Wilder averages of gains and losses.

    Wilder, New Concepts in Technical Trading Systems, 1978, ch. 6. Range 0 to 100. First value at
    bar n + 1; the seed is the mean of the first n changes. A price that has not moved (G + L = 0)
    has no strength either way: 50, and ``rsi_degenerate`` is 1.0 (0.0 otherwise; absent with the
    index).
    """

    period: int = 14
    state: ClassVar[tuple[str, ...]] = ("mean_gain", "mean_loss")
    lookback: ClassVar[int] = 1

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``rsi_n`` and its mark (without the period for the default of 14)."""
        first, memory = self.period + 1, 1.0 - 1.0 / self.period
        mark = "rsi_degenerate" if self.period == 14 else f"rsi_degenerate_{self.period}"
        return (
            Column(f"rsi_{self.period}", first=first, memory=memory, degenerate=True),
            Column(mark, first=first),
        )

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Smooth the gain and the loss of the bar."""
        n, changes, change = self.period, bars.count - 1, bars.close - bars.previous_close
        # fmax: the first bar's change is NaN and must not enter the state.
        gain = smoothed(state["mean_gain"], np.fmax(change, 0.0), changes, n, 1.0 / n)
        loss = smoothed(state["mean_loss"], np.fmax(-change, 0.0), changes, n, 1.0 / n)
        moves = gain + loss
        moved, present = moves >= TINY, changes >= n
        # gain / moves first: 100 gain / moves can round to above 100.
        index = np.where(moved, 100.0 * (gain / np.where(moved, moves, 1.0)), 50.0)
        values = (when(present, index), when(present, np.where(moved, 0.0, 1.0)))
        names = (column.name for column in self.columns)
        return {"mean_gain": gain, "mean_loss": loss}, dict(zip(names, values, strict=True))


@dataclass(frozen=True)
class Macd:
    """Moving average convergence divergence: EMA fast - EMA slow, its EMA, their difference.

    Appel, The MACD Method, 1985. Price units, any sign. Every average has a seed of its own, the
    mean of its first n values: macd from bar ``slow``, signal and histogram from bar slow +
    signal - 1. The two averages are given as columns too, so that nobody computes them again. 0
    for a flat price.
    """

    fast: int = 12
    slow: int = 26
    signal: int = 9
    state: ClassVar[tuple[str, ...]] = ("fast", "slow", "signal")
    lookback: ClassVar[int] = 1

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``macd``, ``macd_signal``, ``macd_histogram`` and the two averages."""
        last = self.slow + self.signal - 1
        slowest = max(self.slow, self.signal)
        return (
            exponential_column("macd", self.slow, self.slow),
            exponential_column("macd_signal", last, slowest),
            exponential_column("macd_histogram", last, slowest),
            exponential_column(f"ema_{self.fast}", self.fast, self.fast),
            exponential_column(f"ema_{self.slow}", self.slow, self.slow),
        )

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Move the three averages."""
        n = bars.count
        fast = smoothed(state["fast"], bars.close, n, self.fast, 2.0 / (self.fast + 1))
        slow = smoothed(state["slow"], bars.close, n, self.slow, 2.0 / (self.slow + 1))
        macd, lines = fast - slow, n - (self.slow - 1)
        signal = smoothed(state["signal"], macd, lines, self.signal, 2.0 / (self.signal + 1))
        present, signalled = lines >= 1, lines >= self.signal
        return {"fast": fast, "slow": slow, "signal": signal}, {
            "macd": when(present, macd),
            "macd_signal": when(signalled, signal),
            "macd_histogram": when(signalled, macd - signal),
            f"ema_{self.fast}": when(n >= self.fast, fast),
            f"ema_{self.slow}": when(present, slow),
        }


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
        fast = [np.where(spread, 100.0 * place, 50.0)]
        fast += [state[f"fast_{age}"] for age in range(1, self.k)]
        slow = [sum(fast[1:], start=fast[0]) / self.k]
        slow += [state[f"slow_{age}"] for age in range(1, self.d)]
        mean = sum(slow[1:], start=slow[0]) / self.d
        first, second = (column.first for column in self.columns)
        values = {
            "stoch_k": when(bars.count >= first, slow[0]),
            "stoch_d": when(bars.count >= second, mean),
        }
        # Copies: the newer field of the caller must not become its older one by reference.
        kept = [value.copy() for value in (*fast[:-1], *slow[:-1])]
        return dict(zip(self.state, kept, strict=True)), values


@dataclass(frozen=True)
class RateOfChange:
    """Rate of change: 100 (close / close n bars back - 1), %.

    Achelis, Technical Analysis from A to Z, 2000. From -100 upwards. First value at bar n + 1.
    Absent when the earlier close is 0.
    """

    period: int = 10
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``roc_n``."""
        return (Column(f"roc_{self.period}", first=self.period + 1),)

    @property
    def lookback(self) -> int:
        """The close and n before it."""
        return self.period + 1

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Compare the ends of the window."""
        before = np.ascontiguousarray(bars.window("close", self.period + 1)[:, 0])
        return {}, {f"roc_{self.period}": 100.0 * ratio(bars.close - before, before)}
