"""A live feed that is being read: what its messages become on the way to parts."""

from datetime import timedelta

import polars as pl

from connectors.sources.live_feed import LiveFeed
from connectors.sources.live_parser import FeedRules, MessageParser
from connectors.sources.market_reader import Part
from connectors.sources.partial_bars import BAR_PART, encode
from connectors.sources.pending_rows import PendingRows


class Reading:
    """A feed, its parser and its rows that wait.

    Args:
        feed: that is read.
        rules: how its messages are read.
        interval: length of the bars that trades are gathered in.
    """

    def __init__(self, feed: LiveFeed, rules: FeedRules, interval: timedelta) -> None:
        self.feed, self.rules, self.name = feed, rules, feed.name
        self.parser, self.pending = MessageParser(rules), PendingRows(rules, interval)

    def announcement(self, now: int) -> list[Part]:
        """Say that bars will come, so that from the first one on all of their interval are kept."""
        if self.pending.kind != "bars":
            return []
        return [self.part(pl.DataFrame(schema=dict(BAR_PART)), now)]

    def part(self, reduced: pl.DataFrame, now: int) -> Part:
        """A part of reduced rows, with which the engine's clock is at ``now``."""
        clock = self.pending.clock(now)
        return Part(self.pending.kind, self.pending.interval, encode(reduced), clock)
