from collections.abc import Callable

import numpy as np
import pytest

from transforms.portfolio.optimise.goals import bounds_of, goals_of
from transforms.portfolio.optimise.request import Limits, Portfolio

Make = Callable[..., Portfolio]
MICROS = 1_000_000
FREE = Limits(max_weight=1.0, max_sector_weight=1.0, max_turnover=1.0, cost_bps=0.0)


def goals(portfolio: Portfolio, target: list[float], limits: Limits) -> tuple[list[float], float]:
    found = goals_of(portfolio, np.array(target), limits)
    return [value / MICROS for value in found.values], found.share


def test_without_a_limit_on_turnover_the_goal_is_the_target(make: Make) -> None:
    assert goals(make((60, 1.0), (40, 1.0)), [0.5, 0.5], FREE) == ([50.0, 50.0], 1.0)


def test_turnover_scales_the_move_of_every_line_alike(make: Make) -> None:
    portfolio = make((70, 1.0), (20, 1.0), (10, 1.0))
    found = goals(portfolio, [0.3, 0.4, 0.3], Limits(max_turnover=0.2, cost_bps=0.0))
    assert found == ([50.0, 30.0, 20.0], 0.5)


def test_cash_is_spent_before_anything_is_sold(make: Make) -> None:
    portfolio = make((50, 1.0), (30, 1.0), cash=20)
    assert goals(portfolio, [0.25, 0.75], Limits(max_turnover=0.2, cost_bps=0.0)) == (
        [50.0, 50.0],
        20 / 45,
    )
    assert goals(portfolio, [0.25, 0.75], Limits(max_turnover=0.3, cost_bps=0.0)) == (
        [40.0, 60.0],
        30 / 45,
    )
    assert goals(portfolio, [0.25, 0.75], FREE) == ([25.0, 75.0], 1.0)


def test_a_line_that_is_as_good_as_there_does_not_move(make: Make) -> None:
    portfolio = make((600_000, 1.0), (400_000, 1.0))
    assert goals(portfolio, [0.6000005, 0.3999995], FREE)[0] == [600_000.0, 400_000.0]
    assert goals(portfolio, [0.600002, 0.399998], FREE)[0] == pytest.approx([600_002.0, 399_998.0])


def test_bounds_are_the_limits_or_the_goals_where_turnover_stops_short_of_them(make: Make) -> None:
    portfolio = make((80, 1.0), (10, 1.0), (10, 1.0), sectors=["x", "y", ""])
    limits = Limits(max_weight=0.5, max_sector_weight=0.5, max_turnover=0.1, cost_bps=0.0)
    found = goals_of(portfolio, np.array([0.4, 0.3, 0.3]), limits)
    bounds = bounds_of(portfolio, found, limits)
    assert [value / MICROS for value in bounds.lines] == [70.0, 50.0, 50.0]
    assert {name: value / MICROS for name, value in bounds.sectors.items()} == {
        "x": 70.0,
        "y": 50.0,
        "": 100.0,
    }


def test_a_sector_that_cash_would_lift_above_its_limit_is_bounded_by_the_limit(make: Make) -> None:
    portfolio = make((40, 1.0), (5, 1.0), (35, 1.0), cash=20, sectors=["x", "x", "y"])
    limits = Limits(max_weight=1.0, max_sector_weight=0.5, max_turnover=0.2, cost_bps=0.0)
    found = goals_of(portfolio, np.array([0.2, 0.3, 0.5]), limits)
    assert sum(found.values[:2]) > 50 * MICROS
    assert bounds_of(portfolio, found, limits).sectors["x"] == 50 * MICROS


def test_targets_and_limits_are_shares_of_what_costs_leave(make: Make) -> None:
    portfolio = make((600, 1.0), (400, 1.0))
    limits = Limits(max_weight=0.5, max_sector_weight=1.0, max_turnover=1.0, cost_bps=100.0)
    found = goals_of(portfolio, np.array([0.5, 0.5]), limits)
    assert found.left == 998 * MICROS  # 1 % of 100 sold and of 100 bought
    assert found.values == [499 * MICROS, 499 * MICROS]
    assert bounds_of(portfolio, found, limits).lines == [499 * MICROS, 499 * MICROS]
