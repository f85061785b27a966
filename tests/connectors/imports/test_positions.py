"""The average cost method: what is held after trades and splits, in whatever order they stand."""

import random
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

import pytest

from connectors.imports.draft import Entry, Lot
from connectors.imports.imported import Kind
from connectors.imports.positions import walked


def positions(entries: Iterable[Entry]) -> list[Lot]:
    return walked(entries)[1]


def entry(day: int, kind: Kind, quantity: object, price: object = None, **more: object) -> Entry:
    numbers = (None if value is None else Decimal(str(value)) for value in (quantity, price))
    return Entry(day, day, kind, "A", *numbers, currency="EUR", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("trades", "quantity", "cost"),
    [
        ([("buy", 10, 100)], "10", "100"),
        ([("buy", 10, 100), ("buy", 30, 200)], "40", "175"),
        ([("buy", 10, 100), ("buy", 30, 200), ("sell", 20, 999)], "20", "175"),
        ([("buy", 4, 100), ("split", 2, None), ("buy", 2, 20)], "10", "44"),
        ([("buy", 10, 100), ("sell", 15, 120)], "-5", "120"),
        ([("sell", 5, 120), ("buy", 2, 50)], "-3", "120"),
        ([("sell", 5, 120), ("buy", 8, 50)], "3", "50"),
        ([("buy", 3, 10), ("sell", 3, 11), ("buy", 1, 7)], "1", "7"),
    ],
)
def test_the_cost_is_the_mean_of_purchases_and_sales_leave_it(
    trades: list[tuple[Kind, object, object]], quantity: str, cost: str
) -> None:
    entries = [entry(day, *trade) for day, trade in enumerate(trades, 1)]
    [lot] = positions(entries)
    assert (lot.quantity, lot.avg_cost) == (Decimal(quantity), Decimal(cost))


def test_what_nets_to_nothing_is_not_held_however_odd_its_units() -> None:
    trades = [entry(1, "buy", "0.1", 1), entry(2, "buy", "0.2", 1), entry(3, "sell", "0.3", 1)]
    assert positions(trades) == []
    thirds = [entry(1, "buy", 1, 1), entry(2, "split", "0.3333333333333333333333333333")]
    assert positions([*thirds, entry(3, "sell", "0.333333333333", 1)]) == []


def test_a_purchase_without_a_price_costs_its_amount() -> None:
    [lot] = positions([entry(1, "buy", 4, None, amount=Decimal(100))])
    assert lot.avg_cost == 25


def test_the_order_of_lines_does_not_matter_and_purchases_of_an_instant_come_first() -> None:
    trades = [entry(5, "sell", 10, 120), entry(5, "buy", 10, 100), entry(1, "buy", 10, 50)]
    for _ in range(6):
        random.Random(1).shuffle(trades)
        [lot] = positions(trades)
        assert (lot.quantity, lot.avg_cost) == (10, 75)


def test_two_currencies_make_no_cost() -> None:
    dollars = Entry(2, 2, "buy", "A", Decimal(1), Decimal(1), currency="USD")
    [lot] = positions([entry(1, "buy", 1, 1), dollars])
    assert (lot.quantity, lot.avg_cost, lot.currency) == (2, None, "")


def test_added_units_become_a_ratio_of_what_was_held_then() -> None:
    split = entry(3, "split", None, added=Decimal(9))
    known, [lot] = walked([entry(5, "buy", 7, 1), split, entry(2, "buy", 1, 1)])
    assert (known[1].quantity, known[1].added, lot.quantity) == (10, None, 17)
    assert walked([split])[0][0].quantity == 0
    short = [entry(1, "buy", 1, 1), entry(3, "split", None, added=Decimal(-2))]
    assert walked(short)[0][1].quantity == 0


def test_random_trades_agree_with_exact_fractions() -> None:
    draw = random.Random(7)
    for _ in range(200):
        held, cost, entries = Fraction(), Fraction(), []
        for day in range(1, 20):
            units, price = Fraction(draw.randint(1, 400), 100), Fraction(draw.randint(1, 9999), 100)
            if held < units or draw.random() < 0.6:
                kind: Kind = "buy"
                cost = (held * cost + units * price) / (held + units)
                held += units
            else:
                kind, held = "sell", held - units
            entries.append(entry(day, kind, float(units), float(price)))
        found = positions(entries)
        if held:
            assert Fraction(found[0].quantity) == held
            assert abs(Fraction(found[0].avg_cost or 0) - cost) < Fraction(1, 10**20)
        else:
            assert found == []


def test_very_many_splits_and_units_are_walked_through() -> None:
    trades = [entry(1, "buy", 10**12, 1), *(entry(2, "split", 10**6) for _ in range(40))]
    [lot] = positions(trades)
    assert lot.quantity > 10**200
