"""Symbols that live feeds tell of for the first time, told to the feed that has their history."""

from collections.abc import Iterable

import polars as pl

from connectors.sources.live_feed import FirstSight, LiveFeed
from connectors.sources.live_state import LiveState


class FirstSights:
    """Notes each symbol once, in the position of the feed of history.

    So a checkpoint knows of a symbol as soon as it knows of its first rows, and a restart neither
    forgets its history nor asks for it twice. Symbols that were seen before there was such a feed
    count from then on.

    Args:
        feeds: one of which may be that of history.
        state: where feeds stand; kept up to date.
    """

    def __init__(self, feeds: Iterable[LiveFeed], state: LiveState) -> None:
        self._history = next((feed for feed in feeds if isinstance(feed, FirstSight)), None)
        self._positions = state.positions

    def seen(self, feed: LiveFeed, rows: pl.DataFrame, symbols: Iterable[str]) -> None:
        """A feed has given rows of some symbols."""
        if self._history is None or feed is self._history:
            return
        known = self._positions.get(self._history.name, {})
        fresh = [symbol for symbol in symbols if symbol not in known]
        if not fresh:
            return
        mine = rows.filter(pl.col("symbol").is_in(fresh))
        events = mine.group_by("symbol", maintain_order=True).agg(pl.col("ts_event").min())
        first = dict(events.iter_rows())
        self._positions[self._history.name] = {**known, **first}
        self._history.note(first)
