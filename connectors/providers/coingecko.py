"""CoinGecko: prices of coins by id (``bitcoin``), without a key, with a Demo or with a Pro key.

Its candles have no volume, and their time is that of their close.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, Final
from urllib.parse import quote

from connectors.providers.adapter import Adapter, bar
from connectors.providers.observations import Observation, Quote
from connectors.providers.reading import instant, micros, number, one_line
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

_PER_CALL: Final = 100
_CURRENCY: Final = "usd"
_MONTH: Final = 30 * 86_400.0


class CoinGecko(Adapter):
    """CoinGecko's API on its public root, keyless or with a Demo key."""

    spec: ClassVar = ProviderSpec(
        name="coingecko",
        base_url="https://api.coingecko.com/api/v3",
        capabilities=("quote", "bars"),
        auth=Auth("header", "x-cg-demo-api-key"),
        rates=((30, 60.0), (10_000, _MONTH)),
        keyless_rates=((5, 60.0),),  # shared by everybody behind the same address
    )
    intervals: ClassVar = {timedelta(minutes=30): "1", timedelta(hours=4): "30"}

    def requests(self, capability: Capability, symbols: Sequence[str]) -> Iterable[Request]:
        """A hundred prices per request; candles of one coin, whose length follows from the days."""
        if capability == "quote":
            for first in range(0, len(symbols), _PER_CALL):
                coins = tuple(symbols[first : first + _PER_CALL])
                params = {"ids": ",".join(coins), "vs_currencies": _CURRENCY}
                yield Request("/simple/price", params | {"include_last_updated_at": "true"}, coins)
            return
        params = {"vs_currency": _CURRENCY, "days": self.interval_word()}
        for coin in symbols:
            path = f"/coins/{quote(coin, safe='')}/ohlc"
            yield Request(path, params, (coin,), interval=self.bars.micros)

    def refusal(
        self, document: Any, status: int, after: float | None, context: Context
    ) -> ProviderError | None:
        """``status.error_code``: 429 is a limit, even with HTTP 403; others are about the key."""
        if not isinstance(document, dict) or "error_code" not in document.get("status", {}):
            return None
        code = document["status"]["error_code"]
        said = one_line(f"{code}: {document['status']['error_message']}")
        return Retryable(said, after or 60.0) if code == 429 else Fatal(said)


class CoinGeckoPro(CoinGecko):
    """The same with a Pro key, which works on its own root alone (10010 and 10011 otherwise)."""

    spec = replace(
        CoinGecko.spec,
        name="coingecko_pro",
        base_url="https://pro-api.coingecko.com/api/v3",
        auth=Auth("header", "x-cg-pro-api-key"),
        rates=((250, 60.0),),
        keyless_rates=(),
        needs_key=True,
        key_hint="a Demo key belongs to the provider `coingecko`",
    )


def _quotes(document: Any, context: Context) -> list[Observation]:
    if isinstance(document, list):  # /coins/markets
        return [
            Quote(
                coin["id"],
                instant(coin["last_updated"]),
                number(coin["current_price"]),
                _CURRENCY.upper(),
            )
            for coin in document
        ]
    if "prices" in document:  # /coins/{id}/market_chart
        return [
            Quote(context.symbol, micros(at, 1_000), number(price), _CURRENCY.upper())
            for at, price in document["prices"]
        ]
    return _simple(document, context)


def _simple(document: Any, context: Context) -> list[Observation]:
    """Prices by coin; one that is traded no more has none, and must not cost the others theirs."""
    if not document:
        raise UnknownSymbol(f"{', '.join(context.request.symbols)}: it knows none of them")
    if not document.keys() <= set(context.request.symbols):
        raise ValueError("it tells of what was not asked for")
    return [
        Quote(coin, micros(of["last_updated_at"], 1), number(of[_CURRENCY]), _CURRENCY.upper())
        for coin, of in document.items()
        if of.get(_CURRENCY) is not None and of["last_updated_at"] is not None
    ]


def _bars(document: Any, context: Context) -> list[Observation]:
    length = context.request.interval
    return [
        bar(context.symbol, micros(end, 1_000) - length, (*values, 0.0), length)
        for end, *values in document
    ]


CoinGecko.readers = {"quote": _quotes, "bars": _bars}
