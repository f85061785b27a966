"""Trades that come too late or twice, told in the order of the file."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from connectors.sources.orders import spelled

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
_NEVER: Final = -(1 << 62)
_KEY: Final = ("symbol", "venue", "order")


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
        self._seen = _SeenTrades(venue)

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
        return self._newest.table, self._seen.table

    def recall(self, newest: pl.DataFrame, seen: pl.DataFrame | None) -> None:
        """Remember what ``frames`` of an earlier life gave."""
        self._newest.recall(newest)
        self._seen.table = seen


class _NewestTimes:
    """The newest time of each symbol."""

    def __init__(self, allowance: int) -> None:
        self._allowance = allowance
        self._highest = _NEVER
        self.table = pl.DataFrame(schema={"symbol": pl.String, "newest": pl.Int64})

    def recall(self, table: pl.DataFrame) -> None:
        """Go on from the newest times of an earlier life."""
        self.table = table
        self._highest = int(table["newest"].to_numpy().max()) if table.height else _NEVER

    def may_be_late(self, times: Ints) -> bool:
        """False when no row can be late, whatever its symbol: so it is in a file sorted by time."""
        before = np.maximum.accumulate(np.concatenate(([self._highest], times)))[:-1]
        return bool((times < before - self._allowance).any())

    def limits(self, rows: pl.DataFrame) -> Ints:
        """Per row, the earliest time that is not late there."""
        before = pl.col("ts_event").cum_max().shift(1).over("symbol")
        newest = pl.max_horizontal(before, "newest").fill_null(_NEVER)
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


class _SeenTrades:
    """The ids of the trades accepted so far, without those that can only come late now."""

    def __init__(self, venue: str) -> None:
        self._venue = venue
        self.table: pl.DataFrame | None = None

    def find(self, rows: pl.DataFrame, late: Flags | None, newest: _NewestTimes) -> Flags | None:
        """Which rows repeat one; None when none does. The others are remembered."""
        keys = self._keys(rows, late)
        seen = keys.clear() if self.table is None else _alike(self.table, keys)
        both = pl.concat([seen, keys])
        repeated = None
        if both["key"].n_unique() < both.height:
            limits = newest.limits(rows)
            suspects = both.filter(pl.col("key").is_duplicated())
            repeated = np.zeros(rows.height, np.bool_)
            repeated[_repeats(suspects, limits)] = True
            keep = np.concatenate(
                (np.ones(seen.height, np.bool_), ~repeated[keys["row"].to_numpy()])
            )
            both = both.filter(keep)
        self.table = both.with_columns(row=pl.lit(-1, dtype=pl.Int64))
        return repeated if repeated is not None and repeated.any() else None

    def forget(self, newest: _NewestTimes) -> None:
        """Drop the ids whose trades would be late by now."""
        if self.table is not None:
            self.table = newest.current(self.table)

    def _keys(self, rows: pl.DataFrame, late: Flags | None) -> pl.DataFrame:
        venue = (
            pl.col("venue").fill_null(self._venue)
            if "venue" in rows.columns
            else pl.lit(self._venue)
        )
        keys = rows.select(
            "symbol",
            venue.alias("venue"),
            "order",
            "ts_event",
            "trade_id",
            row=pl.int_range(pl.len(), dtype=pl.Int64),
        )
        if late is not None:
            keys = keys.filter(~late)
        identified = keys.filter(pl.col("trade_id").is_not_null()).drop("trade_id")
        return identified.with_columns(key=pl.struct(*_KEY).hash())


def _alike(seen: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """What was seen, spelled as ``keys`` is: a feed's ids become text once, never back."""
    if seen["order"].dtype == keys["order"].dtype:
        return seen
    orders = pl.Series("order", [spelled(number) for number in seen["order"]], pl.String)
    return seen.with_columns(orders).with_columns(key=pl.struct(*_KEY).hash())


def _repeats(suspects: pl.DataFrame, limits: Ints) -> list[int]:
    """The rows among ``suspects``, in the order of the file, that repeat an accepted one."""
    held: dict[tuple[object, ...], int] = {}
    found = []
    for symbol, venue, order, time, row in suspects.select(*_KEY, "ts_event", "row").iter_rows():
        key = (symbol, venue, order)
        if row >= 0 and key in held and held[key] >= limits[row]:
            found.append(row)
        else:
            held[key] = max(time, held.get(key, _NEVER))
    return found
