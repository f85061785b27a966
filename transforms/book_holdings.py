"""What a block of portfolios owns, at any instant: documents by time, spread over lines."""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from transforms.advice.grid import Grid, Held
from transforms.kernels.columns import Ints
from transforms.portfolio.actions import ActionTable
from transforms.portfolio.documents import Document
from transforms.portfolio.fx import FxTable
from transforms.portfolio.instruments import InstrumentTable
from transforms.portfolio.lines import GroupLayout, Layout, padded


class Holdings:
    """Documents of portfolios and the lines they have ever named.

    Args:
        instruments: facts by symbol.
        code: number of a symbol. names: symbols by number.
        interval: length of a bar, microseconds; label: its name.
        currency: of lines for which neither document nor instrument names one, and base of all
            portfolios as soon as there are exchange rates; until then a portfolio's first line
            decides.
        fx: exchange rates. actions: splits, by which units of an earlier document are scaled.
    """

    def __init__(
        self,
        instruments: InstrumentTable,
        code: Callable[[str], int],
        names: Sequence[str],
        *,
        interval: int,
        label: str,
        currency: str,
        fx: FxTable,
        actions: ActionTable,
    ) -> None:
        self.instruments, self._code, self._names = instruments, code, names
        self._interval, self._label, self._currency = interval, label, currency
        self.fx, self._actions = fx, actions
        self.portfolios: list[str] = []
        self.row_of: dict[str, int] = {}
        self._documents: list[list[tuple[int, int, Document]]] = []
        self._rows_at: dict[int, set[int]] = {}
        self.times: list[int] = []
        self._line: dict[tuple[int, int], int] = {}
        self._currencies: dict[str, int] = {}
        self._grid: Grid | None = None
        self._first: Ints | None = None

    def put(self, document: Document) -> bool:
        """Add a document; False when this very revision is known already."""
        row = self.row_of.get(document.portfolio_id)
        if row is None:
            row = self.row_of[document.portfolio_id] = len(self.portfolios)
            self.portfolios.append(document.portfolio_id)
            self._documents.append([])
            self._grid = None
        known = self._documents[row]
        entry = (document.ts_event, document.revision, document)
        place = bisect_right(known, entry[:2], key=lambda item: item[:2])
        if place and known[place - 1][:2] == entry[:2]:
            return False
        known.insert(place, entry)
        self._first = None
        for line in document.lines:
            self._place(row, self._code(line.symbol))
        if document.ts_event not in self._rows_at:
            self._rows_at[document.ts_event] = set()
            insort(self.times, document.ts_event)
        self._rows_at[document.ts_event].add(row)
        return True

    def _place(self, row: int, code: int) -> None:
        if (row, code) not in self._line:
            self._line[row, code] = len(self._line)
            self._grid = None

    def rows_at(self, time: int) -> set[int]:
        """Portfolios with a document of exactly that time."""
        return self._rows_at.get(time, set())

    def first_times(self) -> Ints:
        """Time of the first document of each portfolio."""
        if self._first is None:
            found = (known[0][0] for known in self._documents)
            self._first = np.fromiter(found, np.int64, len(self._documents))
        return self._first

    def document(self, row: int, time: int) -> Document | None:
        """The document that counts at ``time``."""
        place = bisect_right(self._documents[row], time, key=lambda item: item[0])
        return self._documents[row][place - 1][2] if place else None

    def reclassify(self) -> None:
        """Sectors or currencies of instruments have changed."""
        self._grid = None

    @property
    def grid(self) -> Grid:
        """Where lines belong, as of the lines there are now."""
        if self._grid is None:
            self._grid = self._build_grid()
        return self._grid

    def _build_grid(self) -> Grid:
        places = np.array(list(self._line), np.int64).reshape(-1, 2)
        rows, codes = np.ascontiguousarray(places[:, 0]), np.ascontiguousarray(places[:, 1])
        sector = self.instruments.sector_numbers(self._names)[codes]
        count = len(self.portfolios)
        return Grid(
            portfolios=self.portfolios,
            names=self._names,
            codes=codes,
            layout=Layout(rows, count),
            sectors=GroupLayout(rows, sector, count, len(self.instruments.sectors)),
            instruments=self.instruments,
            currencies=list(self._currencies),
            interval=self._interval,
            label=self._label,
        )

    def nothing(self) -> Held:
        """Nothing is held yet."""
        none = np.empty(0)
        empty = np.empty(0, np.int64)
        return Held(none, none, np.empty(0, np.bool_), empty, empty, empty, none)

    def held(self, before: Held, rows: Iterable[int], time: int) -> Held:
        """Holdings at ``time``: those of ``rows`` read anew, the others as before."""
        lines = len(self._line)
        after = Held(
            padded(before.quantity, lines).copy(),
            padded(before.cost, lines, np.nan).copy(),
            padded(before.foreign, lines).copy(),
            padded(before.currency, lines).copy(),
            padded(before.base, lines).copy(),
            padded(before.place, lines).copy(),
            padded(before.target, lines, np.nan).copy(),
        )
        for row in rows:
            lines_of = self.grid.layout.lines_of(row)
            after.quantity[lines_of], after.target[lines_of] = 0.0, np.nan
            document = self.document(row, time)
            if document is not None:
                self._write(after, row, document)
        return after

    def _write(self, held: Held, row: int, document: Document) -> None:
        base = self._currency if self.fx and self._currency else None
        for line in document.lines:
            at = self._line[row, self._code(line.symbol)]
            facts = self.instruments.facts(line.symbol)
            currency = line.currency or facts.currency or self._currency
            base = currency if base is None else base
            factor = self._actions.factor(line.symbol, document.ts_event)
            held.quantity[at] = line.quantity * factor
            held.cost[at] = np.nan if line.avg_cost is None else line.avg_cost / factor
            held.foreign[at] = currency != base
            held.currency[at] = self._currency_number(currency)
            held.base[at] = self._currency_number(base)
            held.place[at] = line.position
            held.target[at] = np.nan if line.target is None else line.target

    def _currency_number(self, currency: str) -> int:
        if currency not in self._currencies:
            self._currencies[currency] = len(self._currencies)
            self._grid = None
        return self._currencies[currency]
