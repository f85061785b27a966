from datetime import timedelta
from pathlib import Path

import pytest

from connectors.providers.adapter import BarSpan
from connectors.providers.observations import BarRow, Quote
from connectors.providers.spec import Fatal, Malformed, Retryable, UnknownSymbol
from connectors.providers.yahoo import Yahoo, parse_crumb
from tests.connectors.providers.wire import DAY, Asked, Fails, Gives, check, files, parse

QUOTE = Asked("quote", ("AAPL",))
BARS = Asked("bars", ("AAPL",), interval=DAY)
EXPECTED = {
    "rest_chart_v8_AAPL_1d.json": Gives(
        BARS,
        1,
        BarRow(
            "AAPL",
            1_577_975_400_000_000,
            74.05999755859375,
            75.1500015258789,
            73.79750061035156,
            75.0875015258789,
            135_480_400.0,
            DAY,
        ),
    ),
    "rest_chart_v8_AAPL_split_div.json": Gives(
        BARS,
        49,
        {"ts_event": 1_598_880_600_000_000, "open": 127.58000183105469},
        {"ts_event": 1_604_673_000_000_000, "close": 118.69000244140625},
    ),
    "rest_chart_v8_AAPL_1m_empty_weekend.json": Gives(BARS, 0),
    "rest_chart_v8_BTC-USD.json": Gives(
        Asked("bars", ("BTC-USD",)),
        3,
        {"symbol": "BTC-USD", "volume": 18_565_664_997.0, "close": 7_200.17431640625},
        {"ts_event": 1_578_009_600_000_000, "high": 7_413.71533203125},
    ),
    "rest_chart_v8_EURUSD.json": Gives(
        Asked("quote", ("EURUSD=X",)), 1, Quote("EURUSD=X", 1_740_052_002_000_000, 1.0436, "USD")
    ),
    "rest_quote_v7_AAPL.json": Gives(QUOTE, 1, Quote("AAPL", 1_739_566_800_000_000, 244.6, "USD")),
    "rest_quote_v7_AAPL_BABA.json": Gives(
        Asked("quote", ("AAPL", "BABA")),
        2,
        Quote("AAPL", 1_739_566_800_000_000, 244.6, "USD"),
        Quote("BABA", 1_739_566_802_000_000, 124.73, "USD"),
    ),
    "rest_trending_US.json": Fails(QUOTE, Malformed, "another shape"),
    "rest_getcrumb_exchange.json": Fails(QUOTE, Malformed, "another shape"),
    "rest_error_429.txt": Fails(QUOTE, Retryable, "Too Many Requests", after=60.0),
    "rest_error_401_invalid_crumb.json": Fails(QUOTE, Retryable, "Invalid Crumb"),
    "rest_chart_not_found.json": Fails(QUOTE, UnknownSymbol, "AAPL: Not Found"),
}


@pytest.mark.parametrize("file", EXPECTED)
def test_file_of_the_wire(shared: Path, file: str) -> None:
    check(Yahoo(), shared, f"yahoo/{file}", EXPECTED[file])


def test_every_file_of_the_wire_is_expected(shared: Path) -> None:
    assert files(shared, "yahoo") == {f"yahoo/{file}" for file in EXPECTED}


def test_the_crumb_of_a_recorded_exchange_is_taken(shared: Path) -> None:
    recorded = (shared / "wire/yahoo/rest_getcrumb_exchange.json").read_text()
    body = recorded.partition('"bodyText": "')[2].partition('"')[0]
    assert parse_crumb(body.encode(), 200) == "haT3oykhHqZ"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"Too Many Requests", 200),
        (b"Too Many Requests\r\n", 429),
        (b"", 200),
        (b"<html><body>Will be right back</body></html>", 200),
        (b'{"finance":{"result":null}}', 200),
        (b"haT3oykhHqZ", 401),
    ],
)
def test_text_that_is_no_crumb_is_never_taken_for_one(body: bytes, status: int) -> None:
    with pytest.raises(Retryable, match="no crumb"):
        parse_crumb(body, status)


def test_minutes_without_a_trade_are_no_bars() -> None:
    chart = (
        b'{"chart":{"error":null,"result":[{"meta":{"symbol":"A"},"timestamp":[60,120],'
        b'"indicators":{"quote":[{"open":[null,1],"high":[null,3],"low":[null,0.5],'
        b'"close":[null,2],"volume":[null,7]}]}}]}}'
    )
    assert parse(Yahoo(), Asked("bars", ("A",)), chart) == [
        BarRow("A", 120_000_000, 1.0, 3.0, 0.5, 2.0, 7.0)
    ]


def test_a_symbol_keeps_the_spelling_it_was_asked_with(shared: Path) -> None:
    body = (shared / "wire/yahoo/rest_chart_v8_AAPL_1d.json").read_bytes()
    [quote] = parse(Yahoo(), Asked("quote", ("aapl",)), body)
    assert quote.symbol == "aapl"


def test_bars_are_asked_for_in_yahoos_words() -> None:
    yahoo = Yahoo(BarSpan(timedelta(minutes=5), days=2), clock=lambda: 1_000_000.0)
    [request] = yahoo.requests("bars", ["^GSPC"])
    assert request.path == "/v8/finance/chart/^GSPC"
    assert request.params == {"interval": "5m", "period1": "827200", "period2": "1000000"}
    assert request.interval == 300_000_000


def test_bars_that_yahoo_lacks_are_refused() -> None:
    yahoo = Yahoo(BarSpan(timedelta(minutes=7)))
    with pytest.raises(Fatal, match="yahoo has no bars of 0:07:00"):
        list(yahoo.requests("bars", ["AAPL"]))
