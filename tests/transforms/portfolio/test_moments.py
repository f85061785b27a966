import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.portfolio.moments import deviation, mean_of, path_of, ratios

RETURNS = st.lists(st.floats(-0.2, 0.2), min_size=60, max_size=120).map(np.array)


@given(RETURNS)
def test_mean_and_deviation_are_those_of_numpy(returns: np.ndarray) -> None:
    assert mean_of(returns) == pytest.approx(returns.mean(), rel=1e-12, abs=1e-15)
    expected = returns.std(ddof=1)
    assert deviation(returns, mean_of(returns)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_deviation_keeps_its_digits_on_a_high_mean() -> None:
    returns = 1e5 + np.tile([0.0, 1e-3], 50)
    assert path_of(returns).spread == pytest.approx(5.0252e-4, rel=1e-3)


def test_ratios_follow_their_definitions() -> None:
    returns = np.random.default_rng(2).normal(0.001, 0.01, 100)
    told = ratios(path_of(returns), 252.0, 0.05)
    excess = returns - 0.05 / 252
    daily = excess.mean() / returns.std(ddof=1)
    half = 1.959963984540054 * np.sqrt((1 + daily**2 / 2) / 100)
    year = np.sqrt(252)
    downside = np.sqrt((np.minimum(excess, 0) ** 2).mean())
    assert told["volatility"] == pytest.approx(returns.std(ddof=1) * year)
    assert told["sharpe"] == pytest.approx(daily * year)
    assert told["sharpe_low"] == pytest.approx((daily - half) * year)
    assert told["sharpe_high"] == pytest.approx((daily + half) * year)
    assert told["sortino"] == pytest.approx(excess.mean() / downside * year)


@pytest.mark.parametrize("returns", [np.zeros(80), np.full(80, 0.1), 1.1 / np.full(80, 1.1) - 1])
def test_a_portfolio_that_does_not_move_has_no_sharpe_ratio(returns: np.ndarray) -> None:
    told = ratios(path_of(returns), 252.0, 0.0)
    assert told["volatility"] == 0.0
    assert told["sharpe"] == told["sharpe_low"] == "the portfolio does not move"


def test_without_a_loss_there_is_no_sortino_ratio() -> None:
    told = ratios(path_of(np.tile([0.01, 0.02], 40)), 252.0, 0.0)
    assert told["sortino"] == "no session lost"
    assert isinstance(told["sharpe"], float)


@given(RETURNS)
def test_no_ratio_is_ever_not_a_number(returns: np.ndarray) -> None:
    for value in ratios(path_of(returns), 252.0, 0.03).values():
        assert isinstance(value, str) or math.isfinite(value)
