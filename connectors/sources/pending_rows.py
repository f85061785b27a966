"""Accepted rows of one live feed until a part is made of them."""

from collections.abc import Iterable
from datetime import timedelta

import polars as pl

from connectors.sources.bar_revisions import BarRevisions
from connectors.sources.latest import PriceRow, newest_trade_rows
from connectors.sources.layout import layout
from connectors.sources.live_parser import FeedRules
from connectors.sources.reduction import PartKind, Reduction


class PendingRows:
    """Rows of one feed that no part has been made of yet.

    Args:
        rules: how its messages are read.
        interval: length of the bars that trades are gathered in.
    """

    def __init__(self, rules: FeedRules, interval: timedelta) -> None:
        shape = layout(rules.kind, rules.name, {}, (), interval=rules.interval)
        self._reduction, self._trades = Reduction(shape, interval), rules.kind == "trades"
        self._past = rules.past
        self._revisions = BarRevisions()
        self._frames: list[pl.DataFrame] = []

    @property
    def kind(self) -> PartKind:
        """Kind of its parts."""
        return self._reduction.kind

    @property
    def interval(self) -> int:
        """Length of the bars in its parts, microseconds."""
        return self._reduction.interval

    def clock(self, now: int) -> int:
        """What a part says when the engine's clock is ``now``: bars are told by their start."""
        return now if self._trades else now - self.interval

    def over(self, rows: pl.DataFrame) -> int:
        """The time that some rows have come to: their newest, or the end of their newest bar."""
        if self._past:
            return 0
        reached = self._reduction.prepared(rows)["ts_event"].max()
        assert isinstance(reached, int)
        return reached if self._trades else reached + self.interval

    @property
    def height(self) -> int:
        """How many rows wait."""
        return sum(frame.height for frame in self._frames)

    def fits(self, rows: pl.DataFrame) -> bool:
        """Whether rows have the columns of those that wait."""
        return not self._frames or self._frames[0].schema == rows.schema

    def add(self, rows: pl.DataFrame) -> None:
        """Rows that fit."""
        self._frames.append(rows)

    def take(self) -> pl.DataFrame:
        """The rows that wait, which then do so no more."""
        frames, self._frames = self._frames, []
        return pl.concat(frames)

    def part(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows reduced to partial bars."""
        prepared = self._reduction.prepared(rows)
        return self._reduction.part(self._revisions.settle(prepared))

    def prices(self, rows: pl.DataFrame) -> Iterable[PriceRow]:
        """The newest prices in some rows."""
        if self._trades:
            return newest_trade_rows(rows)
        return self._reduction.prices(self._reduction.prepared(rows))
