"""Insights of a run: views, closed bars and closes of sessions in, rows and sentences out."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

from config.settings import Settings, format_duration
from pipeline.insight_rows import candles, last_returns, statement_row, symbol_row
from serving.composition import is_billed
from serving.errors import Invalid, TooManyAnalyses
from serving.insights import Insight, Outlook
from serving.money import MICROS
from serving.rows import text
from serving.valuation import value_portfolio
from serving.views import Row, Views, warm
from transforms.insights.anomaly import Check, checks
from transforms.insights.forecast import Forecast, forecast
from transforms.insights.statements import Statement
from transforms.insights.summaries import TOLD_HORIZON, Owned, about_market, about_portfolio
from transforms.insights.summaries import Outlook as Known
from transforms.insights.trend import trend
from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.instruments import NOTHING_KNOWN, InstrumentFacts

WAITING = 32  # requests that may wait for the one that is worked on
SESSION = "1d"
Bars = Mapping[str, Sequence[Row]]
Made = TypeVar("Made")


class States(Protocol):
    """What is known of symbols; callable from any thread."""

    def current(self) -> tuple[int, Mapping[str, Mapping[str, float]]]:
        """Latest instant, and the book's fields of every symbol. Raises ColdView."""

    def closes(self, symbols: Sequence[str]) -> tuple[Ints, Floats]:
        """Ends of the sessions that are over, and closes [sessions, symbols], NaN without one."""


@dataclass(frozen=True)
class InsightOptions:
    """What insights are told by configuration.

    Attributes:
        interval: of the bars that advice, and so trends, are told from.
        checked: interval of the bars that checks are made on: of a day where there are such bars.
        exchange: of symbols that name none. currency: of the market.
        disclaimer_id: of the text to send along.
    """

    interval: str
    checked: str
    exchange: str
    currency: str
    disclaimer_id: str = ""


class MarketInsights:
    """Implements ``serving.insights.Insights``.

    Views are read on the event loop, all the rest is done in one thread, a request at a time.
    """

    def __init__(
        self,
        views: Views,
        states: States,
        facts: Mapping[str, InstrumentFacts],
        options: InsightOptions,
    ) -> None:
        self._views, self._states, self._facts = views, states, facts
        self._options = options
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="insights")
        self._free = threading.BoundedSemaphore(1 + WAITING)
        self._forecasts: dict[str, tuple[list[float], list[Forecast]]] = {}

    async def outlook(self, symbols: Sequence[str]) -> Outlook:
        """Trend, checks and forecasts of these symbols; see the protocol."""
        as_of, _ = self._states.current()
        bars = self._bars(symbols)

        def rows() -> list[Row]:
            known = self._known(symbols, bars, forecasts=symbols)
            return [symbol_row(symbol, known, self._options.checked) for symbol in symbols]

        return Outlook(as_of, self._options.interval, await self._work(rows))

    async def portfolio(self, portfolio_id: str) -> Insight:
        """An account of one portfolio; see the protocol.

        Raises:
            Invalid: it has no position with a price.
        """
        warm(self._views, "positions", "advice", "track_record")
        owned = self._owned(portfolio_id)
        symbols = sorted(owned.weights)
        bars = self._bars(symbols)
        largest = max(symbols, key=lambda name: owned.weights[name])
        return await self._insight(
            lambda: about_portfolio(owned, self._known(symbols, bars, forecasts=[largest]))
        )

    async def market(self) -> Insight:
        """An account of the whole market; see the protocol."""
        _, states = self._states.current()
        symbols = sorted(states)
        bars = self._bars(symbols)
        return await self._insight(lambda: about_market(self._known(symbols, bars)))

    async def _insight(self, tell: Callable[[], Sequence[Statement]]) -> Insight:
        as_of, _ = self._states.current()
        told = await self._work(tell)
        return Insight(as_of, [statement_row(one) for one in told], self._options.disclaimer_id)

    async def _work(self, make: Callable[[], Made]) -> Made:
        if not self._free.acquire(blocking=False):
            raise TooManyAnalyses("insights are busy and the queue is full")
        work = self._thread.submit(make)
        work.add_done_callback(lambda _: self._free.release())
        return await asyncio.wrap_future(work)

    def _bars(self, symbols: Sequence[str]) -> Bars:
        view, interval = self._views["bars"], self._options.checked
        return {symbol: view.rows((symbol, interval)) for symbol in symbols}

    def _owned(self, portfolio_id: str) -> Owned:
        positions = self._views["positions"].rows(portfolio_id)
        valued = value_portfolio(positions, self._views["quotes"], self._options.currency)
        if not valued.weights:
            raise Invalid("the portfolio has no position with a price: nothing to tell")
        billed = [row for row in self._views["advice"].rows(portfolio_id) if is_billed(row)]
        kinds = {(row["rule_id"], row["severity"]) for row in billed}
        record = [
            row
            for row in self._views["track_record"].rows()
            if row["horizon"] == TOLD_HORIZON and (row["rule_id"], row["severity"]) in kinds
        ]
        severities = [text(row, "severity") for row in billed]
        value = valued.value / MICROS
        return Owned(value, valued.currency, valued.weights, severities, record)

    def _known(self, symbols: Sequence[str], bars: Bars, *, forecasts: Sequence[str] = ()) -> Known:
        _, states = self._states.current()
        _, closes = self._states.closes(symbols)
        return Known(
            trends={symbol: trend(states.get(symbol, {})) for symbol in symbols},
            checks={symbol: self._checks(symbol, bars[symbol]) for symbol in symbols},
            returns=last_returns(symbols, closes),
            forecasts={symbol: self._forecast(symbol) for symbol in forecasts},
        )

    def _checks(self, symbol: str, rows: Sequence[Row]) -> list[Check]:
        exchange = self._facts.get(symbol, NOTHING_KNOWN).exchange or self._options.exchange
        daily = self._options.checked == SESSION
        return checks(candles(rows), daily=daily, exchange=exchange)

    def _forecast(self, symbol: str) -> list[Forecast]:
        """Made anew only when the sessions of the symbol have changed."""
        _, table = self._states.closes([symbol])
        closes = [close for close in table[:, 0].tolist() if close > 0.0]
        kept = self._forecasts.get(symbol)
        if kept is None or kept[0] != closes:
            kept = self._forecasts[symbol] = closes, forecast(closes)
        return kept[1]


def market_insights(
    views: Views, states: States, facts: Mapping[str, InstrumentFacts], settings: Settings
) -> MarketInsights:
    """The insights of a run."""
    interval = format_duration(settings.advice.interval)
    names = settings.engine.interval_names
    options = InsightOptions(
        interval=interval,
        checked=SESSION if SESSION in names else interval,
        exchange=settings.market.name.upper(),
        currency=settings.market.currency,
        disclaimer_id=settings.advice.policy.disclaimer.id,
    )
    return MarketInsights(views, states, facts, options)
