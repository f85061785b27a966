from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.portfolio.optimise.conftest import MICROS, portfolio_of
from transforms.portfolio.optimise.capped import capped, infeasible
from transforms.portfolio.optimise.desk import Desk, trade_towards
from transforms.portfolio.optimise.goals import goals_of
from transforms.portfolio.optimise.request import Limits, Portfolio

Make = Callable[..., Portfolio]
FREE = Limits(max_weight=1.0, max_sector_weight=1.0, max_turnover=1.0, cost_bps=0.0)


def traded(portfolio: Portfolio, target: list[float], limits: Limits = FREE) -> Desk:
    return trade_towards(portfolio, goals_of(portfolio, np.array(target), limits), limits)


def orders(desk: Desk) -> list[tuple[str, str, float]]:
    return [(trade.symbol, trade.side, float(trade.quantity)) for trade in desk.trades]


def test_sells_pay_for_buys_in_whole_shares(make: Make) -> None:
    desk = traded(make((10, 100.0), (10, 30.0)), [0.5, 0.5])
    assert orders(desk) == [("A", "sell", 3.0), ("B", "buy", 10.0)]  # 3.5 and 11.67 wanted
    assert desk.cash == 0


def test_lots_are_whole(make: Make) -> None:
    desk = traded(make((1000, 1.0), (500, 1.0), step="50"), [0.6, 0.4])
    assert orders(desk) == [("A", "sell", 100.0), ("B", "buy", 100.0)]
    desk = traded(make((1000, 1.0), (500, 1.0), step="75"), [0.6, 0.4])
    assert orders(desk) == [("A", "sell", 75.0), ("B", "buy", 75.0)]


def test_crypto_trades_in_fractions(make: Make) -> None:
    portfolio = make((0.5, 60_000.0), (10.0, 1_000.0), step="0.00001")
    desk = traded(portfolio, [0.7, 0.3])
    assert orders(desk) == [("A", "sell", 0.03333), ("B", "buy", 1.9998)]
    assert desk.trades[0].quantity == Decimal("0.03333")


def test_cash_is_spent_and_nothing_sold_while_it_lasts(make: Make) -> None:
    limits = Limits(max_weight=1.0, max_sector_weight=1.0, max_turnover=0.2, cost_bps=0.0)
    desk = traded(make((50, 1.0), (30, 1.0), cash=20), [0.25, 0.75], limits)
    assert orders(desk) == [("B", "buy", 20.0)]
    assert (desk.sold, desk.cash) == (0, 0)


def test_costs_are_paid_out_of_what_there_is(make: Make) -> None:
    limits = Limits(max_weight=1.0, max_sector_weight=1.0, max_turnover=1.0, cost_bps=100.0)
    desk = traded(make((100, 10.0), (100, 10.0)), [0.0, 1.0], limits)
    assert orders(desk) == [("A", "sell", 100.0), ("B", "buy", 98.0)]  # 990 left: 98 x 10.10
    assert desk.cost == round(10.0 * MICROS) + round(9.8 * MICROS)
    assert desk.cash == 990 * MICROS - 980 * MICROS - round(9.8 * MICROS)


def test_a_position_above_its_limit_is_sold_until_it_is_below(make: Make) -> None:
    limits = Limits(max_weight=0.5, max_sector_weight=1.0, max_turnover=1.0, cost_bps=0.0)
    desk = traded(make((7, 100.0), (3, 90.0), (1, 50.0)), [0.5, 0.4, 0.1], limits)
    assert orders(desk)[0] == ("A", "sell", 2.0)  # 1.9 wanted
    desk = traded(make((11, 100.0), (9, 90.0)), [0.5, 0.5], limits)
    assert orders(desk)[0] == ("A", "sell", 2.0)  # 1.45 wanted: one would leave 52 %


def test_turnover_is_kept_even_if_a_limit_is_not(make: Make) -> None:
    limits = Limits(max_weight=0.5, max_sector_weight=1.0, max_turnover=0.15, cost_bps=0.0)
    desk = traded(make((7, 100.0), (300, 1.0)), [0.5, 0.5], limits)
    assert orders(desk) == [("A", "sell", 1.0), ("B", "buy", 100.0)]
    assert desk.sold <= 0.15 * 1000 * MICROS


def test_a_sector_that_rounding_leaves_above_its_limit_gives_one_more_lot(make: Make) -> None:
    limits = Limits(max_weight=1.0, max_sector_weight=0.5, max_turnover=1.0, cost_bps=0.0)
    portfolio = make((36, 10.0), (36, 10.0), (28, 10.0), sectors=["x", "x", "y"])
    desk = traded(portfolio, [0.2477, 0.2478, 0.5045], limits)
    assert orders(desk)[:2] == [("A", "sell", 11.0), ("B", "sell", 11.0)]
    portfolio = make((36, 10.0), (36, 10.0), (28, 10.0), sectors=["x", "x", "y"])
    desk = traded(portfolio, [0.256, 0.244, 0.5], limits)
    assert sum(desk.values[:2]) <= 500 * MICROS


