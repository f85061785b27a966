"""Where the price stands against levels of its past."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from transforms.kernels.columns import Bars, Column, Columns
from transforms.kernels.smoothing import ratio


@dataclass(frozen=True)
class YearRange:
    """Distance of the close from the highest high and the lowest low of 252 bars, in %.

    George and Hwang, The 52-Week High and Momentum Investing, Journal of Finance 59, 2004. 100
    (close / extreme - 1): at most 0 from the high, at least 0 from the low. A year on bars of one
    session. First values at bar 252. Absent when the extreme is 0.
    """

    period: int = 252
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``high_52w_distance_pct`` and ``low_52w_distance_pct``."""
        names = ("high_52w_distance_pct", "low_52w_distance_pct")
        return tuple(Column(name, first=self.period) for name in names)

    @property
    def lookback(self) -> int:
        """A year of bars."""
        return self.period

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Compare the close with the extremes of the window."""
        high = bars.window("high", self.period).max(axis=1)
        low = bars.window("low", self.period).min(axis=1)
        names = (column.name for column in self.columns)
        values = (100.0 * ratio(bars.close - level, level) for level in (high, low))
        return {}, dict(zip(names, values, strict=True))


@dataclass(frozen=True)
class OpeningGap:
    """Gap between the close before and the open, in %: 100 (open / previous close - 1).

    Achelis, Technical Analysis from A to Z, 2000. From -100 upwards. First value at bar 2. Absent
    when the close before is 0.
    """

    state: ClassVar[tuple[str, ...]] = ()
    columns: ClassVar[tuple[Column, ...]] = (Column("gap_pct", first=2),)
    lookback: ClassVar[int] = 1

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Compare the open with the close before it."""
        before = bars.previous_close
        return {}, {"gap_pct": 100.0 * ratio(bars.open - before, before)}
