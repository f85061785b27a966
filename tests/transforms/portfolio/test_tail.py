import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from transforms.portfolio.tail import historical, parametric

RETURNS = st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=300).map(np.array)


@given(RETURNS)
def test_value_at_risk_is_the_linear_quantile(returns: np.ndarray) -> None:
    expected = -np.quantile(returns, 0.05, method="linear")
    assert historical(returns)[0] == pytest.approx(expected, rel=1e-12, abs=1e-15)


@given(RETURNS)
def test_shortfall_is_the_mean_of_what_is_as_bad_or_worse(returns: np.ndarray) -> None:
    var, shortfall = historical(returns)
    assert shortfall == pytest.approx(-returns[returns <= -var].mean(), rel=1e-12, abs=1e-15)


@given(RETURNS)
def test_shortfall_is_never_less_than_value_at_risk(returns: np.ndarray) -> None:
    var, shortfall = historical(returns)
    assert shortfall >= var


@pytest.mark.parametrize("level", [0.1, -0.1, 1 / 3, 0.7])
def test_equal_returns_lose_the_same_on_every_measure(level: float) -> None:
    var, shortfall = historical(np.full(77, level))
    assert (var, shortfall) == (-level, pytest.approx(-level, rel=1e-12))
    assert shortfall >= var


def test_ties_at_the_quantile_all_count() -> None:
    returns = np.array([-0.3] + [-0.1] * 30 + [0.0] * 29)
    assert historical(returns)[1] == pytest.approx((0.3 + 30 * 0.1) / 31)


def test_parametric_value_at_risk_is_that_of_the_normal_distribution() -> None:
    assert parametric(0.001, 0.02) == pytest.approx(-stats.norm(0.001, 0.02).ppf(0.05), rel=1e-12)
