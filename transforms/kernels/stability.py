"""How many digits of a value still depend on where the history starts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, Floats, Ints

ALL_DIGITS = 15  # what a float64 holds


def stable_digits(memory: float, count: int | Ints, first: int) -> Ints:
    """Leading decimal digits, 0 to 15, that a longer history would not change.

    Of the start's influence ``memory ** (count - first)`` is left at bar ``count``: digits of the
    price for prices, of 100 for oscillators. An oscillator whose price has calmed by orders of
    magnitude since the start remembers it longer than that.

    Args:
        memory: ``Column.memory``; 0 gives 15 from the first value on.
        count: bars so far, 1 for the first.
        first: ``Column.first``; 0 digits before it.
    """
    steps = np.asarray(count, dtype=np.int64) - first
    if memory == 0.0:
        return np.where(steps >= 0, ALL_DIGITS, 0)
    digits = np.floor(steps * -math.log10(memory))
    return np.clip(digits, 0, ALL_DIGITS).astype(np.int64)


@dataclass(frozen=True)
class StableDigits:
    """Column ``stable_digits``: the least of those of a row's recursive values, 0 to 15.

    Only values that are present at the bar count; a row of window values alone has 15. From bar
    1.
    """

    of: tuple[Column, ...]
    state: ClassVar[tuple[str, ...]] = ()
    columns: ClassVar[tuple[Column, ...]] = (Column("stable_digits", first=1),)
    lookback: ClassVar[int] = 1

    @cached_property
    def by_count(self) -> Floats:
        """Digits of a row by its bar count; constant (15) from the last entry on."""
        recursive = [column for column in self.of if column.memory > 0.0]
        ends = (c.first + ALL_DIGITS / -math.log10(c.memory) for c in recursive)
        count = np.arange(math.ceil(max(ends, default=0)) + 2)
        digits = np.full(len(count), ALL_DIGITS)
        for column in recursive:
            own = stable_digits(column.memory, count, column.first)
            digits = np.where(count >= column.first, np.minimum(digits, own), digits)
        return digits.astype(np.float64)

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Look the digits up."""
        return {}, {"stable_digits": self.by_count.take(bars.count, mode="clip")}


def row_digits(columns: Sequence[Column]) -> Floats:
    """Stable digits of a row of ``columns`` by bar count: index with min(count, len - 1)."""
    return StableDigits(tuple(columns)).by_count
