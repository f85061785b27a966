"""Moves that the recent past does not explain."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, Floats, Ints, when
from transforms.kernels.smoothing import ratio

CONSISTENT = 0.6745  # third quartile of the normal distribution: MAD / 0.6745 estimates its sigma


@dataclass(frozen=True)
class RobustScore:
    """Robust z score of the bar's return: 0.6745 (r - median) / MAD.

    Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993. r = close / previous close - 1;
    median and median absolute deviation over the up to n returns before it, at least ``minimum``.
    Any sign, no unit; beyond +-3.5 is unusual. First value at bar minimum + 2. MAD = 0 (more than
    half of the returns equal) measures nothing: absent.
    """

    period: int = 250
    minimum: int = 60
    state: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        """Refuse a window that never holds enough returns.

        Raises:
            ValueError: ``period`` is less than ``minimum``.
        """
        if self.period < self.minimum:
            raise ValueError(f"`robust_z_{self.period}`: needs at least {self.minimum} returns")

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``robust_z_n``."""
        return (Column(f"robust_z_{self.period}", first=self.minimum + 2, degenerate=True),)

    @property
    def lookback(self) -> int:
        """The return of the bar and n before it."""
        return self.period + 2

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Compare the newest return of the window with the others."""
        close = bars.window("close", self.period + 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            returns = close[:, 1:] / close[:, :-1] - 1.0
            returns[np.isinf(returns)] = np.nan  # a price of 0 has no return
            newest, past = returns[:, -1].copy(), returns[:, :-1].copy()
            known = np.minimum(bars.count - 2, self.period)
            median = row_medians(past, known)
            past -= median[:, None]
            deviation = row_medians(np.abs(past, out=past), known)
            score = CONSISTENT * ratio(newest - median, deviation)
        return {}, {f"robust_z_{self.period}": when(known >= self.minimum, score)}


def row_medians(values: Floats, known: Ints) -> Floats:
    """Median of the ``known`` numbers of each row (at least 1); the others are NaN: sorted last.

    Sorts ``values`` in place: numpy sorts short rows faster than it partitions them at two
    places.
    """
    values.sort(axis=1)
    rows, some = np.arange(len(values)), np.maximum(known, 1)
    return (values[rows, (some - 1) // 2] + values[rows, some // 2]) / 2.0
