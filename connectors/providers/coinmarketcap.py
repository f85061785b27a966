"""CoinMarketCap, version 3 alone: ``data`` and ``quote`` are lists, ``error_code`` may be a text.

Versions 1 and 2 are deprecated and look nearly the same, so their answers are refused.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from connectors.providers.adapter import Adapter
from connectors.providers.observations import Observation, Quote
from connectors.providers.reading import instant, number, one_line
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
_A_MINUTE: Final = frozenset({1008, 1011})  # of the key, of the address
_A_DAY, _A_MONTH = 1009, 1010


class CoinMarketCap(Adapter):
    """CoinMarketCap's latest quotes, by symbol (``BTC``) or, better, by its own id (``1``)."""

    spec = ProviderSpec(
        name="coinmarketcap",
        base_url="https://pro-api.coinmarketcap.com",
        capabilities=("quote",),
        auth=Auth("header", "X-CMC_PRO_API_KEY"),
        rates=((30, 60.0), (10_000, 30 * 86_400.0)),
        keyless_url="https://pro-api.coinmarketcap.com/public-api",
    )

    def requests(self, capability: Capability, symbols: Sequence[str]) -> Iterable[Request]:
        """A hundred coins per request; ids and symbols apart, as the API cannot mix them."""
        ids = [symbol for symbol in symbols if symbol.isdigit()]
        names = [symbol for symbol in symbols if not symbol.isdigit()]
        for key, coins in (("id", ids), ("symbol", names)):
            for first in range(0, len(coins), _PER_CALL):
                some = tuple(coins[first : first + _PER_CALL])
                params = {key: ",".join(some), "convert": "USD"}
                yield Request("/v3/cryptocurrency/quotes/latest", params, some)

    def refusal(
        self, document: Any, status: int, after: float | None, context: Context
    ) -> ProviderError | None:
        """``status.error_code``: with HTTP 200 too; 0 or the text "0" is none."""
        code = int(document["status"]["error_code"])
        if code == 0:
            return None
        said = one_line(f"{code}: {document['status']['error_message']}")
        if code in _A_MINUTE:
            return Retryable(said, after or 60.0)
        if code in (_A_DAY, _A_MONTH):
            return Retryable(said, _until_next(context.received, month=code == _A_MONTH))
        return Retryable(said, after) if status >= 500 else Fatal(said)


def _until_next(now: int, *, month: bool) -> float:
    """Seconds until the next day or month begins, UTC."""
    moment = datetime.fromtimestamp(now / 1_000_000, UTC)
    if month:
        year, index = divmod(moment.year * 12 + moment.month, 12)
        start = datetime(year, index + 1, 1, tzinfo=UTC)
    else:
        start = datetime.fromtimestamp((now // 86_400_000_000 + 1) * 86_400, UTC)
    return (start - moment).total_seconds()


def _quotes(document: Any, context: Context) -> list[Observation]:
    """Several coins may share a symbol: the best ranked is meant."""
    coins = document["data"]
    if isinstance(coins, dict) or any(isinstance(coin["quote"], dict) for coin in coins):
        raise Fatal("this is an answer of version 1 or 2, which is deprecated: only v3 is read")
    if not coins:
        raise UnknownSymbol(f"{', '.join(context.request.symbols)}: it knows none of them")
    asked = {symbol.upper(): symbol for symbol in context.request.symbols}
    quotes: dict[str, Observation] = {}
    for coin in sorted(coins, key=lambda coin: coin["cmc_rank"] or float("inf")):
        symbol = asked.get(str(coin["id"])) or asked.get(coin["symbol"].upper(), coin["symbol"])
        (quote,) = coin["quote"]
        if quote["price"] is None:  # it is traded no more
            continue
        at, price = instant(quote["last_updated"]), number(quote["price"])
        quotes.setdefault(symbol, Quote(symbol, at, price, quote["symbol"]))
    return list(quotes.values())


CoinMarketCap.readers = {"quote": _quotes}
