"""Moving averages whose speed follows the price."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, when


@dataclass(frozen=True)
class AdaptiveAverage:
    """Kaufman's adaptive moving average: y + s (close - y).

    Kaufman, Smarter Trading, 1995. s = (e (2 / (fast + 1) - 2 / (slow + 1)) + 2 / (slow + 1))^2,
    where the efficiency e = |close - close n bars back| / sum of the n |changes| between, 0 to 1:
    fast in a trend, slow in noise. Price, within the range of all closes. The seed and first
    value, at bar n, is the close. A price that has not moved has an efficiency of 0.

    How fast it forgets its start depends on the prices; the memory given is the longest possible,
    that of a price without any trend.
    """

    period: int = 10
    fast: int = 2
    slow: int = 30
    state: ClassVar[tuple[str, ...]] = ("average",)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``kama_n``."""
        memory = 1.0 - (2.0 / (self.slow + 1)) ** 2
        return (Column(f"kama_{self.period}", first=self.period, memory=memory),)

    @property
    def lookback(self) -> int:
        """Closes of n changes."""
        return self.period + 1

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Measure the efficiency of the window and move the average as far as it says."""
        n, close = self.period, bars.window("close", self.period + 1)
        path = np.abs(close[:, 1:] - close[:, :-1]).sum(axis=1)
        moved = path > 0.0
        efficiency = np.where(moved, np.abs(bars.close - close[:, 0]), 0.0)
        efficiency /= np.where(moved, path, 1.0)
        slowest, fastest = 2.0 / (self.slow + 1), 2.0 / (self.fast + 1)
        speed = np.square(efficiency * (fastest - slowest) + slowest)
        following = state["average"] + speed * (bars.close - state["average"])
        average = np.where(bars.count > n, following, bars.close)
        return {"average": average}, {f"kama_{n}": when(bars.count >= n, average)}
