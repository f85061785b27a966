"""Trades that come too late or twice, told in the order of the file."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from connectors.sources.seen_trades import NEVER, Flags, Ints, SeenTrades


@dataclass(frozen=True)
class Arrived:
    """What is wrong with the next rows; None: with no row. No row is both."""

    late: Flags | None
    repeated: Flags | None


class Arrivals:
    """Tells late and repeated trades of one feed.

    Late: before the newest of the symbol's rows so far by more than the allowance. It is told per
    symbol: a liquid symbol does not make a quiet one late, and a file sorted by symbol is in order.

    Repeated: its (symbol, venue, trade id) was accepted before. An id is remembered as long as a
    trade of the same time would not be late; what repeats it after that is late itself.
    """

    def __init__(self, allowance: int, *, venue: str) -> None:
        """Allow ``allowance`` microseconds; ``venue`` is that of rows which name none."""
        self._newest = _NewestTimes(allowance)
        self._seen = SeenTrades(venue)

    def sort_out(self, rows: pl.DataFrame) -> Arrived:
        """Judge the next rows.

        Args:
            rows: ``symbol``, ``ts_event``, ``order``, perhaps ``trade_id`` and ``venue``.
        """
        times = rows["ts_event"].to_numpy()
        late = times < self._newest.limits(rows) if self._newest.may_be_late(times) else None
        if late is not None and not late.any():
            late = None
        repeated = None
        if "trade_id" in rows.columns:
            repeated = self._seen.find(rows, late, self._newest)
        self._newest.note(rows)
        if "trade_id" in rows.columns:
            self._seen.forget(self._newest)
        return Arrived(late, repeated)

    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame | None]:
        """What is remembered: newest times, and ids of trades; for ``recall``."""
        return self._newest.table, self._seen.frame()

    def recall(self, newest: pl.DataFrame, seen: pl.DataFrame | None) -> None:
        """Remember what ``frames`` of an earlier life gave."""
        self._newest.recall(newest)
        self._seen.recall(seen)


class _NewestTimes:
    """The newest time of each symbol."""

    def __init__(self, allowance: int) -> None:
        self._allowance = allowance
        self._highest = NEVER
        self.table = pl.DataFrame(schema={"symbol": pl.String, "newest": pl.Int64})

    def recall(self, table: pl.DataFrame) -> None:
        """Go on from the newest times of an earlier life."""
        self.table = table
        self._highest = int(table["newest"].to_numpy().max()) if table.height else NEVER

    def may_be_late(self, times: Ints) -> bool:
        """False when no row can be late, whatever its symbol: so it is in a file sorted by time."""
        before = np.maximum.accumulate(np.concatenate(([self._highest], times)))[:-1]
        return bool((times < before - self._allowance).any())

    def limits(self, rows: pl.DataFrame) -> Ints:
        """Per row, the earliest time that is not late there."""
        before = pl.col("ts_event").cum_max().shift(1).over("symbol")
        newest = pl.max_horizontal(before, "newest").fill_null(NEVER)
        return self._with_newest(rows).select(newest - self._allowance).to_series().to_numpy()

    def current(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows that would not be late now."""
        recent = pl.col("ts_event") >= pl.col("newest") - self._allowance
        return self._with_newest(rows).filter(recent).drop("newest")

    def note(self, rows: pl.DataFrame) -> None:
        """Take the rows into account."""
        here = rows.lazy().group_by("symbol").agg(newest=pl.col("ts_event").max())
        both = pl.concat([self.table.lazy(), here])
        self.table = both.group_by("symbol").agg(pl.col("newest").max()).collect()
        self._highest = max(self._highest, int(rows["ts_event"].to_numpy().max()))

    def _with_newest(self, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.join(self.table, on="symbol", how="left", maintain_order="left")
