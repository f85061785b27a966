import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.advice.trades import (
    Holding,
    decimals_of,
    price_at_least,
    price_reaching,
    price_within,
    trade_to,
    units_for,
    units_raising,
    units_reaching,
    units_within,
)

PRICES = st.floats(1e-4, 1e5)


@given(st.integers(1, 10_000), PRICES, st.integers(1, 60), st.floats(0, 1))
def test_units_left_are_whole_lots_within_the_limit_and_no_more_would_be(
    lots: int, price: float, lot: int, part: float
) -> None:
    holding = Holding("A", float(lots * lot), price, lot)
    limit = int(holding.size(holding.units) * part)
    units = units_within(holding, limit)
    assert units % lot == 0
    assert holding.size(units) <= limit or units == 0
    if units < holding.units:
        assert holding.size(units + lot) >= limit


@given(st.floats(0.01, 1e6), st.integers(1, 10**15))
def test_the_highest_price_is_within_the_limit_and_close_to_it(units: float, limit: int) -> None:
    price = price_within(units, limit)
    assert round(units * price * 1e6) <= limit
    assert price == pytest.approx(limit / (units * 1e6), rel=2e-7, abs=1e-6 / units)


@given(PRICES)
def test_a_price_level_is_rounded_up_to_eight_digits(exact: float) -> None:
    assert exact <= price_at_least(exact) <= exact * (1 + 1.1e-7)


def test_nothing_is_worth_nothing() -> None:
    assert price_within(0.0, 10) == price_within(1.0, 0) == 0.0
    assert price_at_least(-1.5) == -1.5


@pytest.mark.parametrize(
    ("quantity", "places"), [(3.0, 0), (1200.0, 0), (0.25, 2), (1.5, 1), (1e-08, 8)]
)
def test_decimal_places_are_those_a_quantity_is_written_with(quantity: float, places: int) -> None:
    assert decimals_of(quantity) == places


def test_a_trade_carries_an_estimate_only_when_the_policy_names_a_rate() -> None:
    plain, costly = Holding("A", 10.0, 20.0, 1), Holding("A", 10.0, 20.0, 1, 25.0)
    assert trade_to(plain, 4.0, 0.5, 0.1).cost_est is None
    trade = trade_to(costly, 4.0, 0.5, 0.1)
    assert (trade.quantity, trade.amount_micros, trade.cost_est) == (6.0, 120_000_000, 300_000)


@given(st.integers(0, 10_000), PRICES, st.integers(1, 60), st.integers(1, 10**15))
def test_units_that_reach_a_value_are_whole_lots_and_no_fewer_would_do(
    lots: int, price: float, lot: int, least: int
) -> None:
    holding = Holding("A", float(lots * lot), price, lot)
    units = units_reaching(holding, least)
    assert (units - holding.units) % lot == 0
    assert holding.size(units) >= least
    if units > holding.units:
        assert holding.size(units - lot) <= least


@given(PRICES, st.integers(1, 60), st.integers(0, 10**13))
def test_money_pays_for_so_many_lots_and_one_more_lot_raises_it(
    price: float, lot: int, amount: int
) -> None:
    holding = Holding("A", 0.0, price, lot)
    paid, raised = units_for(holding, amount), units_raising(holding, amount)
    assert paid % lot == raised % lot == 0
    assert holding.size(paid) <= amount <= holding.size(raised)
    assert paid <= raised <= paid + 2 * lot


@given(st.floats(0.01, 1e6), st.integers(1, 10**15), st.sampled_from([1.0, 83.25]))
def test_the_lowest_price_reaches_the_value_and_is_close_to_it(
    units: float, least: int, rate: float
) -> None:
    price = price_reaching(units, least, rate)
    assert round(units * (price * rate) * 1e6) >= least
    assert price == pytest.approx(least / (units * rate * 1e6), rel=2e-7, abs=1e-6 / units)
