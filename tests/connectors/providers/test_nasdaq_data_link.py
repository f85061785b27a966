from pathlib import Path

import pytest

from connectors.providers.nasdaq_data_link import NasdaqDataLink
from connectors.providers.observations import Fundamental, MacroPoint
from connectors.providers.spec import Context, Fatal, Request, Retryable, UnknownSymbol
from tests.connectors.providers.wire import RECEIVED, Asked, Fails, Gives, at, check, files, parse

SERIES = Asked("macro", ("NSE/OIL",))
TABLE = Asked("fundamentals", ("MER/F1:AAPL",))
EXPECTED = {
    "rest_timeseries_data.json": Gives(
        SERIES,
        12,
        MacroPoint("NSE/OIL:column.1", at("2015-07-11T00:00Z"), 444.3),
        MacroPoint("NSE/OIL:column.3", at("2015-07-15T00:00Z"), 3.0),
    ),
    "rest_datatable.json": Gives(
        TABLE,
        2,
        Fundamental(
            "MER/F1:AAPL", at("2015-07-11T00:00Z"), "tot_oper_exp", 456.9, period_end="2015-07-11"
        ),
        {"ts_event": at("2015-07-14T00:00Z"), "value": 419.1},
    ),
    "rest_error_429.json": Fails(SERIES, Retryable, "QELx01: .*50 calls per day", after=3_600.0),
    "rest_error_403.json": Fails(TABLE, Fatal, "QEPx04: .*do not have permission"),
}


@pytest.mark.parametrize("file", EXPECTED)
def test_file_of_the_wire(shared: Path, file: str) -> None:
    check(NasdaqDataLink(), shared, f"nasdaq_data_link/{file}", EXPECTED[file])


def test_every_file_of_the_wire_is_expected(shared: Path) -> None:
    assert files(shared, "nasdaq_data_link") == {f"nasdaq_data_link/{file}" for file in EXPECTED}


def test_a_table_is_read_page_by_page(shared: Path) -> None:
    body = (shared / "wire/nasdaq_data_link/rest_datatable.json").read_bytes()
    [first] = NasdaqDataLink().requests("fundamentals", ["MER/F1:AAPL"])
    context = Context(first, RECEIVED)
    [second] = NasdaqDataLink().follow("fundamentals", body, context)
    assert second == Request(
        "/datatables/MER/F1.json",
        {"ticker": "AAPL", "qopts.cursor_id": "abc123"},
        ("MER/F1:AAPL",),
    )
    last = body.replace(b'"abc123"', b"null")
    assert list(NasdaqDataLink().follow("fundamentals", last, context)) == []


def test_a_single_column_keeps_the_name_of_its_set() -> None:
    body = b'{"dataset_data":{"column_names":["Date","Value"],"data":[["2026-01-01",null]]}}'
    assert parse(NasdaqDataLink(), SERIES, body) == [
        MacroPoint("NSE/OIL", at("2026-01-01T00:00Z"), None)
    ]


def test_a_code_that_does_not_exist_is_an_unknown_symbol() -> None:
    body = b'{"quandl_error":{"code":"QECx02","message":"incorrect code"}}'
    with pytest.raises(UnknownSymbol, match="NSE/OIL: QECx02"):
        parse(NasdaqDataLink(), SERIES, body, 404)


def test_what_cannot_be_a_data_set_is_refused_after_the_others() -> None:
    requests = NasdaqDataLink().requests("macro", ["AAPL", "FRED/GDP"])
    assert next(requests).path == "/datasets/FRED/GDP/data.json"
    with pytest.raises(UnknownSymbol, match="AAPL: no data set"):
        next(requests)
