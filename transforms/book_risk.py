"""Risk of the portfolios of a shelf, brought up to date when a session ends or holdings change."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from transforms.advice.view import View
from transforms.book_sessions import SessionHistory
from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.actions import ActionTable
from transforms.portfolio.assess import assess
from transforms.portfolio.instruments import CASH
from transforms.portfolio.lines import padded
from transforms.portfolio.performance import Performance, account_performance
from transforms.portfolio.risk_columns import RiskColumns
from transforms.portfolio.risk_options import EQUAL_WEIGHT, RiskOptions
from transforms.portfolio.risk_report import RiskReport
from transforms.portfolio.transactions import Transaction


@dataclass(frozen=True)
class RiskState:
    """What a shelf remembers of risk. Never changed in place.

    Attributes:
        through: end of the last session that went in; -1 before the first.
        columns: the reports.
    """

    through: int = -1
    columns: RiskColumns = field(default_factory=RiskColumns)


class RiskDesk:
    """Assesses portfolios from session closes.

    Args:
        sessions: closes and volumes by session.
        code: number of a symbol.
        options: benchmark, window, annualisation.
        accounts: transactions by portfolio. actions: splits, which accounts seldom list.
    """

    def __init__(
        self,
        sessions: SessionHistory,
        code: Callable[[str], int],
        options: RiskOptions,
        accounts: Mapping[str, Sequence[Transaction]],
        actions: ActionTable,
    ) -> None:
        self.sessions, self.options = sessions, options
        self._accounts, self._actions = accounts, actions
        self._code = code

    def advance(self, known: RiskState, view: View, touched: Iterable[int]) -> RiskState:
        """State after the instant of ``view``; the same object when nothing is due."""
        through = self.sessions.through(view.time)
        due = self._due(known, view, touched, everything=through != known.through)
        if not due and through == known.through:
            return known
        old = known.columns
        portfolios, lines = len(view.gross), len(view.owned)
        reports = [*old.reports, *[None] * (portfolios - len(old.reports))]
        assessed = [*old.assessed, *[-1] * (portfolios - len(old.assessed))]
        earned = [*old.performances, *[None] * (portfolios - len(old.performances))]
        contribution = padded(old.contribution, lines, np.nan).copy()
        days = padded(old.days_to_liquidate, lines, np.nan).copy()
        for row in due:
            mine = view.grid.layout.lines_of(row)
            contribution[mine] = days[mine] = np.nan
            held = self._held(view, mine)
            report = reports[row] = self._report(view, row, held) if len(held) else None
            assessed[row], earned[row] = view.time, self._performance(view, row)
            if report is not None:
                contribution[held], days[held] = report.contribution, report.days_to_liquidate
        columns = RiskColumns(reports, assessed, contribution, days, earned)
        return RiskState(through, columns)

    @staticmethod
    def _due(
        known: RiskState, view: View, touched: Iterable[int], *, everything: bool
    ) -> Sequence[int]:
        """Portfolios whose risk may have changed, and those that have a value since now."""
        if everything:
            return range(len(view.gross))
        reports = known.columns.reports
        size = len(view.gross)
        blank = np.ones(size, np.bool_)
        blank[: len(reports)] = [report is None for report in reports]
        fresh = np.flatnonzero(blank & (view.gross > 0)).tolist()
        return sorted({*touched, *fresh})

    @staticmethod
    def _held(view: View, lines: Ints) -> Ints:
        """Counted positions, by name: no sum may depend on the order in which they were added."""
        held = lines[view.counted[lines] & (view.size[lines] > 0)].tolist()
        return np.array(sorted(held, key=view.grid.symbol), np.int64)

    def _report(self, view: View, row: int, lines: Ints) -> RiskReport:
        ends, closes, volumes = self._closes(view, lines)
        weights = np.where(view.value[lines] < 0, -1.0, 1.0) * view.weight[lines]
        options = self.options
        return assess(
            weights,
            closes,
            ends,
            benchmark=self._benchmark(view.time),
            quantity=np.abs(view.held.quantity[lines]),
            volume=volumes,
            periods=options.periods,
            risk_free=options.risk_free,
            window=options.window,
            minimum=options.minimum,
            names=[view.grid.symbol(line) for line in lines],
        )

    def _performance(self, view: View, row: int) -> Performance | None:
        """Of an account whose holdings are all valued; cash that is a holding counts as such."""
        listed = self._accounts.get(view.grid.portfolios[row])
        if not listed or view.unpriced[row]:
            return None
        symbols = sorted({entry.symbol for entry in listed if entry.symbol})
        account = [*listed, *self._splits(symbols, listed)]
        closes = {name: self.sessions.past(self._code(name), view.time) for name in symbols}
        lines = view.grid.layout.lines_of(row)
        holds_cash = bool((view.owned[lines] & view.grid.cash[lines]).any())
        net = int(view.net[row])
        return account_performance(account, closes, view.time, net, cash_included=holds_cash)

    def _splits(
        self, symbols: Sequence[str], listed: Sequence[Transaction]
    ) -> Iterator[Transaction]:
        """Splits that have re-scaled closes but that the account does not list."""
        own = {entry.symbol for entry in listed if entry.kind == "split"}
        for symbol in symbols:
            if symbol not in own:
                for ex, ratio in self._actions.of(symbol).items():
                    yield Transaction(ex, "split", symbol, ratio)

    def _closes(self, view: View, lines: Ints) -> tuple[Ints, Floats, Floats]:
        """Session ends, closes in the base currency, volumes; cash is worth 1 and always there."""
        ends, closes, volumes = self.sessions.window(view.grid.codes[lines], view.time)
        names = view.grid.currencies
        for place, line in enumerate(lines.tolist()):
            if view.grid.instruments.facts(view.grid.symbol(line)).asset_class == CASH:
                closes[:, place], volumes[:, place] = 1.0, np.inf
            if view.held.foreign[line]:
                pair = (names[view.held.currency[line]], names[view.held.base[line]])
                closes[:, place] *= view.fx.over(*pair, ends)
        return ends, closes, volumes

    def _benchmark(self, time: int) -> Floats | None:
        """Closes of the benchmark by session."""
        name = self.options.benchmark
        if not name:
            return None
        if name != EQUAL_WEIGHT:
            return self.sessions.window(np.array([self._code(name)]), time)[1][:, 0].copy()
        return self.sessions.mean_level(time)
