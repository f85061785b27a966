import math
from typing import Any

import orjson
import pytest

from transforms.portfolio.transactions import Transaction, defect, read_transactions

MILLION = 1_000_000


@pytest.mark.parametrize(
    ("kind", "cash", "units"),
    [
        ("buy", -2015, 10.0),
        ("sell", 1985, -10.0),
        ("dividend", 1985, 0.0),
        ("interest", 1985, 0.0),
        ("deposit", 1985, 0.0),
        ("withdrawal", -2015, 0.0),
        ("fee", -2015, 0.0),
        ("tax", -2015, 0.0),
        ("split", -15, 0.0),
    ],
)
def test_what_each_kind_moves(kind: str, cash: int, units: float) -> None:
    found = Transaction(1, kind, "X", 10.0, 1.0, 2000 * MILLION, 15 * MILLION)
    assert (found.cash, found.units) == (cash * MILLION, units)


@pytest.mark.parametrize("kind", ["buy", "sell", "fee", "tax", "deposit", "withdrawal"])
def test_signs_of_quantity_amount_and_fee_do_not_matter(kind: str) -> None:
    plain = Transaction(1, kind, "X", 10.0, 2.0, 20, 3)
    signed = Transaction(1, kind, "X", -10.0, 2.0, -20, -3)
    assert (signed.cash, signed.units) == (plain.cash, plain.units)


def test_interest_can_be_paid_and_a_dividend_taken_back() -> None:
    assert Transaction(1, "interest", amount=-7).cash == -7
    assert Transaction(1, "dividend", "X", amount=-7).cash == -7


def test_without_an_amount_quantity_times_price_is_meant() -> None:
    assert Transaction(1, "buy", "X", 3.0, 0.1).value == 300_000
    assert Transaction(1, "buy", "X", 3.0, 0.1, 290_000).value == 290_000


def test_a_document_is_read_in_order_of_time() -> None:
    entries: list[dict[str, Any]] = [
        {"ts_event": 9, "kind": "sell", "symbol": "X", "quantity": 1, "price": 2.5, "fee": 0.1},
        {"ts_event": 4, "kind": "deposit", "amount": 12.34, "currency": "INR", "symbol": None},
    ]
    assert read_transactions(orjson.dumps(entries)) == [
        Transaction(4, "deposit", amount=12_340_000, currency="INR"),
        Transaction(9, "sell", "X", 1.0, 2.5, None, 100_000),
    ]


@pytest.mark.parametrize(
    ("transactions", "reason"),
    [
        ([], "no transactions"),
        (
            [Transaction(1, "fee", currency="USD"), Transaction(1, "fee", currency="INR")],
            "transactions in more than one currency: INR, USD",
        ),
        ([Transaction(1, "gift", "X")], "unknown kind of transaction: gift"),
        ([Transaction(1, "split", "X", 0.0)], "a split of X without units"),
        ([Transaction(1, "buy", "X", 1e9, 1e9)], "a buy of X is too large or no number"),
        ([Transaction(1, "buy", "X", math.nan, 1.0)], "a buy of X is too large or no number"),
        ([Transaction(1, "buy", "X", math.inf, 0.0)], "a buy of X is too large or no number"),
        ([Transaction(1, "fee", amount=10**18)], "a fee of the account is too large or no number"),
    ],
)
def test_what_cannot_be_computed_is_said(transactions: list[Transaction], reason: str) -> None:
    assert defect(transactions) == reason


def test_an_unnamed_currency_is_that_of_the_account() -> None:
    assert defect([Transaction(1, "fee", currency="INR"), Transaction(2, "fee", amount=1)]) is None


def test_an_amount_beyond_all_integers_is_refused_and_not_raised() -> None:
    document = b'[{"ts_event": 1, "kind": "fee", "amount": 1e300}]'
    assert defect(read_transactions(document)) == "a fee of the account is too large or no number"
