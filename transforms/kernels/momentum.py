"""How fast and how one-sidedly the close moves."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, Floats, when
from transforms.kernels.conventions import EmaSeed
from transforms.kernels.moving_average import exponential_column, seed_values
from transforms.kernels.smoothing import ratio, smoothed

TINY = float(np.finfo(np.float64).tiny)  # below it a decaying mean has lost its digits
LONGEST = 1000


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
    signal - 1. With ``seed`` first (as TradingView has it) everything starts at bar 1. The two
    averages are given as columns too, so that nobody computes them again. 0 for a flat price.
    """

    fast: int = 12
    slow: int = 26
    signal: int = 9
    seed: EmaSeed = "sma"
    state: ClassVar[tuple[str, ...]] = ("fast", "slow", "signal")
    lookback: ClassVar[int] = 1

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``macd``, ``macd_signal``, ``macd_histogram`` and the two averages."""
        fast, slow, signal = self.seeds
        last, slowest = slow + signal - 1, max(self.slow, self.signal)
        return (
            exponential_column("macd", slow, self.slow),
            exponential_column("macd_signal", last, slowest),
            exponential_column("macd_histogram", last, slowest),
            exponential_column(f"ema_{self.fast}", fast, self.fast),
            exponential_column(f"ema_{self.slow}", slow, self.slow),
        )

    @cached_property
    def seeds(self) -> tuple[int, int, int]:
        """Values in the seed of each average."""
        fast, slow, signal = (
            seed_values(period, self.seed) for period in (self.fast, self.slow, self.signal)
        )
        return fast, slow, signal

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Move the three averages."""
        n, (of_fast, of_slow, of_signal) = bars.count, self.seeds
        fast = smoothed(state["fast"], bars.close, n, of_fast, 2.0 / (self.fast + 1))
        slow = smoothed(state["slow"], bars.close, n, of_slow, 2.0 / (self.slow + 1))
        macd, lines = fast - slow, n - (of_slow - 1)
        signal = smoothed(state["signal"], macd, lines, of_signal, 2.0 / (self.signal + 1))
        present, signalled = lines >= 1, lines >= of_signal
        return {"fast": fast, "slow": slow, "signal": signal}, {
            "macd": when(present, macd),
            "macd_signal": when(signalled, signal),
            "macd_histogram": when(signalled, macd - signal),
            f"ema_{self.fast}": when(n >= of_fast, fast),
            f"ema_{self.slow}": when(present, slow),
        }


@dataclass(frozen=True)
class TrueStrength:
    """True strength index: 100 D(change) / D(|change|), D the EMA over s of the EMA over l.

    Blau, True Strength Index, Stocks & Commodities 9, 1991. Range -100 to 100. Each average has a
    seed of its own, the mean of its first values: first value at bar l + s; with ``seed`` first,
    at bar 2. A price that has not moved has no strength either way: 0.
    """

    long: int = 25
    short: int = 13
    seed: EmaSeed = "sma"
    state: ClassVar[tuple[str, ...]] = ("change", "mean_change", "size", "mean_size")
    lookback: ClassVar[int] = 1

    def __post_init__(self) -> None:
        """Check the second period; the registry checks the first number of any name.

        Raises:
            ValueError: ``short`` is below 2 or above ``LONGEST``.
        """
        if not 2 <= self.short <= LONGEST:
            name = f"tsi_{self.long}_{self.short}"
            raise ValueError(f"`{name}`: the period must be 2 to {LONGEST}, was {self.short}")

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``tsi_l_s``."""
        first = sum(seed_values(period, self.seed) for period in (self.long, self.short))
        slowest = 1.0 - 2.0 / (max(self.long, self.short) + 1)
        # An average of averages forgets more slowly than each: 21 where one takes 19.
        name, memory = f"tsi_{self.long}_{self.short}", slowest ** (19 / 21)
        return (Column(name, first=first, memory=memory, degenerate=True),)

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Smooth the change and its size, twice each."""
        [column] = self.columns
        change = np.where(bars.count > 1, bars.close - bars.previous_close, 0.0)
        after: Columns = {}
        for name, value in (("change", change), ("size", np.abs(change))):
            after |= self._smoothed_twice(name, value, state, bars)
        size = after["mean_size"]
        moved = size >= TINY
        index = np.where(moved, after["mean_change"] / np.where(moved, size, 1.0), 0.0)
        index = 100.0 * np.clip(index, -1.0, 1.0)  # the two averages round differently
        return after, {column.name: when(bars.count >= column.first, index)}

    def _smoothed_twice(self, name: str, value: Floats, state: Columns, bars: Bars) -> Columns:
        inner, outer = seed_values(self.long, self.seed), seed_values(self.short, self.seed)
        count = bars.count - 1
        once = smoothed(state[name], value, count, inner, 2.0 / (self.long + 1))
        count = count - (inner - 1)
        twice = smoothed(state[f"mean_{name}"], once, count, outer, 2.0 / (self.short + 1))
        return {name: once, f"mean_{name}": twice}


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
