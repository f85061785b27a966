from pathlib import Path

import pytest

from connectors.providers.alphavantage import AlphaVantage
from connectors.providers.observations import BarRow, Fundamental, Quote
from connectors.providers.spec import Fatal, Malformed, Retryable, UnknownSymbol
from tests.connectors.providers.wire import (
    DAY,
    MINUTE,
    RECEIVED,
    Asked,
    Fails,
    Gives,
    at,
    check,
    files,
    parse,
)

QUOTE = Asked("quote", ("IBM",))
BARS = Asked("bars", ("IBM",), params={"function": "TIME_SERIES_DAILY"}, interval=DAY)
FIGURES = Asked("fundamentals", ("IBM",))
EXPECTED = {
    "rest_GLOBAL_QUOTE_MSFT_json.json": Gives(
        Asked("quote", ("MSFT",)), 1, Quote("MSFT", at("2018-10-05T00:00Z"), 112.13)
    ),
    "rest_GLOBAL_QUOTE_IBM.csv": Gives(QUOTE, 1, Quote("IBM", at("2026-05-15T00:00Z"), 219.3)),
    "rest_CURRENCY_EXCHANGE_RATE.json": Gives(
        Asked("quote", ("USD/JPY",)),
        1,
        Quote("USD/JPY", at("2026-05-17T17:12:44Z"), 158.73166867, "JPY"),
    ),
    "rest_TIME_SERIES_DAILY_IBM_compact.csv": Gives(
        BARS,
        100,
        BarRow("IBM", at("2025-12-22T00:00Z"), 301.03, 303.18, 298.32, 302.79, 2_612_100.0, DAY),
        BarRow("IBM", at("2026-05-15T00:00Z"), 218.2, 220.91, 217.615, 219.3, 6_154_450.0, DAY),
    ),
    "rest_TIME_SERIES_INTRADAY.csv": Gives(
        Asked("bars", ("IBM",), params={"function": "TIME_SERIES_INTRADAY"}),
        100,
        {"ts_event": at("2026-05-15T11:40-04:00"), "close": 218.14},
        BarRow("IBM", at("2026-05-15T19:55-04:00"), 219.03, 219.03, 219.0, 219.0, 158.0),
    ),
    "rest_CRYPTO_INTRADAY.csv": Gives(
        Asked("bars", ("ETH",), params={"function": "CRYPTO_INTRADAY"}),
        100,
        {"ts_event": at("2026-05-17T08:55Z")},
        BarRow("ETH", at("2026-05-17T17:10Z"), 2182.04, 2182.04, 2179.67, 2180.17, 16.0),
    ),
    "rest_TIME_SERIES_INTRADAY_json.json": Gives(
        Asked("bars", ("MSFT",), interval=MINUTE),
        10,
        {"ts_event": at("2017-12-18T14:47-05:00"), "volume": 14_491.0},
        BarRow("MSFT", at("2017-12-18T14:56-05:00"), 86.49, 86.5, 86.475, 86.5, 10_494.0, MINUTE),
    ),
    "rest_OVERVIEW_IBM.json": Gives(
        FIGURES,
        39,
        Fundamental(
            "IBM", RECEIVED, "MarketCapitalization", 206_116_848_000.0, period_end="2026-03-31"
        ),
        {"metric": "PercentInstitutions", "value": 65.315},
    ),
    "rest_EARNINGS_trim.json": Gives(
        FIGURES,
        8,
        Fundamental("IBM", at("2026-04-22T00:00Z"), "reportedEPS", 1.91, period_end="2026-03-31"),
        {"ts_event": at("2024-07-24T00:00Z"), "value": 2.43, "period_end": "2024-06-30"},
    ),
    "rest_NEWS_SENTIMENT_trim.json": Gives(
        Asked("news", ("INTC",)),
        3,
        {
            "ts_event": at("2026-05-17T11:01Z"),
            "source": "Benzinga",
            "sentiment": 0.141562,
        },
        {"source": "MarketBeat"},
    ),
    "rest_TOP_GAINERS_LOSERS.json": Fails(QUOTE, Malformed, "another shape"),
    "rest_MARKET_STATUS.json": Fails(QUOTE, Malformed, "another shape"),
    "rest_REALTIME_BULK_QUOTES.json": Fails(QUOTE, Fatal, "This is a premium endpoint"),
    "rest_premium_endpoint_Information.json": Fails(BARS, Fatal, "This is a premium endpoint"),
    "rest_limit_daily_Information.json": Fails(QUOTE, Retryable, "25 requests", after=3_600.0),
    "rest_limit_daily_Information_2024.json": Fails(QUOTE, Retryable, "25 requests", after=3_600.0),
    "rest_limit_burst_Information_2026.json": Fails(QUOTE, Retryable, "more sparingly", after=1.0),
    "rest_limit_Note_legacy.json": Fails(QUOTE, Retryable, "5 calls per minute", after=60.0),
    "rest_error_message.json": Fails(BARS, UnknownSymbol, "IBM: Invalid API call"),
    "rest_empty_global_quote.json": Fails(QUOTE, UnknownSymbol, "IBM: its quote is empty"),
}


@pytest.mark.parametrize("file", EXPECTED)
def test_file_of_the_wire(shared: Path, file: str) -> None:
    check(AlphaVantage(), shared, f"alphavantage/{file}", EXPECTED[file])


def test_every_file_of_the_wire_is_expected(shared: Path) -> None:
    assert files(shared, "alphavantage") == {f"alphavantage/{file}" for file in EXPECTED}


def test_a_wrong_key_is_no_unknown_symbol() -> None:
    body = b'{"Error Message": "the parameter apikey is invalid or missing."}'
    with pytest.raises(Fatal, match="apikey"):
        parse(AlphaVantage(), QUOTE, body)


def test_a_sentence_nobody_knows_is_final() -> None:
    with pytest.raises(Fatal, match="demo"):
        parse(AlphaVantage(), QUOTE, b'{"Information": "The demo key is for demo purposes."}')


def test_figures_that_are_not_there_are_left_out() -> None:
    body = b'{"Symbol":"X","LatestQuarter":"2026-03-31","EPS":"None","PERatio":"-","Beta":"1.5"}'
    [figure] = parse(AlphaVantage(), FIGURES, body)
    assert (figure.metric, figure.value) == ("Beta", 1.5)


def test_an_exchange_rate_is_asked_for_by_its_two_currencies() -> None:
    [request] = AlphaVantage().requests("quote", ["EUR/USD"])
    assert request.params == {
        "function": "CURRENCY_EXCHANGE_RATE",
        "from_currency": "EUR",
        "to_currency": "USD",
    }
