import json
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.providers.adapter import BarSpan
from connectors.providers.binance_rest import BinanceRest
from connectors.providers.observations import BarRow, Quote, TradeTick
from connectors.providers.spec import Context, Fatal, Malformed, Retryable, UnknownSymbol
from tests.connectors.providers.wire import (
    MINUTE,
    RECEIVED,
    Asked,
    Fails,
    Gives,
    check,
    files,
    parse,
)

WEEK = 7 * 86_400_000_000
QUOTE = Asked("quote", ("BNBBTC",))
BARS = Asked("bars", ("ETHBTC",), interval=WEEK)
EXPECTED = {
    "rest_ticker_24hr.json": Gives(QUOTE, 1, Quote("BNBBTC", 1_499_869_899_040_000, 4.000002)),
    "rest_ticker_price.json": Gives(
        Asked("quote", ("LTCBTC",)), 1, Quote("LTCBTC", RECEIVED, 4.000002)
    ),
    "rest_book_ticker.json": Gives(
        Asked("quote", ("LTCBTC",)), 1, Quote("LTCBTC", RECEIVED, 4.000001)
    ),
    "rest_klines.json": Gives(
        BARS,
        1,
        BarRow(
            "ETHBTC",
            1_499_040_000_000_000,
            0.0163479,
            0.8,
            0.015758,
            0.015771,
            148_976.11427815,
            WEEK,
        ),
    ),
    "rest_trades.json": Gives(
        Asked("trades", ("BNBBTC",)),
        1,
        TradeTick("BNBBTC", 1_499_865_549_590_000, 4.000001, 12.0, "28457"),
    ),
    "rest_exchangeInfo_3symbols_captured_2021.json": Fails(QUOTE, Malformed, "another shape"),
    "rest_exchange_info.json": Fails(QUOTE, Malformed, "another shape"),
    "rest_server_time.json": Fails(QUOTE, Malformed, "another shape"),
    "rest_error_invalid_symbol.json": Fails(QUOTE, UnknownSymbol, "BNBBTC: -1121: Invalid symbol"),
    "rest_error_429_weight.json": Fails(
        Asked("quote", ("BNBBTC",), headers={"retry-after": "12"}),
        Retryable,
        "-1003: Too much request weight",
        after=12.0,
    ),
    "rest_error_418_banned.json": Fails(
        Asked("quote", ("BNBBTC",), headers={"retry-after": "259200"}),
        Retryable,
        "IP banned",
        after=259_200.0,
    ),
}


@pytest.mark.parametrize("file", EXPECTED)
def test_file_of_the_wire(shared: Path, file: str) -> None:
    check(BinanceRest(), shared, f"binance/{file}", EXPECTED[file])


def test_every_file_of_the_wire_is_expected(shared: Path) -> None:
    assert files(shared, "binance") == {f"binance/{file}" for file in EXPECTED}


def test_a_ban_says_until_when_in_its_text_where_no_header_does() -> None:
    until_ms = RECEIVED // 1_000 + 90_000
    body = f'{{"code":-1003,"msg":"Way too much; IP banned until {until_ms}."}}'.encode()
    with pytest.raises(Retryable) as caught:
        parse(BinanceRest(), QUOTE, body, 418)
    assert caught.value.after == 90.0


def test_a_country_that_is_shut_out_is_final() -> None:
    with pytest.raises(Fatal, match="HTTP 451"):
        parse(BinanceRest(), QUOTE, b'{"code":0,"msg":"restricted location"}', 451)


def test_a_full_page_of_klines_calls_for_the_next_one() -> None:
    binance = BinanceRest(BarSpan(timedelta(minutes=1), days=2), clock=lambda: 200_000.0)
    [first] = binance.requests("bars", ["BTCUSDT"])
    assert first.params["startTime"] == "27200000"
    rows = [[60_000 * index, "1", "1", "1", "1", "1"] for index in range(1_000)]
    context = Context(first, RECEIVED)
    [second] = binance.follow("bars", json.dumps(rows).encode(), context)
    assert second.params == {**first.params, "startTime": str(60_000 * 999 + 1)}
    assert (second.weight, second.interval) == (2, MINUTE)
    assert list(binance.follow("bars", json.dumps(rows[:-1]).encode(), context)) == []


def test_requests_weigh_what_binance_says() -> None:
    weights = {
        capability: request.weight
        for capability in BinanceRest.spec.capabilities
        for request in BinanceRest().requests(capability, ["BTCUSDT"])
    }
    assert weights == {"quote": 2, "bars": 2, "trades": 25}
