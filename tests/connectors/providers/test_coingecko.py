from datetime import timedelta
from pathlib import Path

import pytest

from connectors.providers.adapter import BarSpan
from connectors.providers.coingecko import CoinGecko
from connectors.providers.observations import BarRow, Quote
from connectors.providers.spec import Fatal, Malformed, Retryable, UnknownSymbol
from tests.connectors.providers.wire import MINUTE, Asked, Fails, Gives, check, files, parse

HALF_HOUR = 30 * MINUTE
QUOTE = Asked("quote", ("bitcoin",))
EXPECTED = {
    "rest_simple_price.json": Gives(
        QUOTE, 1, Quote("bitcoin", 1_779_092_258_000_000, 76_975.0, "USD")
    ),
    "rest_coins_markets.json": Gives(
        QUOTE, 1, Quote("bitcoin", 1_779_108_561_599_000, 77_671.0, "USD")
    ),
    "rest_market_chart.json": Gives(
        QUOTE,
        2,
        Quote("bitcoin", 1_779_027_899_041_000, 77_953.82550382407, "USD"),
        Quote("bitcoin", 1_779_028_199_661_000, 78_052.87543398788, "USD"),
    ),
    "rest_ohlc.json": Gives(
        Asked("bars", ("bitcoin",), interval=HALF_HOUR),
        2,
        BarRow(
            "bitcoin",
            1_779_197_400_000_000,
            76_769.0,
            76_889.0,
            76_744.0,
            76_818.0,
            0.0,
            HALF_HOUR,
        ),
        BarRow(
            "bitcoin",
            1_779_199_200_000_000,
            76_712.0,
            76_712.0,
            76_321.0,
            76_422.0,
            0.0,
            HALF_HOUR,
        ),
    ),
    "rest_ping.json": Fails(QUOTE, Malformed, "another shape"),
    "rest_global.json": Fails(QUOTE, Malformed, "another shape"),
    "rest_trending.json": Fails(QUOTE, Malformed, "another shape"),
    "rest_history.json": Fails(QUOTE, Malformed, "another shape"),
    "rest_exchange_rates.json": Fails(QUOTE, Malformed, "another shape"),
    "rest_supported_vs.json": Fails(QUOTE, Malformed, "another shape"),
    "rest_error_429.json": Fails(QUOTE, Retryable, "exceeded the Rate Limit", after=60.0),
    "rest_error_10002_missing_key.json": Fails(QUOTE, Fatal, "10002: API Key Missing"),
    "rest_error_10011_wrong_root.json": Fails(QUOTE, Fatal, "10011: .*change your root URL"),
}


@pytest.mark.parametrize("file", EXPECTED)
def test_file_of_the_wire(shared: Path, file: str) -> None:
    check(CoinGecko(), shared, f"coingecko/{file}", EXPECTED[file])


def test_every_file_of_the_wire_is_expected(shared: Path) -> None:
    assert files(shared, "coingecko") == {f"coingecko/{file}" for file in EXPECTED}


def test_a_limit_told_with_403_is_a_limit(shared: Path) -> None:
    body = (shared / "wire/coingecko/rest_error_429.json").read_bytes()
    asked = Asked("quote", ("bitcoin",), headers={"retry-after": "0"})
    with pytest.raises(Retryable) as caught:
        parse(CoinGecko(), asked, body, 403)
    assert caught.value.after == 60.0


def test_a_coin_without_a_price_leaves_the_others() -> None:
    body = (
        b'{"dead":{},"gone":{"usd":null,"last_updated_at":null},'
        b'"btc":{"usd":1,"last_updated_at":2}}'
    )
    asked = Asked("quote", ("dead", "gone", "btc"))
    assert parse(CoinGecko(), asked, body) == [Quote("btc", 2_000_000, 1.0, "USD")]


def test_no_coin_at_all_is_an_unknown_symbol() -> None:
    with pytest.raises(UnknownSymbol, match="bitcoin"):
        parse(CoinGecko(), QUOTE, b"{}")


def test_prices_are_asked_for_by_the_hundred() -> None:
    coins = [f"coin{index}" for index in range(230)]
    requests = list(CoinGecko().requests("quote", coins))
    assert [len(request.symbols) for request in requests] == [100, 100, 30]
    assert requests[2].params["ids"].split(",") == coins[200:]


def test_candles_have_the_length_that_follows_from_their_days() -> None:
    gecko = CoinGecko(BarSpan(timedelta(hours=4)))
    [request] = gecko.requests("bars", ["bitcoin"])
    assert (request.path, request.params["days"]) == ("/coins/bitcoin/ohlc", "30")
    with pytest.raises(Fatal, match="it has: 0:30:00, 4:00:00"):
        list(CoinGecko().requests("bars", ["bitcoin"]))
