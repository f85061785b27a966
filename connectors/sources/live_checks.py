"""Messages of live feeds -> accepted rows and rejects, judged as the rows of files are.

What is accepted follows from the messages alone, in their order: one clock of arrivals for all
feeds, so that a symbol's lateness does not depend on which feed tells of it. Only a time ahead of
the wall clock is told by the wall.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
import polars as pl

from connectors.sources.arrivals import Arrivals
from connectors.sources.judge import Refusal
from connectors.sources.live_feed import Received
from connectors.sources.live_parser import FeedRules, MessageParser
from connectors.sources.orders import with_order
from connectors.sources.rejects import Reject

_MICROSECOND: Final = timedelta(microseconds=1)
Wall = Callable[[], int]


@dataclass(frozen=True)
class Accepted:
    """What became of some messages: rows as ``reduction`` takes them, and the refused ones."""

    rows: pl.DataFrame
    rejects: Sequence[Reject]
    skipped: int = 0


class LiveChecks:
    """What is checked across the messages of all feeds.

    Args:
        allowance: how far a trade may lie before the newest of its symbol.
        skew: how far a row may lie ahead of the wall clock.
        wall: microseconds UTC.
    """

    def __init__(self, allowance: timedelta, skew: timedelta, wall: Wall) -> None:
        self.arrivals = Arrivals(allowance // _MICROSECOND, venue="")
        self.textual = False
        self._skew, self._wall = skew // _MICROSECOND, wall

    def check(self, parser: MessageParser, rules: FeedRules, received: Received) -> Accepted:
        """Judge what a feed has given."""
        if received.messages is None:
            return Accepted(pl.DataFrame(), received.rejects)
        rows, refusals, told, skipped = parser.parse(received.messages)
        now = self._wall()
        if rules.kind == "snapshots" and "ts_event" not in rows.columns:
            rows = rows.with_columns(ts_event=pl.lit(now, dtype=pl.Int64))
        rows = self._drop(
            rows, rows["ts_event"] > now + self._skew, "timestamp_in_future", refusals
        )
        if rules.kind == "trades" and rows.height:
            rows = self._arrived(rows, rules.venue, refusals)
        refusals.sort(key=lambda refusal: refusal.position)
        rejects = [*received.rejects, *(told.reject(one, now) for one in refusals)]
        return Accepted(rows.drop("at"), rejects, skipped)

    def _arrived(self, rows: pl.DataFrame, venue: str, refusals: list[Refusal]) -> pl.DataFrame:
        if "venue" in rows.columns:
            rows = rows.with_columns(pl.col("venue").fill_null(venue))
        else:
            rows = rows.with_columns(venue=pl.lit(venue))
        rows, self.textual = with_order(rows, textual=self.textual)
        arrived = self.arrivals.sort_out(rows)
        late = np.zeros(rows.height, np.bool_) if arrived.late is None else arrived.late
        if arrived.repeated is not None:
            _note(rows.filter(arrived.repeated), "duplicate_trade", refusals)
        _note(rows.filter(late), "late", refusals)
        wrong = late if arrived.repeated is None else late | arrived.repeated
        return rows.filter(~wrong) if wrong.any() else rows

    @staticmethod
    def _drop(
        rows: pl.DataFrame, wrong: pl.Series, reason: str, refusals: list[Refusal]
    ) -> pl.DataFrame:
        if not wrong.any():
            return rows
        _note(rows.filter(wrong), reason, refusals)
        return rows.filter(~wrong)


def _note(rows: pl.DataFrame, reason: str, refusals: list[Refusal]) -> None:
    refusals += [Refusal(at, reason, "") for at in rows["at"]]
