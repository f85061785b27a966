"""Changes to the bars of every symbol: partial bars merge, bars are replaced or withdrawn."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.bar_columns import COUNTS, ORDERS, ROW, BarColumns
from transforms.kernels.columns import Ints

PICOS = 10**12
Part = Mapping[str, NDArray[Any]]  # columns of BarColumns by name


def order_key(order: object) -> str:
    """Text that sorts like the order itself: numbers before text (as connectors.sources has it)."""
    return order if isinstance(order, str) else f"a{len(str(order)):03d}{order}"


class BarHistory(BarColumns):
    """Bars of one interval and how they change."""

    def upsert(self, codes: Ints, part: Part, *, merge: bool) -> tuple[Ints, Ints]:
        """Merge trades into bars, or replace bars; rows are unique, sorted by (symbol, start).

        Returns:
            Symbols touched, and the 1-based ordinal of the first bar that changed of each.
        """
        starts = part["start"]
        self.reserve(codes)
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
        if self.remembered:
            self.put(ROW, codes[new], places[new], np.zeros((len(new), self.remembered)))
        for name, values in part.items():
            self.put(name, codes[blank], places[blank], values[blank])
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

    def places(self, codes: Ints, starts: Ints) -> Ints:
        """Column of each bar, -1 where there is none."""
        found = np.full(len(codes), -1)
        order = np.argsort(codes, kind="stable")
        edges = np.flatnonzero(np.diff(codes[order])) + 1
        for rows in np.split(order, edges) if len(order) else ():
            code = codes[rows[0]]
            stored = self.columns["start"][code, : self.last[code] + 1]
            if len(stored):
                places = np.minimum(np.searchsorted(stored, starts[rows]), len(stored) - 1)
                found[rows] = np.where(stored[places] == starts[rows], places, -1)
        return found

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
        self.shift(code, place + 1, place)
        self.last[code] -= 1
        return int(self.dropped[code]) + place + 1, mask

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
        self.shift(code, place, place + 1)
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

    def _widen_orders(self, part: Part) -> None:
        """Trade ids that are no numbers need columns of objects from here on."""
        for name in ORDERS:
            if name in part and part[name].dtype == object != self.columns[name].dtype:
                self.columns[name] = self.columns[name].astype(object)

    def _merge(self, codes: Ints, places: Ints, part: Part, rows: Ints) -> None:
        """Fold partial bars into bars: earliest open, latest close, extremes, exact sums."""
        at, to = codes[rows], places[rows]
        new = {name: values[rows] for name, values in part.items()}
        for side, sign in (("open", 1), ("close", -1)):
            take = self._earlier(side, sign, at, to, new)
            for name in (side, f"ts_{side}", f"order_{side}"):
                self.put(name, at[take], to[take], new[name][take])
        self.put("high", at, to, np.maximum(self.stored("high", at, to), new["high"]))
        self.put("low", at, to, np.minimum(self.stored("low", at, to), new["low"]))
        for name in COUNTS:
            self.put(name, at, to, self.get(name, at, to) + new[name])

    def _earlier(
        self, side: str, sign: int, at: Ints, to: Ints, new: dict[str, NDArray[Any]]
    ) -> NDArray[np.bool_]:
        """Rows with the earlier open (sign 1) or the later close (sign -1)."""
        mine, its = self.get(f"ts_{side}", at, to) * sign, new[f"ts_{side}"] * sign
        take: NDArray[np.bool_] = its < mine
        for row in np.flatnonzero(its == mine):
            where = (at[row : row + 1], to[row : row + 1])
            order, price = self.get(f"order_{side}", *where)[0], self.stored(side, *where)[0]
            old = (order_key(order), price)
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
