"""How the rows of one kind of file become parts and prices."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final, Literal

import polars as pl

from connectors.sources.latest import PriceRow, bar_rows, trade_part_rows, trade_rows
from connectors.sources.layout import Layout
from connectors.sources.partial_bars import reduce_bars, reduce_trades
from connectors.sources.snapshots import as_bars

PartKind = Literal["trades", "bars", "actions", "check_trades", "check_bars", "gaps", "mark"]
_MICROSECOND: Final = timedelta(microseconds=1)


class Reduction:
    """Rows of a file of trades, bars or snapshots as parts and prices."""

    def __init__(self, source: Layout, interval: timedelta) -> None:
        """Reduce rows of ``source``; trades are gathered in bars of ``interval``."""
        own = interval if source.kind == "trades" else source.interval or interval
        self.interval = own // _MICROSECOND
        self._trades = source.kind == "trades"
        self.check, self._source = source.check, source

    @property
    def kind(self) -> PartKind:
        """Kind of its parts."""
        if self.check:
            return "check_trades" if self._trades else "check_bars"
        return "trades" if self._trades else "bars"

    def prepared(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows as the other methods take them."""
        return as_bars(rows, self.interval) if self._source.kind == "snapshots" else rows

    def part(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows reduced to partial bars."""
        return reduce_trades(rows, self.interval) if self._trades else reduce_bars(rows)

    def prices(self, rows: pl.DataFrame) -> Iterable[PriceRow]:
        """The prices in some rows."""
        return trade_rows(rows) if self._trades else bar_rows(rows)

    def part_prices(self, rows: pl.DataFrame, part: pl.DataFrame) -> Iterable[PriceRow]:
        """The latest prices in some rows, from the part they were reduced to where that is less."""
        return trade_part_rows(part) if self._trades else bar_rows(rows)
