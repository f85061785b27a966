"""Published weights against the solver as the product runs it, without limits of ours."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.solver_process import SolverProcess, SolverTask
from transforms.kernels.columns import Floats

pytestmark = pytest.mark.skipif(
    not SolverProcess.installed(), reason="skfolio is not installed: yieldflow[optimise]"
)


@pytest.fixture(scope="module")
def solver() -> Iterator[SolverProcess]:
    found = SolverProcess()
    yield found
    found.close()


@pytest.fixture(scope="module")
def vectors(shared: Path) -> Path:
    folder = shared / "vectors" / "portfolio"
    if not folder.is_dir():
        pytest.skip("no portfolio vectors in ../shared")
    return folder


@pytest.mark.parametrize(
    ("case", "method", "file", "column", "tolerance"),
    [
        ("pf-minvar", "min_variance", "Classic_MinRisk.csv", "MV", 1e-4),
        ("pf-mincvar", "min_cvar", "Classic_MinRisk.csv", "CVaR", 1e-6),
        ("pf-maxsharpe", "max_sharpe", "Classic_Sharpe.csv", "MV", 1e-3),
        ("pf-riskparity", "risk_parity", "Classic_RP.csv", "MV", 1e-4),
    ],
)
def test_weights_are_those_of_riskfolio(
    vectors: Path,
    solver: SolverProcess,
    case: str,
    method: str,
    file: str,
    column: str,
    tolerance: float,
) -> None:
    prices = pd.read_csv(vectors / "riskfolio" / "stock_prices.csv", index_col=0)
    returns = prices.drop(columns="SPY").pct_change(fill_method=None).iloc[-200:]
    expected = pd.read_csv(vectors / "riskfolio" / file, index_col=0)[column]
    found = solver.solve(SolverTask(method, returns.to_numpy(np.float64)))
    worst = np.abs(found - expected.loc[returns.columns].to_numpy()).max()
    assert worst <= tolerance, case


def lopez_de_prado(covariance: pd.DataFrame, correlation: pd.DataFrame) -> pd.Series:
    """Building Diversified Portfolios that Outperform Out of Sample, 2016, section 4."""
    hierarchy = pytest.importorskip("scipy.cluster.hierarchy", reason="the oracle needs scipy")
    names = list(covariance.columns)
    distance = np.sqrt((1.0 - correlation.to_numpy()) / 2.0)[np.triu_indices(len(names), 1)]
    leaves = hierarchy.leaves_list(hierarchy.linkage(distance, "single"))
    weights = pd.Series(1.0, index=names)

    def variance(part: list[str]) -> float:
        inner = covariance.loc[part, part].to_numpy()
        inverse = 1.0 / np.diag(inner)
        parity = inverse / inverse.sum()
        return float(parity @ inner @ parity)

    def split(part: list[str]) -> None:
        if len(part) > 1:
            left, right = part[: len(part) // 2], part[len(part) // 2 :]
            share = variance(right) / (variance(left) + variance(right))
            weights[left] *= share
            weights[right] *= 1.0 - share
            split(left)
            split(right)

    split([names[leaf] for leaf in leaves])
    return weights


def pypfopt_returns(vectors: Path) -> pd.DataFrame:
    prices = pd.read_csv(vectors / "pypfopt" / "stock_prices.csv", index_col=0)
    return prices.pct_change(fill_method=None)


def test_the_reference_below_is_that_of_pypfopt(vectors: Path) -> None:
    """Its weights rest on pairwise moments of histories of unequal length."""
    returns = pypfopt_returns(vectors)
    expected = pd.read_csv(vectors / "pypfopt" / "weights_hrp.csv", index_col=0)["0"]
    found = lopez_de_prado(returns.cov(), returns.corr())
    assert found.loc[expected.index].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9)


def test_hierarchical_weights_are_those_of_the_reference(
    vectors: Path, solver: SolverProcess
) -> None:
    """On the sessions that all twenty have: the product never fills gaps by pairwise moments."""
    returns: Floats = pypfopt_returns(vectors).dropna().to_numpy(np.float64)
    assert returns.shape == (895, 20)
    frame = pd.DataFrame(returns)
    expected = lopez_de_prado(frame.cov(), frame.corr()).to_numpy()
    found = solver.solve(SolverTask("hrp", returns))
    assert found == pytest.approx(expected, abs=2e-9)
