"""The one-glance chart: middles of ranges, two of them drawn ahead."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from transforms.kernels.columns import Bars, Column, Columns, Floats


@dataclass(frozen=True)
class Ichimoku:
    """Ichimoku Kinko Hyo: conversion line, base line and the two spans of the cloud.

    Hosoda, Ichimoku Kinko Hyo, 1969, as in Patel, Trading with Ichimoku Clouds, 2010. Lines: the
    middle (highest high + lowest low) / 2 of the last 9 and of the last 26 bars. Spans are drawn 26
    bars ahead, so the value AT a bar is that computed 26 bars earlier: span a the mean of the two
    lines, span b the middle of 52 bars. Prices. First values at bars 9, 26, 52 and 78. Never
    degenerate: for a flat price all four are the price.

    There is no lagging span: at its bar it is a close that is not known yet.
    """

    conversion: int = 9
    base: int = 26
    slow: int = 52
    shift: int = 26
    state: ClassVar[tuple[str, ...]] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``ichimoku_conversion``, ``ichimoku_base``, ``ichimoku_span_a``, ``ichimoku_span_b``."""
        return (
            Column("ichimoku_conversion", first=self.conversion),
            Column("ichimoku_base", first=self.base),
            Column("ichimoku_span_a", first=max(self.conversion, self.base) + self.shift),
            Column("ichimoku_span_b", first=self.slow + self.shift),
        )

    @property
    def lookback(self) -> int:
        """Window of the slowest span."""
        return self.slow + self.shift

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Take the middles of the parts of the window."""
        high, low = bars.window("high", self.lookback), bars.window("low", self.lookback)
        lines = [middle(high, low, length) for length in (self.conversion, self.base)]
        then = high[:, : -self.shift], low[:, : -self.shift]
        fast, slow, slowest = (middle(*then, n) for n in (self.conversion, self.base, self.slow))
        names = (column.name for column in self.columns)
        return {}, dict(zip(names, (*lines, (fast + slow) / 2.0, slowest), strict=True))


def middle(high: Floats, low: Floats, length: int) -> Floats:
    """Middle of the range of the last ``length`` columns; an extreme is exact in any order."""
    return (high[:, -length:].max(axis=1) + low[:, -length:].min(axis=1)) / 2.0
