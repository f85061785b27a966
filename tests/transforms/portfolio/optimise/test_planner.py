from collections.abc import Callable

import numpy as np
import pytest

from transforms.portfolio.optimise.measures import measure
from transforms.portfolio.optimise.plan import Binding
from transforms.portfolio.optimise.planner import (
    capped_target,
    current_measures,
    limited_target,
    make_plan,
    unmoved,
)
from transforms.portfolio.optimise.request import Limits, Portfolio

Make = Callable[..., Portfolio]
MICROS = 1_000_000


def test_the_plan_measures_what_its_whole_shares_give_not_what_was_wanted(make: Make) -> None:
    portfolio = make((10, 100.0), (10, 30.0))
    limits = Limits(1.0, 1.0, 1.0, 0.0)
    plan = make_plan("capped", np.array([0.5, 0.5]), portfolio, limits)
    assert [(one.before, one.target, one.after) for one in plan.weights] == [
        (1000 / 1300, 0.5, 700 / 1300),
        (300 / 1300, 0.5, 600 / 1300),
    ]
    assert plan.before == current_measures(portfolio)
    assert plan.after == measure([700 * MICROS, 600 * MICROS], 0, portfolio.returns, 252.0)
    assert plan.turnover == 300 / 1300
    assert (plan.cost, plan.cash, plan.binding, plan.note) == (0, 0, [], "")


def test_limits_that_bind_are_named(make: Make) -> None:
    portfolio = make((50, 1.0), (20, 1.0), (10, 1.0), (20, 1.0), sectors=["x", "x", "y", "z"])
    limits = Limits(0.4, 0.5, 0.1, 0.0)
    plan = make_plan("capped", np.array([0.3, 0.2, 0.1, 0.4]), portfolio, limits)
    assert plan.binding == [
        Binding("max_weight", "D", 0.4),
        Binding("max_sector_weight", "x", 0.5),
        Binding("max_turnover", "", 0.1),
    ]
    assert "goes 50% of the way" in plan.note


def test_a_portfolio_within_its_limits_is_left_alone(make: Make) -> None:
    portfolio = make(*[(7 + at, 13.7) for at in range(8)])
    limits = Limits(max_weight=0.2)
    plan = make_plan("capped", capped_target(portfolio, limits), portfolio, limits)
    assert plan.trades == []
    assert plan.after == plan.before
    assert (plan.turnover, plan.cost) == (0.0, 0)
    assert "No trade" in plan.note


def test_a_sector_that_is_not_known_is_said(make: Make) -> None:
    portfolio = make((1, 1.0), (1, 1.0), sectors=["", "x"])
    plan = make_plan("capped", np.array([0.5, 0.5]), portfolio, Limits(1.0, 1.0))
    assert "No sector is known of A" in plan.note


def test_weights_of_a_method_without_limits_are_cut_to_them(make: Make) -> None:
    portfolio = make((1, 1.0), (1, 1.0), (1, 1.0))
    found = limited_target(np.array([0.7, 0.3, 0.0]), portfolio, Limits(0.5, 1.0))
    assert found == pytest.approx([0.5, 0.5, 0.0], abs=1e-9)


def test_costs_are_what_the_trades_cost(make: Make) -> None:
    portfolio = make((60, 10.0), (40, 10.0))
    plan = make_plan("capped", np.array([0.5, 0.5]), portfolio, Limits(1.0, 1.0, 1.0, 50.0))
    assert plan.cost == sum(trade.cost for trade in plan.trades)
    assert [trade.cost for trade in plan.trades] == [500_000, 450_000]  # 100.00 and 90.00 at 0.5 %
    assert plan.cash == 100 * MICROS - 90 * MICROS - plan.cost


def test_a_price_that_stands_still_is_noticed(make: Make) -> None:
    portfolio = make((1, 1.0), (1, 1.0))
    assert unmoved(portfolio) == []
    portfolio.returns[1] = 0.0
    assert unmoved(portfolio) == ["B"]
