import numpy as np
import pytest

from transforms.kernels.columns import Floats
from transforms.kernels.pairs import beta, correlation, relative_strength


def rows(*values: list[float]) -> Floats:
    return np.array(values, np.float64)


def draws(seed: int, *, symbols: int = 9, length: int = 61) -> tuple[Floats, Floats]:
    draw = np.random.default_rng(seed)
    moves = draw.normal(0.0, 0.01, (2, symbols, length)) + draw.normal(0.0, 0.01, length)
    one, other = 100.0 * np.exp(moves.cumsum(axis=2))
    return np.ascontiguousarray(one), np.ascontiguousarray(other)


def test_correlation_is_that_of_numpy() -> None:
    one, other = draws(1)
    expected = [np.corrcoef(a, b)[0, 1] for a, b in zip(one, other, strict=True)]
    np.testing.assert_allclose(correlation(one, other), expected, rtol=1e-12)


def test_correlation_is_1_with_itself_and_minus_1_with_its_mirror() -> None:
    one, _ = draws(2)
    for other, sign in ((3.0 * one, 1.0), (300.0 - one, -1.0)):
        values = correlation(one, other)
        assert np.abs(values).max() <= 1.0
        np.testing.assert_allclose(values, sign, rtol=1e-14)


def test_beta_is_the_slope_of_simple_returns() -> None:
    asset, index = draws(3)
    mine, its = asset[:, 1:] / asset[:, :-1] - 1, index[:, 1:] / index[:, :-1] - 1
    expected = [np.polyfit(x, y, 1)[0] for x, y in zip(its, mine, strict=True)]
    np.testing.assert_allclose(beta(asset, index), expected, rtol=1e-10)
    np.testing.assert_allclose(beta(asset, asset), 1.0, rtol=1e-14)


def test_relative_strength_is_growth_over_growth() -> None:
    values = relative_strength(rows([10.0, 99.0, 15.0]), rows([200.0, 1.0, 240.0]))
    assert values.tolist() == [1.5 / 1.2]


def test_what_does_not_vary_has_neither_correlation_nor_beta() -> None:
    flat, moving = rows([0.1, 0.1, 0.1, 0.1]), rows([1.0, 2.0, 3.0, 5.0])
    assert np.isnan(correlation(flat, moving)).all()
    assert np.isnan(correlation(moving, flat)).all()
    assert np.isnan(beta(moving, flat)).all()
    assert beta(flat, moving).tolist() == [0.0]


def test_a_gap_or_a_price_of_0_is_absent_and_no_warning() -> None:
    gap, zero = rows([np.nan, 2.0, 3.0]), rows([0.0, 2.0, 3.0])
    moving = rows([1.0, 3.0, 2.0])
    for of in (correlation, beta, relative_strength):
        assert np.isnan(of(gap, moving)).all()
        assert np.isnan(of(moving, gap)).all()
    for of in (beta, relative_strength):
        assert np.isnan(of(zero, moving)).all()
        assert np.isnan(of(moving, zero)).all()


@pytest.mark.parametrize("of", [correlation, beta, relative_strength])
def test_a_pair_has_the_same_bits_alone_and_among_others(of: object) -> None:
    one, other = draws(4, symbols=37)
    together = of(one, other)  # type: ignore[operator]
    for place in (0, 17, 36):
        alone = of(one[place : place + 1].copy(), other[place : place + 1].copy())  # type: ignore[operator]
        assert alone.tobytes() == together[place : place + 1].tobytes()
