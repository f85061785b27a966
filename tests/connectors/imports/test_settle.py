"""Symbols of here, money that does not add up, and lots: what all formats share."""

import pytest

from connectors.imports.imported import KnownInstruments
from tests.connectors.imports.conftest import Read, held, told
from tests.connectors.imports.samples import kite, kite_holding

HEADER = "Date,Code,Currency,Price,Quantity,Action,Fee\n"
TR = (
    "datetime;category;type;name;symbol;shares;price;amount;fee;tax;currency;transaction_id\n"
    "2026-01-05T09:00:00Z;TRADING;{side};X;US5949181045;10;100.25;{amount};{fee};;{currency};a\n"
)


def test_an_isin_is_translated_and_an_unknown_symbol_kept_both_told(read: Read) -> None:
    known = KnownInstruments(frozenset({"INFY"}), {"INE009A01021": "INFY"})
    body = kite(kite_holding("INFY-BE"), kite_holding("NOPE", isin="INE000000000"))
    imported = read(body, known=known)
    assert set(held(imported)) == {"INFY", "NOPE"}
    assert told(imported, left_out=False) == {(1, "symbol_mapped"), (2, "unknown_symbol")}


def test_a_symbol_that_is_an_isin_is_translated(read: Read) -> None:
    known = KnownInstruments(frozenset({"MSFT"}), {"US5949181045": "MSFT"})
    imported = read(TR.format(side="BUY", amount="-1002.5", fee="", currency="EUR"), known=known)
    assert set(held(imported)) == {"MSFT"}
    assert imported.transactions[0].symbol == "MSFT"


def test_a_symbol_of_here_is_not_renamed_by_its_isin(read: Read) -> None:
    known = KnownInstruments(frozenset({"INFY", "OTHER"}), {"INE009A01021": "OTHER"})
    assert set(held(read(kite(kite_holding("INFY")), known=known))) == {"INFY"}


def test_without_instruments_nothing_is_unknown(read: Read) -> None:
    assert not read(kite(kite_holding("NOPE"))).findings


def test_an_isin_merges_lots_that_have_two_names(read: Read) -> None:
    known = KnownInstruments(frozenset({"INFY"}), {"INE009A01021": "INFY"})
    body = kite(kite_holding("INFY", average_price=1), kite_holding("INFY-BE", average_price=3))
    infy = held(read(body, known=known))["INFY"]
    assert (infy.quantity, infy.avg_cost) == (20.0, 2.0)


def test_lots_that_cancel_are_told_and_not_held(read: Read) -> None:
    imported = read(kite(kite_holding(quantity=5), kite_holding(quantity=-5)))
    assert not imported.holdings
    assert told(imported, left_out=True) == {(1, "zero_quantity"), (2, "zero_quantity")}


@pytest.mark.parametrize(
    ("side", "amount", "fee", "kind", "booked"),
    [
        ("BUY", "-1002.50", "-1", None, 1002.5),
        ("BUY", "-1002.51", "-1", None, 1002.51),  # rounded to the cent
        ("BUY", "-1003.50", "-1", "amount_includes_fee", 1002.5),
        ("SELL", "1001.50", "-1", "amount_includes_fee", 1002.5),
        ("BUY", "-1003.50", "", "amount_mismatch", 1003.5),
        ("BUY", "-900", "-1", "amount_mismatch", 900.0),
    ],
)
def test_amounts_are_compared_with_units_price_and_fee(
    read: Read, side: str, amount: str, fee: str, kind: str | None, booked: float
) -> None:
    imported = read(TR.format(side=side, amount=amount, fee=fee, currency="EUR"))
    assert imported.transactions[0].amount == booked
    doubts = {kind for _, kind in told(imported, left_out=False) if kind.startswith("amount")}
    assert doubts == ({kind} if kind else set())


def test_a_missing_currency_is_told_and_several_are(read: Read) -> None:
    imported = read(TR.format(side="BUY", amount="-1002.5", fee="", currency=""))
    assert (2, "missing_currency") in told(imported, left_out=False)
    rows = "2026-01-05,A,USD,1,1,buy,0\n2026-01-06,B,EUR,1,1,buy,0\n"
    assert (0, "several_currencies") in told(read(HEADER + rows), left_out=False)


def test_a_split_of_what_is_not_held_is_told(read: Read) -> None:
    text = TR.format(side="SPLIT", amount="", fee="", currency="").replace(
        "TRADING", "CORPORATE_ACTION"
    )
    imported = read(text)
    assert told(imported, left_out=True) == {(2, "split_of_nothing")}


def test_a_comma_that_may_mean_two_things_is_told(read: Read) -> None:
    imported = read(HEADER + '2026-01-05,A,USD,10,"1,234",buy,0\n')
    assert imported.holdings[0].quantity == 1234.0
    assert (0, "ambiguous_numbers") in told(imported, left_out=False)


def test_numbers_of_the_other_kind_are_left_out_of_a_mixed_file(read: Read) -> None:
    rows = '2026-01-05,A,USD,10,1.5,buy,0\n2026-01-05,B,USD,10,"1,5",buy,0\n'
    imported = read(HEADER + rows)
    assert set(held(imported)) == {"A"}
    assert told(imported, left_out=True) == {(3, "unreadable_number")}
    assert (0, "mixed_numbers") in told(imported, left_out=False)


def test_more_units_than_anybody_holds_are_told_and_not_held(read: Read) -> None:
    imported = read(kite(kite_holding(quantity=9e14), kite_holding(quantity=9e14)))
    assert not imported.holdings
    assert told(imported, left_out=True) == {(1, "too_large"), (2, "too_large")}
