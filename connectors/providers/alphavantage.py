"""Alpha Vantage: 25 free calls a day. Every error comes with HTTP 200 and echoes the key.

Numbers are texts under names such as ``05. price``; the free plan has daily bars only.
"""

import csv
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from connectors.providers.adapter import Adapter, bar
from connectors.providers.alphavantage_company import read_company, read_news
from connectors.providers.observations import Observation, Quote
from connectors.providers.reading import day, instant, load, number, one_line
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

_EASTERN: Final = "US/Eastern"
_LIMITS: Final = {"per second": 1.0, "per minute": 60.0, "per day": 3_600.0}
_OHLCV: Final = ("open", "high", "low", "close", "volume")
_FUNCTIONS: Final = {"fundamentals": "OVERVIEW", "quote": "GLOBAL_QUOTE"}


class AlphaVantage(Adapter):
    """Alpha Vantage's one endpoint and its functions."""

    spec = ProviderSpec(
        name="alphavantage",
        base_url="https://www.alphavantage.co",
        capabilities=("quote", "bars", "fundamentals", "news"),
        auth=Auth("query", "apikey"),
        rates=((25, 86_400.0), (5, 60.0), (1, 1.0)),
        needs_key=True,
        key_hint="get a free one at alphavantage.co",
    )
    intervals: ClassVar = {
        timedelta(minutes=1): "1min",
        timedelta(minutes=5): "5min",
        timedelta(minutes=15): "15min",
        timedelta(hours=1): "60min",
        timedelta(days=1): "",
    }

    def requests(self, capability: Capability, symbols: Sequence[str]) -> Iterable[Request]:
        """One request per symbol; ``EUR/USD`` is an exchange rate."""
        for symbol in symbols:
            base, _, other = symbol.partition("/")
            interval = 0
            if capability == "quote" and other:
                asked = {"from_currency": base, "to_currency": other}
                params = {"function": "CURRENCY_EXCHANGE_RATE"} | asked
            elif capability == "news":
                params = {"function": "NEWS_SENTIMENT", "tickers": symbol}
            elif capability == "bars":
                params, interval = self._series(symbol), self.bars.micros
            else:
                params = {"function": _FUNCTIONS[capability], "symbol": symbol}
            yield Request("/query", params, (symbol,), interval=interval)

    def _series(self, symbol: str) -> dict[str, str]:
        word = self.interval_word()
        if not word:
            return {"function": "TIME_SERIES_DAILY", "symbol": symbol}
        return {"function": "TIME_SERIES_INTRADAY", "symbol": symbol, "interval": word}

    def decoded(self, body: bytes) -> Any:
        """JSON, or rows of a CSV as mappings by column."""
        if body.startswith((b"timestamp,", b"symbol,")):
            return {"rows": list(csv.DictReader(body.decode().splitlines()))}
        return load(body)

    def refusal(
        self, document: Any, status: int, after: float | None, context: Context
    ) -> ProviderError | None:
        """A sentence where the data should be. All of them advertise premium endpoints."""
        if "Error Message" in document:
            said = one_line(document["Error Message"])
            key = "apikey" in said
            return Fatal(said) if key else UnknownSymbol(f"{context.symbol}: {said}")
        told = document.get("Information") or document.get("Note") or document.get("message")
        if not told:
            return None
        said = one_line(told)
        if "is a premium endpoint" in said:
            return Fatal(said)
        for unit, wait in _LIMITS.items():
            if unit in told:
                return Retryable(said, after or wait)
        return Fatal(said)


def _quotes(document: Any, context: Context) -> list[Observation]:
    if "Realtime Currency Exchange Rate" in document:
        rate = _plain(document["Realtime Currency Exchange Rate"])
        base, other = rate["From_Currency Code"], rate["To_Currency Code"]
        at = instant(rate["Last Refreshed"], ZoneInfo(rate["Time Zone"]))
        return [Quote(context.named(f"{base}/{other}"), at, number(rate["Exchange Rate"]), other)]
    if "rows" in document:
        return [
            Quote(context.named(row["symbol"]), day(row["latestDay"]), number(row["price"]))
            for row in document["rows"]
        ]
    fact = _plain(document["Global Quote"])
    if not fact:
        raise UnknownSymbol(f"{context.symbol}: its quote is empty")
    return [
        Quote(context.named(fact["symbol"]), day(fact["latest trading day"]), number(fact["price"]))
    ]


def _bars(document: Any, context: Context) -> list[Observation]:
    if "rows" in document:
        crypto = context.request.params["function"].startswith("CRYPTO")
        symbol, zone = context.symbol, "UTC" if crypto else _EASTERN
        rows = [(row["timestamp"], row) for row in document["rows"]]
    else:
        about, *series = document.values()
        symbol, zone = context.named(_plain(about)["Symbol"]), _plain(about)["Time Zone"]
        rows = [(at, _plain(row)) for at, row in series[0].items()]
    length = context.request.interval
    return [
        bar(symbol, _start(at, zone), [row[name] for name in _OHLCV], length)
        for at, row in reversed(rows)
    ]


def _start(text: str, zone: str) -> int:
    return day(text) if len(text) == len("2026-05-15") else instant(text, ZoneInfo(zone))


def _plain(numbered: Any) -> dict[str, Any]:
    """``05. price`` as ``price``."""
    return {name.partition(". ")[2]: value for name, value in numbered.items()}


AlphaVantage.readers = {
    "quote": _quotes,
    "bars": _bars,
    "fundamentals": read_company,
    "news": read_news,
}
