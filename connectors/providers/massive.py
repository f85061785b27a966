"""Massive, Polygon.io until October 2025: end-of-day quotes, aggregates and financials of stocks.

``status: ERROR`` may come with HTTP 200. Times are milliseconds in aggregates and nanoseconds in
trades. ``next_url`` names the next page without the key.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl, quote, urlsplit

from connectors.providers.adapter import Adapter, bar
from connectors.providers.massive_financials import read_financials
from connectors.providers.observations import NewsItem, Observation, Quote, TradeTick
from connectors.providers.reading import instant, load, micros, number, one_line, today
from connectors.providers.spec import (
    Auth,
    Capability,
    Context,
    Fatal,
    ProviderError,
    ProviderSpec,
    Request,
    Retryable,
    UnknownSymbol,
)

_REFUSED: Final = frozenset({"ERROR", "NOT_AUTHORIZED", "NOT_FOUND", "AUTH_ERROR"})
_NANO: Final = 1_000_000_000
_STATEMENTS: Final = ("income-statements", "balance-sheets", "cash-flow-statements")


class Massive(Adapter):
    """Massive's REST API, with what the free plan has."""

    spec = ProviderSpec(
        name="massive",
        base_url="https://api.massive.com",
        capabilities=("quote", "bars", "trades", "fundamentals", "news"),
        auth=Auth("header", "Authorization", "Bearer "),
        rates=((5, 60.0),),
        needs_key=True,
        key_hint="get a free one at massive.com",
    )
    limit_wait = 60.0
    intervals: ClassVar = {
        timedelta(minutes=1): "1/minute",
        timedelta(minutes=5): "5/minute",
        timedelta(hours=1): "1/hour",
        timedelta(days=1): "1/day",
    }

    def requests(self, capability: Capability, symbols: Sequence[str]) -> Iterable[Request]:
        """The last session's bar as a quote, as live ones cost money; else as the name says."""
        for symbol in symbols:
            at, whom = quote(symbol, safe=":"), (symbol,)
            match capability:
                case "quote":
                    yield Request(f"/v2/aggs/ticker/{at}/prev", {}, whom)
                case "bars":
                    yield self._range(at, whom)
                case "trades":
                    yield Request(f"/v3/trades/{at}", {"limit": "1000"}, whom)
                case "news":
                    params = {"ticker": symbol, "limit": "100"}
                    yield Request("/v2/reference/news", params, whom)
                case "fundamentals":
                    params = {"tickers": symbol, "limit": "20", "sort": "period_end.desc"}
                    for name in _STATEMENTS:
                        yield Request(f"/stocks/financials/v1/{name}", params, whom)

    def _range(self, at: str, whom: tuple[str, ...]) -> Request:
        end = today(self.clock())
        span = f"{self.interval_word()}/{end - timedelta(days=self.bars.days)}/{end}"
        path = f"/v2/aggs/ticker/{at}/range/{span}"
        params = {"adjusted": "true", "sort": "asc", "limit": "50000"}
        return Request(path, params, whom, interval=self.bars.micros)

    def follow(self, capability: Capability, body: bytes, context: Context) -> Iterable[Request]:
        """The next page of bars. Of its address only what follows the host is taken."""
        if capability == "bars" and (url := load(body).get("next_url")):
            address, asked = urlsplit(url), context.request
            params = dict(parse_qsl(address.query))
            yield Request(address.path, params, asked.symbols, interval=asked.interval)

    def refusal(
        self, document: Any, status: int, after: float | None, context: Context
    ) -> ProviderError | None:
        """``status`` of the document, whatever HTTP's is."""
        told = document.get("status")
        if told not in _REFUSED:
            return None
        said = one_line(f"{told}: {document.get('error') or document.get('message')}")
        if "maximum requests" in said:
            return Retryable(said, after or 60.0)
        if told == "NOT_FOUND":
            return UnknownSymbol(f"{context.symbol}: {said}")
        return Retryable(said, after) if status >= 500 else Fatal(said)


def _quotes(document: Any, context: Context) -> list[Observation]:
    if "ticker" in document and isinstance(document["ticker"], dict):  # a snapshot
        facts = document["ticker"]
        trade = facts["lastTrade"]
        return [
            Quote(context.named(facts["ticker"]), micros(trade["t"], _NANO), number(trade["p"]))
        ]
    results = document.get("results")
    if not results and "resultsCount" in document:
        raise UnknownSymbol(f"{context.symbol}: it has no last session")
    if isinstance(results, dict):  # the last trade
        return [
            Quote(context.named(results["T"]), micros(results["t"], _NANO), number(results["p"]))
        ]
    return [
        Quote(context.named(each["T"]), micros(each["t"], 1_000), number(each["c"]))
        for each in results
    ]


def _bars(document: Any, context: Context) -> list[Observation]:
    if not document["resultsCount"]:
        return []
    return [
        bar(
            context.symbol or document.get("ticker") or each["T"],
            micros(each["t"], 1_000),
            [each[name] for name in "ohlcv"],
            context.request.interval,
        )
        for each in document["results"]
    ]


def _trades(document: Any, context: Context) -> list[Observation]:
    return [
        TradeTick(
            symbol=context.symbol,
            ts_event=micros(trade["sip_timestamp"], _NANO),
            price=number(trade["price"]),
            size=number(trade["size"]),
            trade_id=f"{trade['exchange']}:{trade['id']}",  # ids are unique within an exchange
        )
        for trade in document["results"]
    ]


def _news(document: Any, context: Context) -> list[Observation]:
    return [
        NewsItem(
            symbol=context.symbol,
            ts_event=instant(article["published_utc"]),
            url=article["article_url"],
            title=article["title"],
            source=article["publisher"]["name"],
            summary=article.get("description") or "",
        )
        for article in document["results"]
    ]


Massive.readers = {
    "quote": _quotes,
    "bars": _bars,
    "trades": _trades,
    "news": _news,
    "fundamentals": read_financials,
}
