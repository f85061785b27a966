"""Ids of trades that were accepted, as long as a trade that repeats one would not be late."""

from typing import Final, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from connectors.sources.orders import spelled

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
NEVER: Final = -(1 << 62)
_KEY: Final = ("symbol", "venue", "order")
_DERIVED: Final = ("key", "row")
_FEW: Final = 8  # a batch with this share of what is known is looked up, not merged
_SMALL: Final = 4_000  # ids of a batch that is looked up
_TIDY: Final = 20_000  # ids that are added before late ones are looked for again


class Newest(Protocol):
    """The newest time of each symbol."""

    def limits(self, rows: pl.DataFrame) -> Ints:
        """Per row, the earliest time that is not late there."""

    def current(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows that would not be late now."""


class SeenTrades:
    """The ids of the trades accepted so far, without most of those that can only come late now.

    Large batches, as files give them, are merged with what is known. Small ones, as live feeds do,
    are looked up in a set of hashes: merging hundreds of thousands of ids for each would take
    longer than the trades of a busy feed take to come.
    """

    def __init__(self, venue: str) -> None:
        self._venue = venue
        self._table: pl.DataFrame | None = None
        self._fresh: list[pl.DataFrame] = []
        self._fresh_rows = 0
        self._hashes: set[int] | None = None

    def frame(self) -> pl.DataFrame | None:
        """All of it, for ``recall``."""
        self._settle()
        return None if self._table is None else self._table.drop(_DERIVED)

    def recall(self, frame: pl.DataFrame | None) -> None:
        """Go on from what ``frame`` gave."""
        self._fresh, self._fresh_rows, self._hashes = [], 0, None
        self._table = None if frame is None else _hashed(frame.with_columns(row=_known_row()))

    def find(self, rows: pl.DataFrame, late: Flags | None, newest: Newest) -> Flags | None:
        """Which rows repeat one; None when none does. The others are remembered."""
        keys = self._keys(rows, late)
        if self._looked_up(keys):
            return None
        self._settle()
        seen = keys.clear() if self._table is None else _alike(self._table, keys)
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
        self._table = both.with_columns(row=_known_row())
        return repeated if repeated is not None and repeated.any() else None

    def forget(self, newest: Newest) -> None:
        """Drop the ids whose trades would be late by now; after small batches, now and then."""
        if self._table is None:
            return
        if self._fresh and self._fresh_rows < max(_TIDY, self._table.height // _FEW):
            return
        self._settle()
        self._table = newest.current(self._table)

    def _looked_up(self, keys: pl.DataFrame) -> bool:
        """Whether no id of a small batch is known, nor twice in it; then all are remembered."""
        table = self._table
        if table is None or keys.height > min(_SMALL, table.height // _FEW):
            return False
        if table["order"].dtype != keys["order"].dtype:
            return False
        if self._hashes is None:
            self._hashes = set(table["key"].to_list())
        found = keys["key"].to_list()
        if len(set(found)) < len(found) or not self._hashes.isdisjoint(found):
            return False
        self._hashes.update(found)
        self._fresh.append(keys)
        self._fresh_rows += keys.height
        return True

    def _settle(self) -> None:
        """Merge what was looked up."""
        if self._table is not None and self._fresh:
            fresh = pl.concat(self._fresh).with_columns(row=_known_row())
            self._table = pl.concat([self._table, fresh])
        self._fresh, self._fresh_rows, self._hashes = [], 0, None

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
        return _hashed(identified)


def _alike(seen: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """What was seen, spelled as ``keys`` is: a feed's ids become text once, never back."""
    if seen["order"].dtype == keys["order"].dtype:
        return seen
    orders = pl.Series("order", [spelled(number) for number in seen["order"]], pl.String)
    return _hashed(seen.with_columns(orders))


def _hashed(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the hash of their key as last column."""
    return rows.select(*_KEY, "ts_event", "row", key=pl.struct(*_KEY).hash())


def _known_row() -> pl.Expr:
    """What ``row`` is of an id that came before."""
    return pl.lit(-1, dtype=pl.Int64)


def _repeats(suspects: pl.DataFrame, limits: Ints) -> list[int]:
    """The rows among ``suspects``, in the order of the file, that repeat an accepted one."""
    held: dict[tuple[object, ...], int] = {}
    found = []
    for symbol, venue, order, time, row in suspects.select(*_KEY, "ts_event", "row").iter_rows():
        key = (symbol, venue, order)
        if row >= 0 and key in held and held[key] >= limits[row]:
            found.append(row)
        else:
            held[key] = max(time, held.get(key, NEVER))
    return found
