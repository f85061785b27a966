"""Kite Connect, on the official mocks and on answers made from the documentation."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.imports.imported import ImportRefused
from tests.connectors.imports.conftest import Read, held, told
from tests.connectors.imports.samples import kite, kite_holding


@pytest.mark.parametrize(
    ("members", "quantity"),
    [
        ({"quantity": 0, "t1_quantity": 1, "realised_quantity": 0}, 1.0),
        ({"quantity": 10, "t1_quantity": 4, "realised_quantity": 10}, 14.0),
        ({"quantity": 14, "t1_quantity": 4, "realised_quantity": 10}, 14.0),
        ({"quantity": 10, "collateral_quantity": 5}, 15.0),
        ({"quantity": 0, "realised_quantity": 0, "collateral_quantity": 5}, 5.0),
    ],
)
def test_what_was_bought_yesterday_and_what_is_pledged_is_held(
    read: Read, members: dict[str, int], quantity: float
) -> None:
    imported = read(kite(kite_holding(**members)))
    assert held(imported)["INFY"].quantity == quantity
    kinds = {kind for _, kind in told(imported, left_out=False)}
    wanted = {"t1_quantity"} if members.get("t1_quantity") else {"pledged_quantity"}
    assert kinds == wanted


def test_margin_financed_units_are_a_lot_of_their_own(read: Read) -> None:
    mtf = {"quantity": 30, "average_price": 100, "used_quantity": 0}
    imported = read(kite(kite_holding(quantity=10, average_price=200, mtf=mtf)))
    infy = held(imported)["INFY"]
    assert (infy.quantity, infy.avg_cost) == (40.0, 125.0)
    assert told(imported, left_out=False) == {(1, "mtf_quantity"), (1, "split_lots")}


def test_only_margin_financed_units_are_held_too(read: Read) -> None:
    mtf = {"quantity": 30, "average_price": 100}
    imported = read(kite(kite_holding(quantity=0, realised_quantity=0, mtf=mtf)))
    infy = held(imported)["INFY"]
    assert (infy.quantity, infy.avg_cost) == (30.0, 100.0)


def test_one_symbol_on_two_exchanges_is_one_holding(read: Read) -> None:
    nse = kite_holding(quantity=10, average_price=100)
    bse = kite_holding(quantity=30, average_price=200, exchange="BSE")
    imported = read(kite(nse, bse))
    infy = held(imported)["INFY"]
    assert (infy.quantity, infy.avg_cost, infy.lines) == (40.0, 175.0, (1, 2))
    assert told(imported, left_out=False) == {(1, "split_lots")}


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (kite_holding(quantity=0), "zero_quantity"),
        (kite_holding(quantity=None), "missing_field"),
        (kite_holding(quantity="ten"), "unreadable_number"),
        (kite_holding(tradingsymbol=""), "missing_field"),
        ("nonsense", "missing_field"),
    ],
)
def test_what_cannot_count_is_told(read: Read, item: Any, kind: str) -> None:
    imported = read(kite(kite_holding("TCS"), item))
    assert set(held(imported)) == {"TCS"}
    assert told(imported, left_out=True) == {(2, kind)}


def test_a_cost_that_cannot_be_read_leaves_the_holding(read: Read) -> None:
    imported = read(kite(kite_holding(average_price="?")))
    assert held(imported)["INFY"].avg_cost is None
    assert told(imported, left_out=False) == {(1, "unreadable_number")}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"status": "error", "message": "Token expired", "error_type": "X"}, "Token expired"),
        ({"status": "success", "data": {"net": [], "day": []}}, "no list of holdings"),
    ],
)
def test_an_answer_that_is_no_holdings_is_refused(
    read: Read, body: dict[str, Any], why: str
) -> None:
    with pytest.raises(ImportRefused, match=why):
        read(json.dumps(body))


@pytest.mark.parametrize(
    ("name", "holdings", "transactions"),
    [("holdings", 2, 0), ("mf_holdings", 3, 0), ("trades", 3, 4)],
)
def test_the_official_mocks_are_read(
    shared: Path, read: Read, name: str, holdings: int, transactions: int
) -> None:
    file = shared / "wire" / "zerodha_kite" / f"{name}.json"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    imported = read(file.read_bytes())
    assert imported.format == "kite_json"
    assert (len(imported.holdings), len(imported.transactions)) == (holdings, transactions)
    assert not told(imported, left_out=True)
    assert len(imported.lines) == len(json.loads(file.read_bytes())["data"])
