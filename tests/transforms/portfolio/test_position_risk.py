import numpy as np
import pytest
from sklearn.covariance import LedoitWolf

from transforms.portfolio.position_risk import position_risk

RNG = np.random.default_rng(7)
MOVING = 0.01 * (RNG.normal(size=120) + RNG.normal(size=(3, 120)))
PLACES = np.arange(4)


def with_cash(returns: np.ndarray, place: int) -> np.ndarray:
    return np.insert(returns, place, 0.0, axis=0)


def test_contributions_come_from_the_shrunk_covariance() -> None:
    weights = np.array([0.5, 0.3, -0.2])
    covariance = LedoitWolf().fit(MOVING.T).covariance_
    expected = weights * (covariance @ weights) / (weights @ covariance @ weights)
    found = position_risk(weights, MOVING, PLACES[:3])
    np.testing.assert_allclose(found.contribution, expected, rtol=1e-10)


def test_cash_takes_no_part() -> None:
    weights = np.array([0.25, 0.3, 0.25, 0.2])
    found = position_risk(weights, with_cash(MOVING, 1), PLACES)
    alone = position_risk(np.delete(weights, 1), MOVING, np.array([0, 2, 3]))
    assert found.contribution[1] == 0.0
    assert (np.delete(found.contribution, 1) == alone.contribution).all()
    assert (found.told, found.pairs) == (alone.told, alone.pairs)


def test_one_moving_position_has_all_the_risk_and_no_pair() -> None:
    found = position_risk(np.array([0.1, 0.9]), with_cash(MOVING[:1], 1), PLACES[:2])
    assert found.contribution.tolist() == [1.0, 0.0]
    assert found.told["diversification_ratio"] == pytest.approx(1.0)
    assert found.told["average_correlation"] == "needs two positions that move"
    assert found.pairs == ()


def test_cash_alone_has_no_risk_to_share() -> None:
    found = position_risk(np.array([1.0]), np.zeros((1, 90)), PLACES[:1])
    assert np.isnan(found.contribution).all()
    assert found.told["contribution"] == "the portfolio does not move"
    assert found.told["diversification_ratio"] == "the portfolio does not move"


def test_average_correlation_is_the_mean_over_pairs() -> None:
    found = position_risk(np.full(3, 1 / 3), MOVING, PLACES[:3])
    expected = np.corrcoef(MOVING)[np.triu_indices(3, 1)]
    assert found.told["average_correlation"] == pytest.approx(expected.mean())
    assert [pair.correlation for pair in found.pairs] == pytest.approx(
        sorted(expected[expected >= 0.5], reverse=True)
    )
