import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.covariance import LedoitWolf

from transforms.portfolio.covariance import centred, shrinkage, shrunk


@settings(deadline=None)
@given(
    st.integers(1, 12),
    st.integers(3, 120),
    st.floats(0, 3),
    st.integers(0, 2**32 - 1),
)
def test_shrunk_covariance_is_that_of_scikit_learn(k: int, n: int, load: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scale = rng.uniform(0.001, 0.05, (k, 1))
    returns = scale * (load * rng.normal(size=n) + rng.normal(size=(k, n)))
    oracle = LedoitWolf().fit(returns.T)
    sample = centred(returns)
    assert shrinkage(sample) == pytest.approx(oracle.shrinkage_, abs=1e-9)
    np.testing.assert_allclose(shrunk(sample), oracle.covariance_, rtol=1e-7, atol=1e-12)


def test_products_are_those_of_numpy() -> None:
    returns = np.random.default_rng(4).normal(0.5, 0.01, (7, 252))
    np.testing.assert_allclose(centred(returns).products / 251, np.cov(returns), atol=1e-15)


def test_products_are_symmetric_and_do_not_depend_on_their_neighbours() -> None:
    returns = np.random.default_rng(5).normal(size=(20, 253))
    products = centred(returns).products
    assert (products == products.T).all()
    assert (centred(returns[3:9]).products == products[3:9, 3:9]).all()
