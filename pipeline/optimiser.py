"""Plans for a portfolio of the book: positions and closes in, rows of the answer out."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from config.settings import Settings
from pipeline.book_options import book_policy
from pipeline.optimiser_plans import Solver, plans_of
from pipeline.optimiser_rows import limits_row, measures_row, missing_row, plan_row
from pipeline.solver_process import STOPPING, SolverProcess
from serving.errors import Invalid, NotReady, TooManyAnalyses
from serving.optimiser import Optimisation, OptimiseOptions
from serving.valuation import Line as Marked
from serving.valuation import Valuation, value_portfolio
from serving.views import Row, Views, warm
from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.instruments import CASH, NOTHING_KNOWN, InstrumentFacts
from transforms.portfolio.optimise.planner import current_measures
from transforms.portfolio.optimise.request import Limits, Line, Portfolio, returns_of, step_of
from transforms.portfolio.risk_options import RiskOptions

RUNNING, WAITING = 2, 16  # plans made at a time, and requests that may wait for that


class MarketStates(Protocol):
    """What is known of the past of symbols."""

    def closes(self, symbols: Sequence[str]) -> tuple[Ints, Floats]:
        """(ends, closes) of sessions that are over, oldest first; callable from any thread.

        ``closes`` is [T, k], a column per symbol in the order asked for, adjusted for splits; NaN
        where a symbol had no session, a column of NaN for a symbol that is not known.
        """


@dataclass(frozen=True)
class Book:
    """What plans are made from, beside positions.

    Attributes:
        facts: class and lot of symbols. currency: of the market.
        risk: window and annualisation. cost_bps: of a trade; None: as the limits have it.
        disclaimer_id: of the text to send along.
    """

    facts: Mapping[str, InstrumentFacts]
    currency: str
    risk: RiskOptions = field(default_factory=RiskOptions)
    cost_bps: float | None = None
    disclaimer_id: str = ""


class BookOptimiser:
    """Implements ``serving.optimiser.Optimiser``.

    Views are read on the event loop, all the rest is done in threads and the solver's process.
    """

    def __init__(self, views: Views, states: MarketStates, book: Book, solver: Solver) -> None:
        self._views, self._states, self._book, self._solver = views, states, book, solver
        self._threads = ThreadPoolExecutor(RUNNING, thread_name_prefix="optimise")
        self._free = threading.BoundedSemaphore(RUNNING + WAITING)
        self._closed = False

    async def optimise(self, portfolio_id: str, options: OptimiseOptions) -> Optimisation:
        """Plan trades for one portfolio; see the protocol."""
        if self._closed:
            raise NotReady(STOPPING)
        warm(self._views, "positions")
        rows = self._views["positions"].rows(portfolio_id)
        valuation = value_portfolio(rows, self._views["quotes"], self._book.currency)
        if not self._free.acquire(blocking=False):
            raise TooManyAnalyses("every optimisation slot is taken and the queue is full")
        work = self._threads.submit(self._answer, valuation, options)
        work.add_done_callback(lambda _: self._free.release())
        return await asyncio.wrap_future(work)

    def close(self) -> None:
        """Take no more; what waits for the solver fails at once."""
        self._closed = True
        self._threads.shutdown(wait=False)
        self._solver.close()

    def _answer(self, valuation: Valuation, options: OptimiseOptions) -> Optimisation:
        limits = limits_of(options, self._book.cost_bps)
        portfolio, excluded = self._portfolio(valuation, options.cash_micros)
        plans, missing = plans_of(options.methods, portfolio, limits, self._solver)
        if not plans and all(one.kind == "not_installed" for one in missing):
            raise Invalid(f"no method asked for is available here: {missing[0].reason}")
        reason = portfolio.short_history
        return Optimisation(
            as_of=valuation.as_of or 0,
            limits=limits_row(limits, portfolio.cash, valuation.currency),
            current=measures_row(current_measures(portfolio), reason),
            plans=[plan_row(plan, reason) for plan in plans],
            missing=[missing_row(one) for one in missing],
            excluded=excluded,
            disclaimer_id=self._book.disclaimer_id,
        )

    def _portfolio(self, valuation: Valuation, cash: int | None) -> tuple[Portfolio, Sequence[Row]]:
        facts, lines, excluded, held_cash = self._book.facts, [], [], 0
        for marked in valuation.lines:
            known = facts.get(marked.symbol, NOTHING_KNOWN)
            if known.asset_class == CASH:
                held_cash += max(0, marked.market_value)
            elif marked.market_value > 0:
                lines.append(_line(marked, known))
            else:
                reason = "a short position is left as it is" if marked.quantity < 0 else "no value"
                excluded.append({"symbol": marked.symbol, "reason": reason})
        if not lines:
            raise Invalid("the portfolio has no long position with a price: nothing to optimise")
        symbols, risk = [line.symbol for line in lines], self._book.risk
        ends, closes = self._states.closes(symbols)
        returns, reason = returns_of(
            symbols, ends, closes, window=risk.window, minimum=risk.minimum
        )
        funds = held_cash if cash is None else cash
        return Portfolio(lines, funds, returns, reason, risk.periods), excluded


def limits_of(options: OptimiseOptions, cost_bps: float | None) -> Limits:
    """The caller's limits over the defaults."""
    given = {
        "max_weight": options.max_weight,
        "max_sector_weight": options.max_sector_weight,
        "max_turnover": options.max_turnover,
        "cost_bps": cost_bps if options.cost_bps is None else options.cost_bps,
    }
    return Limits(**{name: value for name, value in given.items() if value is not None})


def _line(marked: Marked, known: InstrumentFacts) -> Line:
    step = step_of(marked.quantity, known.lot_size, known.asset_class)
    return Line(marked.symbol, marked.quantity, marked.price, marked.sector, step, marked.rate)


def book_optimiser(
    views: Views,
    states: MarketStates,
    facts: Mapping[str, InstrumentFacts],
    settings: Settings,
) -> BookOptimiser:
    """The optimiser of a run. Its process starts with the first request that needs it."""
    policy = settings.advice.policy
    book = Book(
        facts=facts,
        currency=settings.market.currency,
        risk=book_policy(settings).risk,
        cost_bps=policy.cost_bps,
        disclaimer_id=policy.disclaimer.id,
    )
    return BookOptimiser(views, states, book, SolverProcess())
