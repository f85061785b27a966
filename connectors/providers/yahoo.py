"""Yahoo Finance, which is unofficial: the chart API, one symbol per request, mostly without crumb.

Plain HTTP clients are answered with 429 most of the time; ``yahoo_session.py`` asks as a browser.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final
from urllib.parse import quote

from connectors.providers.adapter import Adapter, bar
from connectors.providers.observations import Observation, Quote
from connectors.providers.reading import micros, number, one_line
from connectors.providers.spec import (
    Capability,
    Context,
    Fatal,
    ProviderError,
    ProviderSpec,
    Request,
    Retryable,
    UnknownSymbol,
)

_CRUMB: Final = re.compile(r"[A-Za-z0-9./\\_~-]{8,40}")  # no blank: "Too Many Requests" is none
_OHLCV: Final = ("open", "high", "low", "close", "volume")


def parse_crumb(body: bytes, status: int) -> str:
    """The crumb in an answer of ``/v1/test/getcrumb``.

    Raises:
        Retryable: it is an error's text, which Yahoo sends where a crumb should be.
    """
    text = body.decode("utf-8", "replace").strip()
    if status != 200 or not _CRUMB.fullmatch(text):
        raise Retryable(f"no crumb but HTTP {status}: {one_line(text)}")
    return text


class Yahoo(Adapter):
    """Yahoo's chart API; understands answers of its quote API too."""

    spec = ProviderSpec(
        name="yahoo",
        base_url="https://query2.finance.yahoo.com",
        capabilities=("quote", "bars"),
        rates=((1, 1.0),),  # none are published; this is courtesy
        user_agent="Mozilla/5.0",
    )
    limit_wait = 60.0
    intervals: ClassVar = {
        timedelta(minutes=1): "1m",
        timedelta(minutes=5): "5m",
        timedelta(minutes=15): "15m",
        timedelta(hours=1): "1h",
        timedelta(days=1): "1d",
    }

    def requests(self, capability: Capability, symbols: Sequence[str]) -> Iterable[Request]:
        """One chart per symbol; a quote is what the chart of today says beside its bars."""
        if capability == "quote":
            params, interval = {"interval": "1d", "range": "1d"}, 0
        else:
            now, interval = int(self.clock()), self.bars.micros
            start = now - self.bars.days * 86_400
            params = {"interval": self.interval_word(), "period1": str(start), "period2": str(now)}
        for symbol in symbols:
            path = f"/v8/finance/chart/{quote(symbol, safe='=^')}"
            yield Request(path, params, (symbol,), interval=interval)

    def refusal(
        self, document: Any, status: int, after: float | None, context: Context
    ) -> ProviderError | None:
        """The ``error`` of whichever envelope the answer has."""
        (envelope,) = document.values()
        error = envelope["error"]
        if not error:
            return None
        said = one_line(f"{error['code']}: {error['description']}")
        match error["code"]:
            case "Not Found":
                return UnknownSymbol(f"{context.symbol}: {said}")
            case "Unauthorized":  # yahoo_session.py has renewed the crumb once already
                return Retryable(said, after)
        return Fatal(said) if 400 <= status < 500 and status != 429 else Retryable(said, after)


def _quotes(document: Any, context: Context) -> list[Observation]:
    if "quoteResponse" in document:
        facts = document["quoteResponse"]["result"]
    else:
        facts = [chart["meta"] for chart in document["chart"]["result"]]
    return [
        Quote(
            symbol=context.named(fact["symbol"]),
            ts_event=micros(fact["regularMarketTime"], 1),
            price=number(fact["regularMarketPrice"]),
            currency=fact["currency"],
        )
        for fact in facts
    ]


def _bars(document: Any, context: Context) -> list[Observation]:
    """Bars of the chart; minutes without a trade, which have no value at all, are no bars."""
    (chart,) = document["chart"]["result"]
    (columns,) = chart["indicators"]["quote"]
    times = chart.get("timestamp", [])
    symbol = context.named(chart["meta"]["symbol"])
    rows = zip(times, *(columns[name] for name in _OHLCV if times), strict=True)
    return [
        bar(symbol, micros(start, 1), values, context.request.interval)
        for start, *values in rows
        if any(value is not None for value in values)
    ]


Yahoo.readers = {"quote": _quotes, "bars": _bars}
