"""A second source of prices: it makes no bars, its closes stand beside those of the first one.

Its prices are taken to be as traded, like those of the bars: a split re-scales both.
"""

import numpy as np
import polars as pl

from transforms.bar_columns import FACTOR, ROW
from transforms.bar_history import BarHistory
from transforms.kernels.columns import Floats, Ints
from transforms.market_delta import BOOK_FIELDS, FIRST_FIELD, ROW_FIELDS

OTHER = FIRST_FIELD + BOOK_FIELDS.index("other_close")
INSTANT, OP, LATE = (ROW_FIELDS.index(name) for name in ("instant", "op", "late"))


class SecondSource:
    """Closes by the second source of the bars of one interval.

    Rows of the book are remembered with the bars, as long as these are kept, so that a close that
    comes or changes after its bar was given re-issues the row and nothing else.

    Args:
        history: bars of the first source.
        interval: length of a bar, microseconds.
    """

    def __init__(self, history: BarHistory, interval: int) -> None:
        self._bars, self._interval = history, interval
        self._own = BarHistory(lookback=1, keep=None)
        self._changed: list[tuple[Ints, Ints]] = []
        self.known = False

    def announce(self) -> None:
        """From now on there is a second source."""
        self.known = True
        self._bars.remember(len(ROW_FIELDS))

    def add(self, part: pl.DataFrame, *, merge: bool) -> None:
        """Merge trades, or replace and withdraw bars; ``part`` has ``code`` and ``start``."""
        own = self._own
        own.grow(self._bars.symbols)
        codes, starts = part["code"].to_numpy(), part["start"].to_numpy()
        order = np.lexsort((starts, codes))
        codes, starts = codes[order], starts[order]
        gone = np.zeros(len(codes), np.bool_) if merge else part["diff"].to_numpy()[order] < 0
        for code, start in zip(codes[gone].tolist(), starts[gone].tolist(), strict=True):
            own.withdraw(code, start)
        there = np.flatnonzero(~gone)
        if len(there):
            names = [name for name in part.columns if name in own.columns]
            columns = {name: part[name].to_numpy()[order][there] for name in names}
            own.upsert(codes[there], columns, merge=merge)
        self._changed.append((codes, starts))

    def complete(self, rows: Floats, first: int) -> Floats:
        """Fill in ``other_close``, and append the rows whose other close alone has changed.

        Args:
            rows: of a MarketDelta, closed bars alone.
            first: code of the first symbol in them.
        """
        if not self.known:
            return rows
        codes = rows[:, 0].astype(np.int64) - first
        starts = rows[:, INSTANT].astype(np.int64) - self._interval
        places = self._bars.places(codes, starts)
        given = np.flatnonzero((rows[:, OP] > 0) & (places >= 0))
        rows[given, OTHER] = self._closes(codes[given], starts[given], places[given])
        self._bars.put(ROW, codes[given], places[given], rows[given])
        changed, self._changed = self._changed, []
        return np.concatenate([rows, *(self._revised(*part) for part in changed)])

    def _closes(self, codes: Ints, starts: Ints, places: Ints) -> Floats:
        """Closes by the second source in the units of the bars; NaN where it has none."""
        self._own.grow(self._bars.symbols)
        mine = self._own.places(codes, starts)
        known = mine >= 0
        close = np.full(len(codes), np.nan)
        close[known] = self._own.get("close", codes[known], mine[known])
        return close / self._bars.stored(FACTOR, codes, places) if self._bars.scaled else close

    def _revised(self, codes: Ints, starts: Ints) -> Floats:
        """Rows given before whose other close is another one now."""
        places = self._bars.places(codes, starts)
        codes, starts, places = (column[places >= 0] for column in (codes, starts, places))
        rows = self._bars.get(ROW, codes, places)
        close = self._closes(codes, starts, places)
        same = (rows[:, OTHER] == close) | (np.isnan(rows[:, OTHER]) & np.isnan(close))
        revised = np.flatnonzero((rows[:, OP] > 0) & ~same)
        rows[revised, OTHER], rows[revised, LATE] = close[revised], 1.0
        self._bars.put(ROW, codes[revised], places[revised], rows[revised])
        return rows[revised]
