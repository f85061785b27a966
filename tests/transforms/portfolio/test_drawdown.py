import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.portfolio.drawdown import calmar, drawdowns


@given(st.lists(st.floats(-0.9, 2.0), min_size=1, max_size=200).map(np.array))
def test_falls_are_those_of_pandas(returns: np.ndarray) -> None:
    value = pd.Series(np.concatenate(([1.0], (1 + returns).cumprod())))
    fall = 1 - value / value.cummax()
    expected = (fall.max(), fall.iloc[-1])
    assert drawdowns(returns) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_a_loss_of_the_first_session_falls_from_the_start() -> None:
    assert drawdowns(np.array([-0.2, 0.1])) == pytest.approx((0.2, 0.12))


def test_who_lost_everything_stays_there() -> None:
    assert drawdowns(np.array([0.5, -1.5, -2.0, 3.0])) == (1.0, 1.0)


def test_growth_beyond_all_numbers_is_told_as_such() -> None:
    assert all(math.isnan(fall) for fall in drawdowns(np.array([1e6] * 60 + [-1.0])))


def test_calmar_is_the_yearly_mean_per_fall() -> None:
    assert calmar(0.001, 0.2, 252.0) == pytest.approx(1.26)
    assert calmar(0.001, 0.0, 252.0) == "no fall from a high"
