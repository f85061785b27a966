from datetime import timedelta
from pathlib import Path

import pytest

from connectors.providers.adapter import BarSpan
from connectors.providers.massive import Massive
from connectors.providers.observations import BarRow, Fundamental, Quote, TradeTick
from connectors.providers.spec import Context, Fatal, Malformed, Request, Retryable, UnknownSymbol
from tests.connectors.providers.wire import (
    DAY,
    RECEIVED,
    Asked,
    Fails,
    Gives,
    at,
    check,
    files,
    parse,
)

QUOTE = Asked("quote", ("AAPL",))
BARS = Asked("bars", ("AAPL",), interval=DAY)
FIGURES = Asked("fundamentals", ("AAPL",))
EXPECTED = {
    "rest_prev.json": Gives(QUOTE, 1, Quote("AAPL", at("2020-11-10T16:00:00-05:00"), 115.97)),
    "rest_snapshot_ticker.json": Gives(QUOTE, 1, Quote("AAPL", 1_605_195_918_306_274, 120.47)),
    "rest_last_trade.json": Gives(QUOTE, 1, Quote("AAPL", 1_617_901_342_969_834, 129.8473)),
    "rest_aggs_range.json": Gives(
        BARS,
        2,
        BarRow(
            "AAPL", at("2020-01-02T00:00-05:00"), 74.06, 75.15, 73.7975, 75.0875, 135_647_456.0, DAY
        ),
        BarRow(
            "AAPL",
            at("2020-01-03T00:00-05:00"),
            74.2875,
            75.145,
            74.125,
            74.3575,
            146_535_512.0,
            DAY,
        ),
    ),
    "rest_grouped_daily.json": Gives(
        Asked("bars", ("KIMpL", "TANH", "VSAT")),
        3,
        BarRow("KIMpL", at("2020-10-14T16:00-04:00"), 26.07, 26.25, 25.91, 25.9102, 4_369.0),
        {"symbol": "VSAT", "close": 34.24},
    ),
    "rest_trades_page.json": Gives(
        Asked("trades", ("AAPL",)),
        2,
        TradeTick("AAPL", 1_651_181_822_461_979, 156.43, 10.0, "11:183276"),
        TradeTick("AAPL", 1_651_181_822_461_979, 157.43, 10.0, "12:183276"),
    ),
    "rest_news.json": Gives(
        Asked("news", ("UBS",)),
        1,
        {
            "symbol": "UBS",
            "ts_event": at("2024-06-24T18:33:53Z"),
            "source": "Investing.com",
            "url": "https://uk.investing.com/news/stock-market-news/"
            "markets-are-underestimating-fed-cuts-ubs-3559968",
        },
    ),
    "rest_financials_vX.json": Gives(
        Asked("fundamentals", ("SITE",)),
        43,
        Fundamental(
            symbol="SITE",
            ts_event=at("2022-05-04T00:00Z"),
            metric="balance_sheet:assets",
            value=2_407_400_000.0,
            unit="USD",
            period_start="2022-01-03",
            period_end="2022-04-03",
        ),
        {"metric": "income_statement:revenues", "value": 805_300_000.0},
    ),
    "rest_financials_vX_fixture.json": Gives(
        Asked("fundamentals", ("NXPI",)),
        47,
        {"ts_event": at("2022-05-03T00:00Z"), "value": 251_000_000.0, "unit": "USD"},
        {"metric": "income_statement:operating_income_loss", "value": 873_000_000.0},
    ),
    "rest_ticker_details_AAPL.json": Gives(
        FIGURES,
        3,
        Fundamental("AAPL", RECEIVED, "market_cap", 2_488_795_282_370.0, "USD"),
        {"metric": "weighted_shares_outstanding", "value": 16_185_181_000.0},
    ),
    "rest_marketstatus_now.json": Fails(QUOTE, Malformed, "another shape"),
    "rest_error_429.json": Fails(QUOTE, Retryable, "maximum requests per minute", after=60.0),
    "rest_error_401.json": Fails(QUOTE, Fatal, "Unknown API Key"),
    "rest_error_403_not_authorized.json": Fails(QUOTE, Fatal, "upgrade your plan"),
}


@pytest.mark.parametrize("file", EXPECTED)
def test_file_of_the_wire(shared: Path, file: str) -> None:
    check(Massive(), shared, f"massive/{file}", EXPECTED[file])


def test_every_file_of_the_wire_is_expected(shared: Path) -> None:
    assert files(shared, "massive") == {f"massive/{file}" for file in EXPECTED}


@pytest.mark.parametrize(
    ("file", "error"), [("429", Retryable), ("401", Fatal), ("403_not_authorized", Fatal)]
)
def test_an_error_with_http_200_is_an_error(
    shared: Path, file: str, error: type[Exception]
) -> None:
    body = (shared / f"wire/massive/rest_error_{file}.json").read_bytes()
    with pytest.raises(error):
        parse(Massive(), QUOTE, body, 200)


def test_the_next_page_is_asked_for_at_the_same_host(shared: Path) -> None:
    body = (shared / "wire/massive/rest_aggs_range.json").read_bytes()
    body = body.replace(b"https://api.massive.com", b"https://elsewhere.example")
    asked = Request("/v2/aggs", {"limit": "2"}, ("AAPL",), interval=DAY)
    [request] = Massive().follow("bars", body, Context(asked, RECEIVED))
    assert request == Request(
        "/v2/aggs/ticker/AAPL/range/1/day/1578114000000/2020-01-10",
        {"cursor": "bGltaXQ9MiZzb3J0PWFzYw"},
        ("AAPL",),
        interval=DAY,
    )


def test_the_last_page_of_bars_and_other_answers_call_for_nothing_more(shared: Path) -> None:
    news = (shared / "wire/massive/rest_news.json").read_bytes()
    context = Context(Request("/"), RECEIVED)
    assert list(Massive().follow("news", news, context)) == []
    assert list(Massive().follow("bars", b'{"results": []}', context)) == []


def test_todays_statements_are_flat() -> None:
    body = (
        b'{"status":"OK","results":[{"tickers":["AAPL"],"period_end":"2026-06-30",'
        b'"filing_date":"2026-08-01","fiscal_year":2026,"fiscal_quarter":3,'
        b'"timeframe":"quarterly","revenue":95000000000}]}'
    )
    assert parse(Massive(), FIGURES, body) == [
        Fundamental("AAPL", at("2026-08-01T00:00Z"), "revenue", 95e9, "", period_end="2026-06-30")
    ]


def test_an_unknown_ticker_is_told_with_404_or_with_no_results() -> None:
    with pytest.raises(UnknownSymbol, match="AAPL"):
        parse(Massive(), QUOTE, b'{"status":"NOT_FOUND","message":"Ticker not found."}', 404)
    assert parse(Massive(), BARS, b'{"status":"OK","resultsCount":0}') == []
    with pytest.raises(UnknownSymbol):
        parse(Massive(), QUOTE, b'{"status":"OK","resultsCount":0}')


def test_bars_are_asked_for_by_date() -> None:
    massive = Massive(BarSpan(timedelta(hours=1), days=2), clock=lambda: RECEIVED / 1e6)
    [request] = massive.requests("bars", ["BRK.B"])
    assert request.path == "/v2/aggs/ticker/BRK.B/range/1/hour/2026-11-16/2026-11-18"
