"""Bars from before a symbol was first seen: what is told of them, and which of them are wanted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import polars as pl

from connectors.sources.rejects import Reject

_DAY: Final = timedelta(days=1) // timedelta(microseconds=1)


class HistoryLost(Exception):
    """Nothing of what was asked for can be told now. One line says why."""


@dataclass(frozen=True)
class History:
    """What is known of symbols.

    Attributes:
        bars: ``line`` and the columns of bars, as in ``Rows``, in any order; ``NOTHING`` when there
            are none.
        name: what ``Rejected.source`` says of them.
        missing: why nothing is known yet, by symbol. One in neither has no history.
        rejects: what was refused on the way to them; the same with every question.
    """

    bars: pl.DataFrame
    name: str
    missing: Mapping[str, str] = field(default_factory=dict)
    rejects: Sequence[Reject] = ()


NOTHING: Final = pl.DataFrame(schema={"symbol": pl.String, "ts_event": pl.Int64})
Ask = Callable[[Sequence[str]], History]
"""Tells the history of symbols, or raises ``HistoryLost``."""


@dataclass(frozen=True)
class HistorySpan:
    """Which bars are history.

    Attributes:
        interval: length of a bar.
        days: how far back from the first event of its symbol.
        timezone: of the market, where a day is a date: IANA name.
    """

    interval: timedelta
    days: int
    timezone: str

    def before(self, bars: pl.DataFrame, first: Mapping[str, int]) -> pl.DataFrame:
        """The bars that were over when their symbol was first seen, in order.

        A day is over when another date has begun, whether its bar starts at midnight here, at
        midnight UTC or with the session.

        Args:
            bars: of any symbols.
            first: time of the first event by symbol, microseconds UTC.
        """
        schema = {"symbol": pl.String, "first": pl.Int64}
        seen = pl.DataFrame(list(first.items()), schema, orient="row")
        start, event = pl.col("ts_event"), pl.col("first")
        length = self.interval // timedelta(microseconds=1)
        over = start + length <= event
        if length >= _DAY:
            over = self._date(start) < self._local(event).dt.date()
        recent = start >= event - self.days * _DAY
        wanted = bars.join(seen, on="symbol", maintain_order="left").filter(over & recent)
        return wanted.drop("first").sort("ts_event", maintain_order=True)

    def from_midnight(self, bars: pl.DataFrame) -> pl.DataFrame:
        """Let days start where those of a live feed do, at midnight of the market."""
        if self.interval // timedelta(microseconds=1) < _DAY:
            return bars
        date = self._date(pl.col("ts_event")).cast(pl.Datetime("us"))
        here = date.dt.replace_time_zone(
            self.timezone, ambiguous="earliest", non_existent="null"
        ).dt.epoch("us")
        return bars.with_columns(ts_event=pl.coalesce(here, "ts_event"))

    def _date(self, start: pl.Expr) -> pl.Expr:
        """The date of a day's bar: midnight UTC is how a plain date is written."""
        plain = pl.from_epoch(start, "us").dt.date()
        return pl.when(start % _DAY == 0).then(plain).otherwise(self._local(start).dt.date())

    def _local(self, instant: pl.Expr) -> pl.Expr:
        utc = pl.from_epoch(instant, "us").dt.replace_time_zone("UTC")
        return utc.dt.convert_time_zone(self.timezone)
