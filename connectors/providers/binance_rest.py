"""Binance's public market data over HTTP: klines, last trades, prices. No key; the address pays.

Requests have weights against one limit per address. 429 says when to come back; who goes on gets
418 and is banned for up to three days.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final

from connectors.providers.adapter import Adapter, bar
from connectors.providers.observations import Observation, Quote, TradeTick
from connectors.providers.reading import load, micros, number, one_line
from connectors.providers.spec import (
    Capability,
    Context,
    ProviderError,
    ProviderSpec,
    Request,
    Retryable,
    UnknownSymbol,
)

_PAGE: Final = 1_000
_TOO_MANY: Final = -1003
_NO_SYMBOL: Final = -1121
_UNTIL: Final = re.compile(r"banned until (\d+)")


class BinanceRest(Adapter):
    """Binance's spot market, from the host that serves market data alone."""

    spec = ProviderSpec(
        name="binance",
        base_url="https://data-api.binance.vision/api/v3",
        capabilities=("quote", "bars", "trades"),
        rates=((6_000, 60.0),),
    )
    intervals: ClassVar = {
        timedelta(seconds=1): "1s",
        timedelta(minutes=1): "1m",
        timedelta(minutes=5): "5m",
        timedelta(minutes=15): "15m",
        timedelta(hours=1): "1h",
        timedelta(hours=4): "4h",
        timedelta(days=1): "1d",
    }

    def requests(self, capability: Capability, symbols: Sequence[str]) -> Iterable[Request]:
        """One request per symbol: an unknown one would spoil a batch."""
        for symbol in symbols:
            one, whom = {"symbol": symbol}, (symbol,)
            match capability:
                case "quote":
                    yield Request("/ticker/24hr", one, whom, weight=2)
                case "trades":
                    yield Request("/trades", one | {"limit": str(_PAGE)}, whom, weight=25)
                case "bars":
                    start = int(self.clock() - self.bars.days * 86_400) * 1_000
                    yield self._klines(symbol, start)

    def follow(self, capability: Capability, body: bytes, context: Context) -> Iterable[Request]:
        """The next page of klines when this one is full."""
        rows = load(body)
        if capability == "bars" and len(rows) == _PAGE:
            yield self._klines(context.symbol, int(rows[-1][0]) + 1)

    def _klines(self, symbol: str, start_ms: int) -> Request:
        params = {
            "symbol": symbol,
            "interval": self.interval_word(),
            "startTime": str(start_ms),
            "limit": str(_PAGE),
        }
        return Request("/klines", params, (symbol,), weight=2, interval=self.bars.micros)

    def refusal(
        self, document: Any, status: int, after: float | None, context: Context
    ) -> ProviderError | None:
        """``code`` and ``msg``; a ban says until when in its text."""
        if not isinstance(document, dict) or "code" not in document:
            return None
        said = one_line(f"{document['code']}: {document['msg']}")
        if document["code"] == _NO_SYMBOL:
            return UnknownSymbol(f"{context.symbol}: {said}")
        if document["code"] != _TOO_MANY and status != 418:
            return None
        until = _UNTIL.search(said)
        if after is None and until:
            after = max(0.0, int(until[1]) / 1_000 - context.received / 1_000_000)
        return Retryable(said, after)


def _quotes(document: Any, context: Context) -> list[Observation]:
    """Of the day's statistics; a bare price or the best bid and ask say no time."""
    quotes: list[Observation] = []
    for fact in document if isinstance(document, list) else [document]:
        if "lastPrice" in fact:
            at, price = micros(fact["closeTime"], 1_000), number(fact["lastPrice"])
        elif "bidPrice" in fact:
            at, price = context.received, (number(fact["bidPrice"]) + number(fact["askPrice"])) / 2
        else:
            at, price = context.received, number(fact["price"])
        quotes.append(Quote(context.named(fact["symbol"]), at, price))
    return quotes


def _bars(document: Any, context: Context) -> list[Observation]:
    return [
        bar(context.symbol, micros(row[0], 1_000), row[1:6], context.request.interval)
        for row in document
    ]


def _trades(document: Any, context: Context) -> list[Observation]:
    return [
        TradeTick(
            symbol=context.symbol,
            ts_event=micros(trade["time"], 1_000),
            price=number(trade["price"]),
            size=number(trade["qty"]),
            trade_id=str(trade["id"]),
        )
        for trade in document
    ]


BinanceRest.readers = {"quote": _quotes, "bars": _bars, "trades": _trades}
