import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.portfolio.account import Account, Closes
from transforms.portfolio.time_weighted import time_weighted
from transforms.portfolio.transactions import Transaction as T

DAY = 86_400_000_000
M = 1_000_000
PRICES = [100.0, 110.0, 99.0, 108.9, 98.01, 107.811]
CLOSES: Closes = {"X": (np.arange(1, 7) * DAY, np.array(PRICES))}


def rate(entries: list[T], as_of: int = 6 * DAY, value: int | None = None) -> float | str:
    account = Account(entries, CLOSES)
    worth = int(account.values(np.array([as_of]))[0]) if value is None else value
    return time_weighted(account, as_of, worth)


def test_without_later_flows_it_is_the_return_of_the_holding() -> None:
    assert rate([T(DAY, "buy", "X", 2.0, 100.0)]) == pytest.approx(0.07811)


def test_when_and_how_much_is_paid_in_does_not_matter() -> None:
    more = [T(DAY, "buy", "X", 2.0, 100.0), T(4 * DAY, "buy", "X", 500.0, 108.9)]
    assert rate(more) == pytest.approx(0.07811)


def test_selling_everything_in_the_day_keeps_what_was_earned() -> None:
    sold = [T(DAY, "buy", "X", 1.0, 100.0), T(2 * DAY + 7, "sell", "X", 1.0, 120.0)]
    assert rate(sold) == pytest.approx(0.2)


def test_the_fee_of_a_purchase_and_of_a_sale_both_cost() -> None:
    entries = [
        T(DAY, "buy", "X", 1.0, 100.0, fee=5 * M),
        T(2 * DAY + 7, "sell", "X", 1.0, 120.0, fee=4 * M),
    ]
    assert rate(entries) == pytest.approx(116 / 105 - 1)


def test_a_pause_without_holdings_earns_nothing() -> None:
    entries = [
        T(DAY, "buy", "X", 1.0, 100.0),
        T(2 * DAY, "sell", "X", 1.0, 110.0),
        T(4 * DAY, "buy", "X", 7.0, 108.9),
    ]
    assert rate(entries) == pytest.approx(1.1 * 107.811 / 108.9 - 1)


def test_a_small_flow_is_weighted_by_the_time_it_was_there() -> None:
    entries = [T(DAY, "buy", "X", 10.0, 100.0), T(DAY + DAY // 4, "buy", "X", 0.5, 104.0)]
    first = (10.5 * 110 - 1000 - 52) / (1000 + 0.75 * 52)
    assert rate(entries) == pytest.approx((1 + first) * 107.811 / 110 - 1)


def test_the_close_before_a_small_flow_ends_a_sub_period() -> None:
    entries = [T(DAY, "buy", "X", 10.0, 100.0), T(4 * DAY + DAY // 4, "buy", "X", 0.5, 104.0)]
    fifth = (10.5 * 98.01 - 1089 - 52) / (1089 + 0.75 * 52)
    assert rate(entries) == pytest.approx(1.089 * (1 + fifth) * 107.811 / 98.01 - 1)


def test_a_small_dividend_is_earned() -> None:
    entries = [T(DAY, "buy", "X", 10.0, 100.0), T(2 * DAY, "dividend", "X", amount=33 * M)]
    assert rate(entries) == pytest.approx((1100 + 33) / 1000 * 107.811 / 110 - 1)


def test_deposits_and_withdrawals_are_the_flows_of_an_account_with_cash() -> None:
    entries = [
        T(DAY, "deposit", amount=1000 * M),
        T(DAY, "buy", "X", 5.0, 100.0),
        T(3 * DAY, "deposit", amount=10_000 * M),
        T(5 * DAY, "withdrawal", amount=10_000 * M),
    ]
    to_third, to_fifth = (5 * 99 + 500) / 1000, (5 * 98.01 + 10_500) / (5 * 99 + 10_500)
    to_sixth = (5 * 107.811 + 500) / (5 * 98.01 + 500)
    assert rate(entries) == pytest.approx(to_third * to_fifth * to_sixth - 1)


def test_the_last_sub_period_ends_at_the_value_now() -> None:
    assert rate([T(DAY, "buy", "X", 1.0, 100.0)], 6 * DAY + 5, 125 * M) == pytest.approx(0.25)
    assert rate([T(DAY, "buy", "X", 1.0, 100.0)], DAY, 100 * M) == 0.0


def test_what_was_paid_out_of_nothing_has_no_return() -> None:
    late = [
        T(DAY, "buy", "X", 1.0, 100.0),
        T(2 * DAY, "sell", "X", 1.0, 110.0),
        T(3 * DAY + 9, "dividend", "X", amount=M),
    ]
    assert rate(late) == "the account was worth nothing on 1970-01-04"


def test_an_account_in_debt_has_no_return() -> None:
    short = [T(DAY, "sell", "X", 1.0, 100.0)]
    assert str(rate(short)).startswith("the account was worth nothing on")
    margin = [T(DAY, "deposit", amount=M), T(DAY, "buy", "X", 100.0, 100.0)]
    found = rate(margin, 3 * DAY + 1)
    assert found == "the account lost more than it was worth by 1970-01-04"


def test_all_lost_is_a_return_too() -> None:
    assert rate([T(DAY, "buy", "X", 1.0, 100.0)], value=0) == -1.0


@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.integers(1, 400), st.sampled_from(["buy", "sell"])),
        max_size=12,
    )
)
def test_trades_at_the_close_never_change_the_return_of_what_is_held(
    trades: list[tuple[int, int, str]],
) -> None:
    entries = [T(DAY, "buy", "X", 5000.0, 100.0)]
    for day, units, kind in sorted(trades):
        entries.append(T(day * DAY, kind, "X", float(units), PRICES[day - 1]))
    assert rate(entries) == pytest.approx(0.07811, rel=1e-9)
