"""The last bars of every symbol as columns: the store, and where windows come from.

Row ``i`` of every array belongs to symbol ``i``; its bars stand in order of time in columns
``0 .. last[i]``, as traded. Prices stand ``pad`` places further right, behind places that are
always NaN: a window that reaches before the first bar reads NaN and never its neighbour's prices.

Once there are corporate actions, every bar has a factor: the units that one unit has become since
(see ``bar_scaling``). Prices and volumes are then re-scaled as they are read.
"""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from transforms.kernels.columns import Floats, Ints

FLOATS = ("open", "high", "low", "close", "volume", "turnover")
COUNTS = ("volume_units", "volume_picos", "turnover_units", "turnover_picos", "trade_count")
INTEGERS = ("start", "ts_open", "ts_close", "given", *COUNTS)
ORDERS = ("order_open", "order_close")
RESCALED = ("open", "high", "low", "close", "volume")
FACTOR, VERSION = "factor", "adj_version"
PADDED = (*FLOATS, FACTOR)
ROW = "row"
ROOM = 64


class BarColumns:
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
        self.scaled = False
        self.remembered = 0
        self._make(0)

    def scale(self) -> None:
        """From now on bars have factors, and all bars are kept: any of them may be re-scaled."""
        self.keep = None
        if not self.scaled:
            self.scaled = True
            self._make(len(self.last))

    def remember(self, fields: int) -> None:
        """From now on a row of so many numbers goes with every bar; 0 until it is put."""
        if not self.remembered:
            self.remembered = fields
            self._make(len(self.last))

    def _make(self, capacity: int) -> None:
        old, rows = self.columns, len(self.last)
        self.columns = {name: np.full((capacity, self.pad + self.width), np.nan) for name in FLOATS}
        self.columns |= {name: np.zeros((capacity, self.width), np.int64) for name in INTEGERS}
        kinds = {name: old[name].dtype if old else np.dtype(np.int64) for name in ORDERS}
        self.columns |= {name: np.zeros((capacity, self.width), kinds[name]) for name in ORDERS}
        if self.scaled:
            self.columns[FACTOR] = np.ones((capacity, self.pad + self.width))
            self.columns[VERSION] = np.zeros((capacity, self.width), np.int64)
        if self.remembered:
            self.columns[ROW] = np.zeros((capacity, self.width, self.remembered))
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
        values = self.stored(name, codes, places)
        if not self.scaled or name not in RESCALED:
            return values
        return _rescaled(name, values, self.stored(FACTOR, codes, places))

    def stored(self, name: str, codes: Ints, places: Ints) -> NDArray[Any]:
        """Values of one field at (symbol, column), as traded."""
        return self.columns[name][codes, places + self.pad if name in PADDED else places]

    def put(self, name: str, codes: Ints, places: Ints, values: NDArray[Any]) -> None:
        """Set values of one field at (symbol, column)."""
        self.columns[name][codes, places + self.pad if name in PADDED else places] = values

    def window(self, name: str, codes: Ints, places: Ints, length: int) -> Floats:
        """The last ``length`` values up to each place, oldest first; NaN before the first bar."""
        values = self._window(name, codes, places, length)
        if not self.scaled or name not in RESCALED:
            return values
        return _rescaled(name, values, self._window(FACTOR, codes, places, length))

    def _window(self, name: str, codes: Ints, places: Ints, length: int) -> Floats:
        column = self.columns[name]
        starts = codes * column.shape[1] + self.pad + places - length + 1
        view: Floats = sliding_window_view(column.reshape(-1), length)[starts]
        return view

    def reserve(self, codes: Ints) -> None:
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
                self.shift(int(code), spare, 0)
                self.last[code] -= spare
                self.dropped[code] += spare

    def shift(self, code: int, source: int, target: int) -> None:
        """Move the bars from column ``source`` on to column ``target``."""
        count = int(self.last[code]) + 1 - source
        for name, column in self.columns.items():
            off = self.pad if name in PADDED else 0
            column[code, off + target : off + target + count] = column[
                code, off + source : off + source + count
            ].copy()


def _rescaled(name: str, values: Floats, factor: Floats) -> Floats:
    """A price or a volume in the newest units."""
    return values * factor if name == "volume" else values / factor
