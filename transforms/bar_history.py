"""The last bars of every symbol as columns: where partial bars merge and where windows come from.

Row ``i`` of every array belongs to symbol ``i``; its bars stand in order of time in columns
``0 .. last[i]``. Prices stand ``pad`` places further right, behind places that are always NaN, so that
a window that reaches before the first bar reads NaN and never its neighbour's prices.
"""

from typing import Any

import numpy as np
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from transforms.kernels.columns import Floats, Ints

PICOS = 10**12
FLOATS = ("open", "high", "low", "close", "volume", "turnover")
COUNTS = ("volume_units", "volume_picos", "turnover_units", "turnover_picos", "trade_count")
INTEGERS = ("start", "ts_open", "ts_close", "given", *COUNTS)
ORDERS = ("order_open", "order_close")
ROOM = 64


def order_key(order: object) -> str:
    """Text that sorts like the order itself: numbers before text (the encoding of connectors.sources)."""
    return order if isinstance(order, str) else f"a{len(str(order)):03d}{order}"


class BarHistory:
    """Bars of one interval.

    Args:
        lookback: longest window a kernel asks for.
        keep: bars of each symbol that must stay: at least ``lookback`` plus what a late trade may
            still revise. None keeps all, for feeds that may correct any bar they ever sent.
    """

    def __init__(self, *, lookback: int, keep: int | None) -> None:
        self.pad = lookback
        self.keep = None if keep is None else max(keep, lookback)
        self.symbols = 0
        self.width = ROOM if self.keep is None else 2 * self.keep + ROOM
        self.last: Ints = np.full(0, -1, np.int64)
        self.dropped: Ints = np.zeros(0, np.int64)
        self.columns: dict[str, NDArray[Any]] = {}
        self._make(0)

    def _make(self, capacity: int) -> None:
        old, rows = self.columns, len(self.last)
        self.columns = {name: np.full((capacity, self.pad + self.width), np.nan) for name in FLOATS}
        self.columns |= {name: np.zeros((capacity, self.width), np.int64) for name in INTEGERS}
        kinds = {name: old[name].dtype if old else np.dtype(np.int64) for name in ORDERS}
        self.columns |= {name: np.zeros((capacity, self.width), kinds[name]) for name in ORDERS}
        for name, column in old.items():
            self.columns[name][:rows, : column.shape[1]] = column
        more = capacity - rows
        self.last = np.concatenate([self.last, np.full(more, -1, np.int64)])
        self.dropped = np.concatenate([self.dropped, np.zeros(more, np.int64)])

    def grow(self, symbols: int) -> None:
        """Make room for ``symbols`` rows in all."""
        self.symbols = max(self.symbols, symbols)
        if symbols > len(self.last):
            self._make(max(symbols, 2 * len(self.last), ROOM))

    def ordinals(self, codes: Ints) -> Ints:
        """1-based number of each symbol's last bar, counted from its first ever; 0 before any."""
        return self.dropped[codes] + self.last[codes] + 1

    def get(self, name: str, codes: Ints, places: Ints) -> NDArray[Any]:
        """Values of one field at (symbol, column)."""
        return self.columns[name][codes, places + self.pad if name in FLOATS else places]

    def put(self, name: str, codes: Ints, places: Ints, values: NDArray[Any]) -> None:
        """Set values of one field at (symbol, column)."""
        self.columns[name][codes, places + self.pad if name in FLOATS else places] = values

    def window(self, name: str, codes: Ints, places: Ints, length: int) -> Floats:
        """The last ``length`` values up to each place, oldest first; NaN before the first bar."""
        column = self.columns[name]
        starts = codes * column.shape[1] + self.pad + places - length + 1
        view: Floats = sliding_window_view(column.reshape(-1), length)[starts]
        return view

    # ---- changes -------------------------------------------------------------------------------
    def upsert(self, codes: Ints, part: pl.DataFrame, *, merge: bool) -> tuple[Ints, Ints]:
        """Merge trades into bars, or replace whole bars; each (symbol, start) at most once, sorted by both.

        Returns:
            Symbols touched, and the 1-based ordinal of the first bar that changed of each.
        """
        starts = part["start"].to_numpy()
        self._reserve(codes)
        gap = self._missing(codes, starts)
        for row in np.flatnonzero(gap):
            self._open_gap(int(codes[row]), int(starts[row]))
        newest = np.where(
            self.last[codes] >= 0,
            self.get("start", codes, np.maximum(self.last[codes], 0)),
            -(1 << 62),
        )
        fresh = starts > newest
        places = self._places(codes, starts, fresh)
        self._widen_orders(part)
        known = ~fresh & ~gap if merge else np.zeros(len(codes), np.bool_)
        blank, new = np.flatnonzero(~known), np.flatnonzero(fresh | gap)
        self.put("given", codes[new], places[new], np.zeros(len(new), np.int64))
        for name in part.columns:
            if name in self.columns:
                self.put(name, codes[blank], places[blank], part[name].to_numpy()[blank])
        np.maximum.at(self.last, codes, places)
        if known.any():
            self._merge(codes, places, part, np.flatnonzero(known))
        self._decode(codes, places)
        symbols, first = np.unique(codes, return_index=True)
        return symbols, self.dropped[symbols] + np.minimum.reduceat(places, first) + 1

    def find(self, code: int, start: int) -> int | None:
        """Column of one bar, None when there is none."""
        row = self.columns["start"][code, : self.last[code] + 1]
        place = int(np.searchsorted(row, start))
        return place if place < len(row) and row[place] == start else None

    def withdraw(self, code: int, start: int) -> tuple[int, int] | None:
        """Take one bar out.

        Returns:
            The ordinal its successor has from now on and the mask of what was given for the bar;
            None when there was no such bar.
        """
        place = self.find(code, start)
        if place is None:
            return None
        mask = int(self.columns["given"][code, place])
        self._shift(code, place + 1, place)
        self.last[code] -= 1
        return int(self.dropped[code]) + place + 1, mask

    def _reserve(self, codes: Ints) -> None:
        """Room for one more bar per row of the part: drop what may go, or widen."""
        need = np.bincount(codes, minlength=len(self.last))
        full = np.flatnonzero(self.last + need >= self.width - 1)
        if not len(full):
            return
        if self.keep is None or int(need.max()) + self.keep >= self.width - 1:
            self.width = 2 * (self.width + int(need.max()))
            self._make(len(self.last))
            return
        for code in full:
            spare = int(self.last[code]) + 1 - self.keep
            if spare > 0:
                self._shift(int(code), spare, 0)
                self.last[code] -= spare
                self.dropped[code] += spare

    def _shift(self, code: int, source: int, target: int) -> None:
        """Move the bars from column ``source`` on to column ``target``."""
        count = int(self.last[code]) + 1 - source
        for name, column in self.columns.items():
            off = self.pad if name in FLOATS else 0
            column[code, off + target : off + target + count] = column[
                code, off + source : off + source + count
            ].copy()

    def _missing(self, codes: Ints, starts: Ints) -> NDArray[np.bool_]:
        """Rows whose bar lies before the symbol's last bar and does not exist yet."""
        gap = np.zeros(len(codes), np.bool_)
        last = self.last[codes]
        old = np.flatnonzero(last >= 0)
        older = old[starts[old] < self.get("start", codes[old], last[old])]
        for row in older:
            stored = self.columns["start"][codes[row], : last[row] + 1]
            place = int(np.searchsorted(stored, starts[row]))
            gap[row] = stored[place] != starts[row]
        return gap

    def _open_gap(self, code: int, start: int) -> None:
        """Make an empty column for a bar that arrives between older ones."""
        stored = self.columns["start"][code, : self.last[code] + 1]
        place = int(np.searchsorted(stored, start))
        self._shift(code, place, place + 1)
        self.last[code] += 1
        self.columns["start"][code, place] = start

    def _places(self, codes: Ints, starts: Ints, fresh: NDArray[np.bool_]) -> Ints:
        """Column of every row of the part; fresh bars go behind the last one, in order of start."""
        places = self.last[codes].copy()
        rows = np.flatnonzero(fresh)
        order = rows[np.lexsort((starts[rows], codes[rows]))]
        sorted_codes = codes[order]
        places[order] += 1 + np.arange(len(order)) - np.searchsorted(sorted_codes, sorted_codes)
        old = np.flatnonzero(~fresh)
        old = old[self.get("start", codes[old], places[old]) != starts[old]]
        for row in old:
            stored = self.columns["start"][codes[row], : self.last[codes[row]] + 1]
            places[row] = np.searchsorted(stored, starts[row])
        return places

    def _widen_orders(self, part: pl.DataFrame) -> None:
        """Trade ids that are no numbers need columns of objects from here on."""
        for name in ORDERS:
            if (
                name in part.columns
                and part[name].dtype == pl.String
                and self.columns[name].dtype != object
            ):
                self.columns[name] = self.columns[name].astype(object)

    def _merge(self, codes: Ints, places: Ints, part: pl.DataFrame, rows: Ints) -> None:
        """Fold partial bars into bars that exist: earliest open, latest close, extremes, exact sums."""
        at, to = codes[rows], places[rows]
        new = {name: part[name].to_numpy()[rows] for name in part.columns if name in self.columns}
        for side, sign in (("open", 1), ("close", -1)):
            take = self._earlier(side, sign, at, to, new)
            for name in (side, f"ts_{side}", f"order_{side}"):
                self.put(name, at[take], to[take], new[name][take])
        self.put("high", at, to, np.maximum(self.get("high", at, to), new["high"]))
        self.put("low", at, to, np.minimum(self.get("low", at, to), new["low"]))
        for name in COUNTS:
            self.put(name, at, to, self.get(name, at, to) + new[name])

    def _earlier(
        self, side: str, sign: int, at: Ints, to: Ints, new: dict[str, NDArray[Any]]
    ) -> NDArray[np.bool_]:
        """Rows whose partial bar holds the earlier open (sign 1) or the later close (sign -1)."""
        mine, its = self.get(f"ts_{side}", at, to) * sign, new[f"ts_{side}"] * sign
        take: NDArray[np.bool_] = its < mine
        for row in np.flatnonzero(its == mine):
            where = (at[row : row + 1], to[row : row + 1])
            old = (order_key(self.get(f"order_{side}", *where)[0]), self.get(side, *where)[0])
            fresh = (order_key(new[f"order_{side}"][row]), new[side][row])
            take[row] = fresh < old if sign > 0 else fresh > old
        return take

    def _decode(self, codes: Ints, places: Ints) -> None:
        """Exact sums -> the floats that kernels and tables read."""
        for name in ("volume", "turnover"):
            units, picos = (
                self.get(f"{name}_{part}", codes, places) for part in ("units", "picos")
            )
            carry = picos // PICOS
            units, picos = units + carry, picos - carry * PICOS
            self.put(f"{name}_units", codes, places, units)
            self.put(f"{name}_picos", codes, places, picos)
            self.put(name, codes, places, units + picos / PICOS)
