import numpy as np

from transforms.portfolio.correlation import close_pairs, correlations
from transforms.portfolio.covariance import centred

RNG = np.random.default_rng(6)


def test_correlations_are_those_of_numpy_pair_by_pair() -> None:
    returns = RNG.normal(size=(5, 80)) + RNG.normal(size=80)
    expected = np.corrcoef(returns)[np.triu_indices(5, 1)]
    np.testing.assert_allclose(correlations(centred(returns).products), expected, atol=1e-13)


def test_what_moves_alike_or_opposite_stays_within_one() -> None:
    one = RNG.normal(size=70)
    found = correlations(centred(np.array([one, one / 3, -0.1 * one])).products)
    np.testing.assert_allclose(found, [1, -1, -1], atol=1e-15)
    assert (np.abs(found) <= 1.0).all()


def test_pairs_from_a_half_on_come_highest_first() -> None:
    found = close_pairs(np.array([0.5, 0.49999, 0.9]), np.array([4, 7, 2]))
    assert [tuple(pair) for pair in found] == [(7, 2, 0.9), (4, 7, 0.5)]
    assert (found[0].first, found[0].second, found[0].correlation) == (7, 2, 0.9)


def test_ties_keep_the_order_of_places() -> None:
    correlation = np.full(190, 0.8)
    correlation[::7] = 0.9
    found = close_pairs(correlation, np.arange(20))
    pairs = [(pair.first, pair.second) for pair in found]
    assert pairs == sorted(pairs[:28]) + sorted(pairs[28:])