def test_shares_too_dear_for_the_distance_are_left_alone(make: Make) -> None:
    desk = traded(make((10, 1_000.0), (10, 1_000.0)), [0.52, 0.48])
    assert orders(desk) == []
    assert desk.values == [10_000 * MICROS] * 2


HELD = st.lists(
    st.tuples(
        st.integers(1, 5_000),
        st.floats(0.5, 50_000.0),
        st.sampled_from("vwxyz"),
        st.floats(0.01, 1),
    ),
    min_size=8,
    max_size=24,
)


@settings(max_examples=200, deadline=None)
@given(HELD, st.floats(0.0, 1e6), st.floats(0.02, 1.0), st.sampled_from([0.0, 10.0, 250.0]))
def test_no_plan_overdraws_overtrades_or_breaks_a_limit_it_could_keep(
    held: list[tuple[int, float, str, float]], cash: float, turnover: float, cost_bps: float
) -> None:
    sectors = [sector for _, _, sector, _ in held]
    portfolio = portfolio_of(*((q, p) for q, p, _, _ in held), cash=cash, sectors=sectors)
    limits = Limits(0.3, 0.5, turnover, cost_bps)
    if infeasible(sectors, limits):
        return
    target = capped(np.array([wish for *_, wish in held]), sectors, limits)
    desk = trade_towards(portfolio, goals_of(portfolio, target, limits), limits)
    whole = portfolio.value
    assert desk.cash >= 0
    assert max(desk.bought, desk.sold) <= turnover * whole
    assert abs(sum(desk.values) + desk.cash + desk.cost - whole) <= 2 * len(held)
    for trade, line in ((trade, line) for trade in desk.trades for line in portfolio.lines):
        if trade.symbol == line.symbol:
            assert trade.quantity % line.step == 0
            assert trade.side == "buy" or trade.quantity <= line.held
    before, after = Counter[str](), Counter[str]()
    for line, was, now in zip(portfolio.lines, portfolio.values, desk.values, strict=True):
        assert now <= max(was, 0.3 * whole + 2)
        before[line.sector] += was
        after[line.sector] += now
    for sector in after:
        assert after[sector] <= max(before[sector], 0.5 * whole + 2 * len(held))


@settings(max_examples=200, deadline=None)
@given(HELD)
def test_with_free_turnover_every_limit_is_met(held: list[tuple[int, float, str, float]]) -> None:
    sectors = [sector for _, _, sector, _ in held]
    portfolio = portfolio_of(*((q, p) for q, p, _, _ in held), sectors=sectors)
    limits = Limits(0.3, 0.5, 1.0, 10.0)
    if infeasible(sectors, limits):
        return
    target = capped(np.array([wish for *_, wish in held]), sectors, limits)
    desk = trade_towards(portfolio, goals_of(portfolio, target, limits), limits)
    sums: Counter[str] = Counter()
    # Whole shares may cost a little more than was foreseen, and weights are rounded to billionths.
    left = (sum(desk.values) + desk.cash) * (1.0 + 1e-3)
    for line, value in zip(portfolio.lines, desk.values, strict=True):
        assert value <= 0.3 * left
        sums[line.sector] += value
    assert max(sums.values()) <= 0.5 * left


def test_the_order_of_lines_with_different_distances_changes_no_trade(make: Make) -> None:
    held = [(70, 11.0), (20, 7.0), (10, 13.0), (40, 3.0)]
    target = [0.3, 0.25, 0.25, 0.2]
    forth = traded(make(*held), target)
    back = traded(make(*held[::-1]), target[::-1])
    names = dict(zip("ABCD", "DCBA", strict=True))
    assert orders(forth) == [(names[name], side, units) for name, side, units in orders(back)]
    assert forth.cash == back.cash


@pytest.mark.parametrize("price", [1e-7, 0.1, 3.3, 123_456.789])
def test_steps_are_counted_exactly(make: Make, price: float) -> None:
    desk = Desk(make((10**7, price)).lines, 0, 0, 0.0)
    for steps in (1, 2, 7, 999, 10**6):
        worth = desk.worth(0, steps)
        if worth > desk.worth(0, steps - 1):
            assert desk.fits(0, worth - 1) == steps - 1
            assert desk.covers(0, worth) == steps
        assert desk.worth(0, desk.fits(0, worth)) == worth
