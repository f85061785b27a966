"""Gaps of live feeds as rows: one for each symbol that a gap concerns."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import polars as pl

from connectors.sources.live_feed import Gap

GAP_PART: Final[Mapping[str, pl.DataType]] = {
    "source": pl.String(),
    "symbol": pl.String(),
    "ts_from": pl.Int64(),
    "ts_to": pl.Int64(),
    "cause": pl.String(),
}
Symbols = dict[str, dict[str, None]]  # feed -> symbols that it has given
WideGap = tuple[int, int, str]  # ts_from, ts_to, cause
_REMEMBERED: Final = 100  # of each feed: gaps of all its symbols


class FeedGaps:
    """Gaps that no part has been made of yet.

    A gap of all symbols of a feed concerns those as well that it gives for the first time later on:
    their first trades may have been missed. So it does not matter how messages are cut.

    Args:
        symbols: that feeds have given so far; kept up to date.
        wide: feed -> gaps of all its symbols; kept up to date.
    """

    def __init__(self, symbols: Symbols, wide: dict[str, list[WideGap]]) -> None:
        self._symbols, self._wide = symbols, wide
        self._rows: list[tuple[str, str, int, int, str]] = []

    def found(self, feed: str, gaps: Sequence[Gap]) -> None:
        """Take gaps of a feed in."""
        for gap in gaps:
            times = (gap.ts_from, gap.ts_to, gap.cause)
            if gap.symbol:
                self._rows.append((feed, gap.symbol, *times))
                continue
            self._rows += [(feed, symbol, *times) for symbol in self._symbols.get(feed, ())]
            wide = self._wide.setdefault(feed, [])
            wide.append(times)
            del wide[:-_REMEMBERED]

    def heard(self, feed: str, symbols: Iterable[str]) -> None:
        """A feed has given trades of some symbols."""
        known = self._symbols.setdefault(feed, {})
        for symbol in symbols:
            if symbol not in known:
                known[symbol] = None
                self._rows += [(feed, symbol, *times) for times in self._wide.get(feed, ())]

    def take(self) -> pl.DataFrame | None:
        """Rows of GAP_PART since the last call; None without any."""
        if not self._rows:
            return None
        rows, self._rows = self._rows, []
        return pl.DataFrame(rows, schema=dict(GAP_PART), orient="row")
