from pathlib import Path

import pytest

from connectors.providers.finnhub import Finnhub
from connectors.providers.observations import BarRow, Fundamental, Quote
from connectors.providers.spec import Fatal, Malformed, Retryable, UnknownSymbol
from tests.connectors.providers.wire import DAY, RECEIVED, Asked, Fails, Gives, check, files, parse

QUOTE = Asked("quote", ("AAPL",))
BARS = Asked("bars", ("AAPL",), interval=DAY)
FIGURES = Asked("fundamentals", ("AAPL",))
EXPECTED = {
    "rest_quote.json": Gives(QUOTE, 1, Quote("AAPL", 1_582_641_000_000_000, 261.74)),
    "rest_quote_unknown_symbol.json": Fails(QUOTE, UnknownSymbol, "every number of its quote is 0"),
    "rest_stock_candle_PREMIUM.json": Gives(
        BARS,
        3,
        BarRow("AAPL", 1_569_297_600_000_000, 221.03, 222.49, 217.19, 217.68, 33_463_820.0, DAY),
        BarRow("AAPL", 1_569_470_400_000_000, 220.0, 220.94, 218.83, 219.89, 20_730_608.0, DAY),
    ),
    "rest_profile2.json": Gives(
        FIGURES,
        2,
        Fundamental("AAPL", RECEIVED, "marketCapitalization", 1_415_993.0, "million"),
        Fundamental("AAPL", RECEIVED, "shareOutstanding", 4_375.47998046875, "million shares"),
    ),
    "rest_metric.json": Gives(
        FIGURES,
        5,  # of six: 52WeekLowDate is no number
        Fundamental("AAPL", RECEIVED, "10DayAverageTradingVolume", 32.50147),
        Fundamental("AAPL", RECEIVED, "beta", 1.2989),
    ),
    "rest_company_news.json": Gives(
        Asked("news", ("AAPL",)),
        3,
        {
            "symbol": "AAPL",
            "ts_event": 1_569_550_360_000_000,
            "url": "https://economictimes.indiatimes.com/industry/cons-products/electronics/"
            "more-sops-needed-to-boost-electronic-manufacturing-top-govt-official/"
            "articleshow/71321308.cms",
            "source": "The Economic Times India",
        },
        {"ts_event": 1_569_526_180_000_000, "source": "TheStreet"},
    ),
    "rest_market_status.json": Fails(QUOTE, Malformed, "another shape"),
    "rest_peers.json": Fails(QUOTE, Malformed, "another shape"),
    "rest_recommendation.json": Fails(FIGURES, Malformed, "another shape"),
    "rest_search.json": Fails(QUOTE, Malformed, "another shape"),
    "rest_error_401.json": Fails(QUOTE, Fatal, "use an API key"),
    "rest_error_403.json": Fails(BARS, Fatal, "don't have access"),
    "rest_error_429.json": Fails(
        Asked("quote", ("AAPL",), headers={"x-ratelimit-reset": "1795000017"}),
        Retryable,
        "API limit reached",
        after=17.0,
    ),
}


@pytest.mark.parametrize("file", EXPECTED)
def test_file_of_the_wire(shared: Path, file: str) -> None:
    check(Finnhub(), shared, f"finnhub/{file}", EXPECTED[file])


def test_every_file_of_the_wire_is_expected(shared: Path) -> None:
    assert files(shared, "finnhub") == {f"finnhub/{file}" for file in EXPECTED}


def test_an_error_with_http_200_is_told_in_its_own_words() -> None:
    with pytest.raises(Fatal, match="no access"):
        parse(Finnhub(), QUOTE, b'{"error": "no access"}')


def test_no_candles_are_no_bars() -> None:
    assert parse(Finnhub(), BARS, b'{"s": "no_data"}') == []


def test_columns_of_unequal_length_are_no_candles() -> None:
    with pytest.raises(Malformed):
        parse(Finnhub(), BARS, b'{"s":"ok","t":[1,2],"o":[1],"h":[1],"l":[1],"c":[1],"v":[1]}')


def test_an_empty_profile_is_an_unknown_symbol() -> None:
    with pytest.raises(UnknownSymbol):
        parse(Finnhub(), FIGURES, b"{}")
