from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from transforms.portfolio.contribution import variance_shares

COVARIANCE = np.array([[0.04, 0.006], [0.006, 0.09]])


def test_shares_follow_the_definition_and_add_up() -> None:
    weights = np.array([0.6, 0.4])
    found = variance_shares(weights, COVARIANCE)
    assert not isinstance(found, str)
    variance = weights @ COVARIANCE @ weights
    np.testing.assert_allclose(found[0], weights * (COVARIANCE @ weights) / variance)
    assert found[0].sum() == pytest.approx(1.0)
    assert found[1] == pytest.approx((0.6 * 0.2 + 0.4 * 0.3) / np.sqrt(variance))


def test_a_hedge_takes_risk_away() -> None:
    same = np.array([[0.04, 0.03], [0.03, 0.04]])
    found = variance_shares(np.array([0.8, -0.2]), same)
    assert not isinstance(found, str)
    assert found[0][1] < 0.0 < found[0][0]


def test_a_perfect_hedge_has_nothing_to_share() -> None:
    same = np.full((2, 2), 0.04)
    assert variance_shares(np.array([0.5, -0.5]), same) == "the portfolio does not move"
    rounded = np.array([0.5, -0.5 + 1e-13])
    assert variance_shares(rounded, same) == "the portfolio does not move"


def test_published_risk_parity_weights_share_the_risk_equally(shared: Path) -> None:
    folder = shared / "vectors" / "portfolio" / "riskfolio"
    weights = pd.read_csv(folder / "Classic_RP.csv", index_col=0)["MV"]
    prices = pd.read_csv(folder / "stock_prices.csv", index_col=0)[list(weights.index)]
    covariance = prices.pct_change().iloc[-200:].cov().to_numpy()
    found = variance_shares(weights.to_numpy(), covariance)
    assert not isinstance(found, str)
    np.testing.assert_allclose(found[0], 0.1, atol=1e-4)
