import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.portfolio.valuation import billionths, market_value, profit, share, too_large


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e5))
def test_micros_are_those_of_one_rounding(quantity: float, price: float) -> None:
    value = market_value(np.array([quantity]), np.array([price]))
    expected = round(quantity * price * 1e6)
    assert value[0] == (expected if abs(quantity * price * 1e6) <= 1e17 else 0)


def test_what_has_no_price_or_cannot_be_added_up_has_no_value() -> None:
    quantity, price = np.array([1.0, 1e15, 1.0]), np.array([np.nan, 1e3, 2.0])
    assert market_value(quantity, price).tolist() == [0, 0, 2_000_000]
    assert too_large(quantity, price).tolist() == [False, True, False]


def test_a_share_of_nothing_is_nothing() -> None:
    assert share(np.array([0, 5]), np.array([0, 10])).tolist() == [0.0, 0.5]


def test_billionths_round() -> None:
    assert billionths(np.array([1 / 3])).tolist() == [333_333_333]


def test_profit_is_value_less_cost() -> None:
    cost, gain = profit(np.array([2.0]), np.array([10.0]), np.array([25_000_000]))
    assert (cost[0], gain[0]) == (20_000_000, 5_000_000)
