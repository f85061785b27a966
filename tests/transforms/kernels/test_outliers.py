from collections.abc import Callable
from itertools import pairwise
from statistics import median

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.kernels.outliers import RobustScore, row_medians

Run = Callable[..., pd.DataFrame]


def walk(length: int, seed: int = 5) -> np.ndarray:
    return 100.0 * np.exp(np.random.default_rng(seed).normal(0.0, 0.01, length).cumsum())


def score(close: np.ndarray, bar: int, period: int = 250) -> float:
    """By the definition, of the 1-based ``bar``."""
    returns = [b / a - 1.0 for a, b in pairwise(close[:bar])]
    *past, newest = returns[-period - 1 :]
    centre = median(past)
    return 0.6745 * (newest - centre) / median(abs(r - centre) for r in past)


@pytest.mark.parametrize("bar", [62, 63, 200, 251, 252, 253, 300])
def test_the_score_is_that_of_up_to_250_returns_before_the_bar(
    bar: int, run: Run, bars: Run
) -> None:
    close = walk(300)
    values = run([RobustScore()], bars(close))["robust_z_250"]
    assert values.first_valid_index() == 61
    assert values[bar - 1] == pytest.approx(score(close, bar), rel=1e-11)


def test_the_move_itself_does_not_widen_its_own_scale(run: Run, bars: Run) -> None:
    close = walk(100)
    near, far = close.copy(), close.copy()
    near[-1], far[-1] = close[-2] * 1.1, close[-2] * 1.2
    scores = [run([RobustScore()], bars(c))["robust_z_250"].iloc[-1] for c in (near, far)]
    assert scores[1] / scores[0] == pytest.approx(2.0, rel=0.05)


def test_more_than_half_of_equal_returns_measure_nothing(run: Run, bars: Run) -> None:
    close = np.full(120, 0.1)
    close[-1] = 0.2
    assert run([RobustScore()], bars(close))["robust_z_250"].isna().all()


@given(st.lists(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=9), min_size=1, max_size=9))
def test_row_medians_are_those_of_the_numbers_that_are_known(rows: list[list[float]]) -> None:
    padded = np.full((len(rows), 9), np.nan)
    for place, row in enumerate(rows):
        padded[place, 9 - len(row) :] = row
    known = np.array([len(row) for row in rows])
    assert row_medians(padded, known).tolist() == [median(row) for row in rows]
