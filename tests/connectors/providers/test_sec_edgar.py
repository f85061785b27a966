import json
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.providers.access import Access
from connectors.providers.observations import Fundamental, NewsItem
from connectors.providers.sec_edgar import SecEdgar
from connectors.providers.spec import Context, Fatal, Request, Retryable, UnknownSymbol
from tests.connectors.providers.wire import RECEIVED, Asked, Fails, Gives, at, check, files, parse

DIRECTORY = "/files/company_tickers.json"
FACTS = Asked("fundamentals", ("SNOW",))
EXPECTED = {
    "rest_submissions_CIK0001318605_trim.json": Gives(
        Asked("news", ("TSLA",)),
        25,
        NewsItem(
            symbol="TSLA",
            ts_event=at("2022-11-30T16:42:36-05:00"),
            url="https://www.sec.gov/Archives/edgar/data/1318605/000179056522000015/"
            "xslF345X03/edgardoc.xml",
            title="Tesla, Inc.: form 4",
            source="SEC EDGAR",
        ),
        {"symbol": "TSLA", "source": "SEC EDGAR"},
    ),
    "rest_companyfacts_CIK0001640147_trim.json": Gives(
        FACTS,
        280,  # of 447: the others repeat a value that was filed before
        Fundamental(
            symbol="SNOW",
            ts_event=at("2021-03-31T00:00Z"),
            metric="dei:EntityCommonStockSharesOutstanding",
            value=288_700_000.0,
            unit="shares",
            period_end="2021-03-01",
        ),
        {"metric": "us-gaap:StockholdersEquity", "value": 2_408_000_000.0, "unit": "USD"},
    ),
    "rest_company_tickers_trim.json": Gives(Asked("news", ("AAPL", "NO"), path=DIRECTORY), 0),
    "rest_error_403.html": Fails(FACTS, Fatal, "Undeclared Automated Tool"),
    "rest_error_429.html": Fails(FACTS, Retryable, "Request Rate Threshold", after=600.0),
}


@pytest.mark.parametrize("file", EXPECTED)
def test_file_of_the_wire(shared: Path, file: str) -> None:
    check(SecEdgar(), shared, f"sec_edgar/{file}", EXPECTED[file])


def test_every_file_of_the_wire_is_expected(shared: Path) -> None:
    assert files(shared, "sec_edgar") == {f"sec_edgar/{file}" for file in EXPECTED}


def fact(value: float, filed: str) -> dict[str, object]:
    return {"start": "2025-01-01", "end": "2025-03-31", "val": value, "filed": filed, "accn": filed}


def test_a_restated_value_is_told_again_and_a_repeated_one_is_not() -> None:
    filings = [
        fact(7, "2025-08-01"),
        fact(7, "2025-05-01"),
        fact(8, "2026-05-01"),
        fact(8, "2026-08-01"),
    ]
    facts = {"us-gaap": {"Assets": {"units": {"USD": filings}}}}
    found = parse(SecEdgar(), FACTS, json.dumps({"facts": facts}).encode())
    assert [(one.value, one.ts_event) for one in found] == [
        (7.0, at("2025-05-01T00:00Z")),
        (8.0, at("2026-05-01T00:00Z")),
    ]


def test_tickers_are_looked_up_once(shared: Path) -> None:
    edgar = SecEdgar()
    body = (shared / "wire/sec_edgar/rest_company_tickers_trim.json").read_bytes()
    known, directory = edgar.requests("news", ["AAPL", "1318605"])
    assert known.path == "/submissions/CIK0001318605.json"
    assert directory == Request(DIRECTORY, {}, ("AAPL",), base_url="https://www.sec.gov")
    [follow] = edgar.follow("news", body, Context(directory, RECEIVED))
    assert follow == Request("/submissions/CIK0000320193.json", {}, ("AAPL",))
    [again] = edgar.requests("fundamentals", ["AAPL"])
    assert again.path == "/api/xbrl/companyfacts/CIK0000320193.json"


def test_a_ticker_that_is_not_listed_is_an_unknown_symbol(shared: Path) -> None:
    body = (shared / "wire/sec_edgar/rest_company_tickers_trim.json").read_bytes()
    with pytest.raises(UnknownSymbol, match="ZZZZ"):
        parse(SecEdgar(), replace(FACTS, symbols=("ZZZZ",), path=DIRECTORY), body)


@pytest.mark.parametrize("key", [None, "just-a-name"])
def test_without_a_mail_address_nothing_is_asked(key: str | None) -> None:
    with pytest.raises(Fatal, match=r"contact@company\.com"):
        Access(key=key).check(SecEdgar.spec, "news")


def test_the_contact_is_the_user_agent() -> None:
    access = Access(key="Example Corp admin@example.com")
    access.check(SecEdgar.spec, "news")
    _, _, headers = access.address(SecEdgar.spec, Request("/x"))
    assert headers["User-Agent"] == "Example Corp admin@example.com"
