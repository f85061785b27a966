import math

import numpy as np
import pytest

from transforms.portfolio.optimise.measures import measure

RETURNS = np.array([[0.02, -0.02] * 30, [0.01, 0.03] * 30])


def test_volatility_and_tail_are_those_of_the_weighted_returns() -> None:
    found = measure([3_000_000, 1_000_000], 0, RETURNS, 252.0)
    daily = [0.75 * a + 0.25 * b for a, b in RETURNS.T.tolist()]  # 0.0175 and -0.0075, in turn
    mean = sum(daily) / 60
    variance = sum((one - mean) ** 2 for one in daily) / 59
    assert found.volatility == pytest.approx(math.sqrt(variance * 252.0))
    assert found.cvar95 == pytest.approx(0.0075)
    assert found.n == 60


def test_cash_does_not_move_and_is_one_position() -> None:
    without = measure([1_000_000, 1_000_000], 0, RETURNS, 252.0)
    half = measure([1_000_000, 1_000_000], 2_000_000, RETURNS, 252.0)
    assert without.volatility is not None
    assert half.volatility == pytest.approx(without.volatility / 2)
    assert (without.hhi, half.hhi) == (0.5, 0.375)  # 0.25^2 + 0.25^2 + 0.5^2
    assert (without.n_effective, half.n_effective) == (2.0, pytest.approx(8 / 3))


def test_without_history_there_is_concentration_alone() -> None:
    found = measure([1, 1, 2], 0, np.empty((3, 0)), 252.0)
    assert (found.volatility, found.cvar95, found.n) == (None, None, 0)
    assert found.hhi == 0.375


def test_days_per_year_scale_volatility_alone() -> None:
    year, crypto = (measure([1], 0, RETURNS[:1], periods) for periods in (252.0, 365.0))
    assert year.volatility is not None
    assert crypto.volatility == pytest.approx(year.volatility * math.sqrt(365 / 252))
    assert crypto.cvar95 == year.cvar95
