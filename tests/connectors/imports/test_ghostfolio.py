"""Ghostfolio, on its own samples and on a file with every type of activity."""

import json
from pathlib import Path

import pytest

from connectors.imports.imported import ImportRefused
from connectors.imports.moments import moment
from tests.connectors.imports.conftest import Read, held, told
from tests.connectors.imports.samples import GHOSTFOLIO


def test_every_type_of_activity_is_booked_or_told(read: Read) -> None:
    imported = read(GHOSTFOLIO)
    found = [(one.line, one.kind, one.symbol, one.amount, one.fee) for one in imported.transactions]
    assert found == [
        (2, "fee", "", 49.0, 0.0),
        (3, "buy", "MSFT", None, 19.0),
        (4, "sell", "MSFT", None, 1.0),
        (5, "dividend", "MSFT", pytest.approx(1.86), 0.0),
        (7, "interest", "", 10.0, 0.0),
        (8, "buy", "House", None, 0.0),
    ]
    assert told(imported, left_out=True) == {
        (6, "missing_field"),
        (9, "liability"),
        (10, "unreadable_date"),
    }


def test_holdings_are_what_the_trades_leave_without_fees(read: Read) -> None:
    imported = read(GHOSTFOLIO)
    msft = held(imported)["MSFT"]
    assert (msft.quantity, msft.avg_cost, msft.currency) == (3.0, 298.58, "USD")
    assert (8, "manual_asset") in told(imported, left_out=False)


def sample(shared: Path, name: str) -> bytes:
    file = shared / "data" / "portfolio" / name
    if not file.exists():
        pytest.skip(f"{file} is not there")
    return file.read_bytes()


def test_the_sample_with_dates_of_all_kinds_is_read(shared: Path, read: Read) -> None:
    imported = read(sample(shared, "ghostfolio_sample.csv"))
    assert [(one.kind, one.ts_event) for one in imported.transactions] == [
        ("fee", moment("2021-09-01")),
        ("buy", moment("2021-09-16")),
        ("dividend", moment("2021-11-17")),
        ("buy", moment("2022-01-01")),
    ]
    assert told(imported, left_out=True) == {(6, "zero_quantity")}


def test_the_export_as_json_says_the_same_as_the_csv(shared: Path, read: Read) -> None:
    data = sample(shared, "ghostfolio_sample.json")
    imported, csv = read(data), read(sample(shared, "ghostfolio_sample.csv"))
    assert imported.lines == tuple(range(1, len(json.loads(data)["activities"]) + 1))
    as_told = [(one.kind, one.ts_event, one.amount) for one in csv.transactions]
    assert [(one.kind, one.ts_event, one.amount) for one in imported.transactions] == as_told
    house = next(one for one in imported.holdings if one.symbol != "MSFT")
    assert house.name == "Penthouse Apartment"
    assert (0, "balances_not_read") in told(imported, left_out=False)


def test_what_is_later_than_now_is_told_and_kept(read: Read) -> None:
    text = GHOSTFOLIO.replace("16/09/2021", "06-06-2050")
    imported = read(text, latest=moment("2026-01-01"))
    assert (3, "future_date") in told(imported, left_out=False)
    assert 3 in {one.line for one in imported.transactions}


def test_the_same_id_twice_is_one_activity(read: Read) -> None:
    buy = {
        "id": "x", "type": "BUY", "symbol": "MSFT", "quantity": 2, "unitPrice": 10, "fee": 0,
        "currency": "USD", "dataSource": "YAHOO", "date": "2021-09-16T00:00:00.000Z",
    }  # fmt: skip
    imported = read(json.dumps({"activities": [buy, buy, {**buy, "quantity": 3}]}))
    assert held(imported)["MSFT"].quantity == 5.0
    assert told(imported, left_out=True) == {(2, "duplicate_transaction")}
    assert told(imported, left_out=False) == {(3, "reused_id")}


def test_activities_that_are_no_list_are_refused(read: Read) -> None:
    with pytest.raises(ImportRefused, match="no list"):
        read('{"activities": {}}')
