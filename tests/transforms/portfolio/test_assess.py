"""Whole reports against other libraries, on real closes; what they say beside the numbers."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.covariance import LedoitWolf

from transforms.portfolio.risk_report import RiskReport

DAY = 86_400_000_000
Report = Callable[..., RiskReport]
Walk = Callable[..., np.ndarray]
Sound = Callable[[RiskReport], None]


@pytest.fixture(scope="module")
def us(shared: Path) -> pd.DataFrame:
    path = shared / "data" / "daily" / "us_20stocks_adjclose_2015_2022_wide.csv.gz"
    return pd.read_csv(path, index_col=0)


@pytest.fixture(scope="module")
def listed(shared: Path) -> pd.DataFrame:
    path = shared / "vectors" / "portfolio" / "riskfolio" / "stock_prices.csv"
    return pd.read_csv(path, index_col=0)


def expected_of_returns(p: pd.Series, m: pd.Series, risk_free: float) -> dict[str, float]:
    year, daily = np.sqrt(252), risk_free / 252
    quantile = p.quantile(0.05)
    value = pd.concat([pd.Series([1.0]), (1 + p).cumprod()])
    fall = 1 - value / value.cummax()
    beta = p.cov(m) / m.var()
    sharpe = (p.mean() - daily) / p.std()
    half = 1.959963984540054 * np.sqrt((1 + sharpe**2 / 2) / len(p)) * year
    return {
        "volatility": p.std() * year,
        "var95": -quantile,
        "cvar95": -p[p <= quantile].mean(),
        "parametric_var95": -(p.mean() - 1.6448536269514722 * p.std()),
        "sharpe": sharpe * year,
        "sharpe_low": sharpe * year - half,
        "sharpe_high": sharpe * year + half,
        "sortino": (p.mean() - daily) / np.sqrt((p - daily).clip(upper=0).pow(2).mean()) * year,
        "max_drawdown": fall.max(),
        "drawdown": fall.iloc[-1],
        "calmar": p.mean() * 252 / fall.max(),
        "beta": beta,
        "alpha": ((p.mean() - daily) - beta * (m.mean() - daily)) * 252,
        "r_squared": p.corr(m) ** 2,
        "tracking_error": (p - m).std() * year,
    }


@pytest.mark.parametrize("until", [253, 700, 1300, 1330, 2012])
def test_real_closes_give_what_pandas_and_scikit_learn_give(
    us: pd.DataFrame, until: int, report: Report, assert_sound: Sound
) -> None:
    prices = us.iloc[:until]
    held, market = prices.drop(columns="JPM"), prices["JPM"]
    w = np.random.default_rng(until).uniform(-0.2, 1, held.shape[1])
    w /= np.abs(w).sum()
    found = report(
        held.to_numpy(), w, benchmark=market.to_numpy(), names=list(held), risk_free=0.03
    )
    r = held.pct_change().iloc[-252:]
    expected = expected_of_returns(r @ w, market.pct_change().iloc[-252:], 0.03)
    assert {name: getattr(found, name) for name in expected} == pytest.approx(expected, rel=1e-9)
    s = LedoitWolf().fit(r).covariance_
    np.testing.assert_allclose(found.contribution, w * (s @ w) / (w @ s @ w), rtol=1e-8)
    ratio = np.abs(w) @ np.sqrt(np.diag(s)) / np.sqrt(w @ s @ w)
    assert found.diversification_ratio == pytest.approx(ratio, rel=1e-10)
    corr = r.corr().to_numpy()
    upper = corr[np.triu_indices(19, 1)]
    assert found.average_correlation == pytest.approx(upper.mean(), rel=1e-10)
    assert len(found.pairs) == (upper >= 0.5).sum()
    for pair in found.pairs:
        assert pair.correlation == pytest.approx(corr[pair.first, pair.second], rel=1e-10)
    assert_sound(found)


def test_real_prices_with_an_index_as_benchmark(listed: pd.DataFrame, report: Report) -> None:
    held, market = listed.drop(columns="SPY"), listed["SPY"]
    found = report(held.to_numpy(), benchmark=market.to_numpy(), names=list(held))
    p = held.pct_change().iloc[-252:].mean(axis=1)
    expected = expected_of_returns(p, market.pct_change().iloc[-252:], 0.0)
    assert {name: getattr(found, name) for name in expected} == pytest.approx(expected, rel=1e-9)
    assert found.score is not None
    assert 0.0 < found.score < 100.0


def test_portfolio_measures_of_skfolio_agree(us: pd.DataFrame, report: Report) -> None:
    from skfolio import Portfolio

    r = us.pct_change().iloc[-252:]
    w = np.full(20, 0.05)
    oracle = Portfolio(X=r, weights=w, annualization_factor=252)
    found = report(us.to_numpy(), w, names=list(us))
    assert found.volatility == pytest.approx(oracle.annualized_standard_deviation, rel=1e-9)
    assert found.sharpe == pytest.approx(oracle.annualized_sharpe_ratio, rel=1e-9)


def test_the_report_says_what_went_in(report: Report, walk: Walk) -> None:
    found = report(walk(300, 3))
    assert (found.n, found.window, found.first, found.last) == (252, 252, 49 * DAY, 300 * DAY)
    found = report(walk(100, 3))
    assert (found.n, found.window, found.first, found.last) == (99, 252, 2 * DAY, 100 * DAY)


def test_the_score_is_told_with_its_five_parts(report: Report, walk: Walk) -> None:
    closes = walk(260, 4)
    found = report(closes, benchmark=closes.mean(axis=1))
    shares = {
        "volatility": 0.30,
        "cvar": 0.20,
        "drawdown": 0.20,
        "concentration": 0.20,
        "beta": 0.10,
    }
    assert found.parts.keys() == shares.keys()
    assert found.parts["concentration"] == pytest.approx(55.0)  # 4 positions of the same weight
    assert found.drawdown is not None
    assert found.max_drawdown is not None
    assert 0.05 < found.drawdown < found.max_drawdown - 0.01  # it is the present fall that counts
    assert found.parts["drawdown"] == pytest.approx(
        np.interp(found.drawdown, (0.05, 0.15, 0.3, 0.5), (10, 40, 75, 100))
    )
    assert found.score == pytest.approx(sum(shares[n] * (found.parts[n] or 0.0) for n in shares))
