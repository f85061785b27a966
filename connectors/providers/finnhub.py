"""Finnhub: quotes, figures and news of US stocks; candles cost money (403 on a free key).

It knows a symbol by not sending zeros: an unknown one gives HTTP 200 with every number 0.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final

from connectors.providers.adapter import Adapter, bar
from connectors.providers.observations import Fundamental, NewsItem, Observation, Quote
from connectors.providers.reading import micros, number, one_line, today
from connectors.providers.spec import (
    Auth,
    Capability,
    Context,
    Fatal,
    ProviderError,
    ProviderSpec,
    Request,
    UnknownSymbol,
)

_PROFILE: Final = {"marketCapitalization": "million", "shareOutstanding": "million shares"}


class Finnhub(Adapter):
    """Finnhub's REST API."""

    spec = ProviderSpec(
        name="finnhub",
        base_url="https://finnhub.io/api/v1",
        capabilities=("quote", "bars", "fundamentals", "news"),
        auth=Auth("header", "X-Finnhub-Token"),
        rates=((60, 60.0), (30, 1.0)),
        needs_key=True,
        key_hint="get a free one at finnhub.io",
    )
    limit_wait = 60.0
    intervals: ClassVar = {
        timedelta(minutes=1): "1",
        timedelta(minutes=5): "5",
        timedelta(minutes=15): "15",
        timedelta(hours=1): "60",
        timedelta(days=1): "D",
    }

    def requests(self, capability: Capability, symbols: Sequence[str]) -> Iterable[Request]:
        """One request per symbol, two for figures."""
        now = int(self.clock())
        for symbol in symbols:
            one, whom = {"symbol": symbol}, (symbol,)
            match capability:
                case "quote":
                    yield Request("/quote", one, whom)
                case "fundamentals":
                    yield Request("/stock/profile2", one, whom)
                    yield Request("/stock/metric", one | {"metric": "all"}, whom)
                case "news":
                    start, end = today(now) - timedelta(days=7), today(now)
                    span = {"from": str(start), "to": str(end)}
                    yield Request("/company-news", one | span, whom)
                case "bars":
                    word, start_s = self.interval_word(), now - self.bars.days * 86_400
                    span = {"resolution": word, "from": str(start_s), "to": str(now)}
                    path = "/stock/candle"
                    yield Request(path, one | span, whom, interval=self.bars.micros)

    def refusal(
        self, document: Any, status: int, after: float | None, context: Context
    ) -> ProviderError | None:
        """An ``error`` in an answer of HTTP 200; other statuses say enough."""
        if status == 200 and isinstance(document, dict) and "error" in document:
            return Fatal(one_line(document["error"]))
        return None


def _quotes(document: Any, context: Context) -> list[Observation]:
    if not document["c"] and not document["t"]:
        raise UnknownSymbol(f"{context.symbol}: every number of its quote is 0")
    return [Quote(context.symbol, micros(document["t"], 1), number(document["c"]))]


def _bars(document: Any, context: Context) -> list[Observation]:
    if document["s"] == "no_data":
        return []
    columns = [document[name] for name in "tohlcv"]
    return [
        bar(context.symbol, micros(start, 1), values, context.request.interval)
        for start, *values in zip(*columns, strict=True)
    ]


def _figures(document: Any, context: Context) -> list[Observation]:
    if not document:
        raise UnknownSymbol(f"{context.symbol}: it has no profile")
    now = context.received
    if "metric" in document:
        return [
            Fundamental(context.named(document["symbol"]), now, name, number(value))
            for name, value in document["metric"].items()
            if isinstance(value, int | float)
        ]
    return [
        Fundamental(context.named(document["ticker"]), now, name, number(document[name]), unit)
        for name, unit in _PROFILE.items()
    ]


def _news(document: Any, context: Context) -> list[Observation]:
    return [
        NewsItem(
            symbol=context.symbol,
            ts_event=micros(item["datetime"], 1),
            url=item["url"],
            title=item["headline"],
            source=item["source"],
            summary=item["summary"],
        )
        for item in document
    ]


Finnhub.readers = {"quote": _quotes, "bars": _bars, "fundamentals": _figures, "news": _news}
