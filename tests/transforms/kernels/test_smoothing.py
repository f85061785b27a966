import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from transforms.kernels.columns import Floats
from transforms.kernels.outliers import row_medians
from transforms.kernels.smoothing import (
    ratio,
    rolling_mean,
    rolling_moments,
    rolling_population_sd,
    smoothed,
)


def test_smoothing_is_a_mean_of_the_seed_and_exponential_after_it() -> None:
    mean, seen = np.zeros(1), []
    for count, value in enumerate([7.0, 3.0, 2.0, 8.0], start=0):
        mean = smoothed(mean, np.array([value]), np.array([count]), 2, 0.25)
        seen.append(mean.item())
    # the value at count 0 has no weight; then 3, (3 + 2) / 2, 2.5 + (8 - 2.5) / 4
    assert seen == [0.0, 3.0, 2.5, 3.875]


@given(
    st.integers(1, 40).flatmap(lambda k: st.tuples(st.just(k), st.integers(2, 60))),
    st.integers(0, 2**32 - 1),
    st.floats(1e-6, 1e9),
)
def test_a_row_has_the_same_bits_alone_and_among_others(
    shape: tuple[int, int], seed: int, scale: float
) -> None:
    draw = np.random.default_rng(seed)
    rows = scale * np.exp(draw.normal(0.0, 0.1, shape))
    known = np.full(len(rows), shape[1])
    chosen = draw.permutation(len(rows))[: 1 + seed % len(rows)]

    def reduced(window: Floats, count: np.ndarray) -> list[bytes]:
        mean, variance = rolling_moments(window)
        logs = np.log(window[:, 1:] / window[:, :-1])
        results = (mean, variance, rolling_mean(window), logs, row_medians(window.copy(), count))
        return [np.ascontiguousarray(values).tobytes() for values in results]

    together = rolling_moments(rows)[0], rolling_moments(rows)[1], rolling_mean(rows)
    logs = np.log(rows[:, 1:] / rows[:, :-1])
    medians = row_medians(rows.copy(), known)
    for place in chosen:
        alone = reduced(rows[place : place + 1].copy(), known[:1])
        parts = (*together, logs, medians)
        assert alone == [np.ascontiguousarray(part[place : place + 1]).tobytes() for part in parts]


@given(arrays(np.float64, (3, 20), elements=st.floats(-1e9, 1e9)))
def test_the_mean_of_the_moments_is_the_rolling_mean(window: Floats) -> None:
    assert (rolling_moments(window)[0] == rolling_mean(window)).all()


@pytest.mark.parametrize("price", [0.1, 1e-9, 99999999.97])
def test_equal_values_have_no_deviation_and_are_their_own_mean(price: float) -> None:
    window = np.full((2, 20), price)
    assert (rolling_population_sd(window) == 0.0).all()
    assert (rolling_mean(window) == price).all()


def test_a_window_with_a_gap_has_neither_mean_nor_deviation() -> None:
    window = np.array([[np.nan, 1.0, 2.0]])
    assert np.isnan(rolling_mean(window)).all()
    assert np.isnan(rolling_population_sd(window)).all()


def test_a_ratio_to_0_or_to_nothing_is_absent() -> None:
    denominators = np.array([0.0, -0.0, np.nan, 2.0])
    assert ratio(np.ones(4), denominators).tolist() == pytest.approx(
        [np.nan, np.nan, np.nan, 0.5], nan_ok=True
    )
