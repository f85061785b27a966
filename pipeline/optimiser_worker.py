"""Solves one problem after another in a process of its own: ``python -P optimiser_worker.py FD``.

It imports neither the engine nor anything else of this project. Over the socket FD come
``(method, returns, max_weight, sectors, max_sector_weight)``, and there go ``(outcome, content)``:
``ready``, ``weights``, ``unsolved`` with the reason, or ``missing`` when skfolio is not there.
"""

import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

Problem = tuple[str, NDArray[np.float64], float, Sequence[str], float]
Outcome = tuple[str, Any]
DIGITS = 9  # weights are rounded to billionths: equal inputs give equal plans
NICENESS = 5  # the engine goes first


def sector_limits(sectors: Sequence[str], limit: float) -> tuple[Any, Any]:
    """(A, b) with ``A @ w <= b`` for each known sector; (None, None) when nothing is limited."""
    known = sorted({sector for sector in sectors if sector})
    if limit >= 1.0 or not known:
        return None, None
    rows = [[float(sector == one) for sector in sectors] for one in known]
    return np.array(rows), np.full(len(known), limit)


def estimator(method: str, limits: dict[str, Any]) -> Any:
    """The skfolio estimator of a method. It is an extra, so it is imported by name, here alone.

    Sample moments, long only, fully invested. Minimum variance and maximum Sharpe ratio after
    Markowitz (Portfolio Selection, 1952), minimum CVaR 95 % after Rockafellar and Uryasev (2000),
    risk parity as equal contributions to the variance (Maillard, Roncalli and Teiletche, 2010),
    hierarchical risk parity with single linkage in the order of the tree (Lopez de Prado, Building
    Diversified Portfolios that Outperform Out of Sample, 2016); that one takes no limits.
    """
    optimization, measures = import_module("skfolio.optimization"), import_module("skfolio")
    risk = measures.RiskMeasure
    if method == "min_variance":
        return optimization.MeanRisk(risk_measure=risk.VARIANCE, **limits)
    if method == "min_cvar":
        return optimization.MeanRisk(risk_measure=risk.CVAR, cvar_beta=0.95, **limits)
    if method == "risk_parity":
        return optimization.RiskBudgeting(risk_measure=risk.VARIANCE, **limits)
    if method == "max_sharpe":
        ratio = optimization.ObjectiveFunction.MAXIMIZE_RATIO
        return optimization.MeanRisk(
            objective_function=ratio, risk_measure=risk.STANDARD_DEVIATION, **limits
        )
    return _hierarchical(optimization.HierarchicalRiskParity)


def _hierarchical(hierarchical_risk_parity: Any) -> Any:
    cluster, seriation = import_module("skfolio.cluster"), import_module("skfolio.seriation")
    tree = cluster.HierarchicalClustering(linkage_method=cluster.LinkageMethod.SINGLE)
    order = seriation.HierarchicalSeriation(
        hierarchical_clustering_estimator=tree, optimal_ordering=False
    )
    return hierarchical_risk_parity(seriation_estimator=order)


def solve(problem: Problem) -> Outcome:
    """The weights of one problem, none negative, rounded; or why there are none."""
    method, returns, max_weight, sectors, max_sector_weight = problem
    failure = import_module("skfolio.exceptions").SkfolioError
    left, right = sector_limits(sectors, max_sector_weight)
    limits = {"max_weights": max_weight, "left_inequality": left, "right_inequality": right}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitted = estimator(method, limits).fit(returns)
    except (failure, ValueError, ArithmeticError) as error:
        return "unsolved", f"the solver found no weights: {' '.join(str(error).split())}"
    weights = np.round(np.maximum(np.asarray(fitted.weights_, np.float64), 0.0), DIGITS)
    if not np.isfinite(weights).all() or not abs(weights.sum() - 1.0) < 1e-6:
        return "unsolved", "the solver's weights do not add up"
    return "weights", weights


def main(channel: int) -> None:
    """Answer until the other side has gone."""
    os.nice(NICENESS)
    with Connection(channel) as connection:
        try:
            import_module("skfolio.optimization")
        except ImportError as error:
            connection.send(("missing", str(error)))
            return
        connection.send(("ready", None))
        while True:
            try:
                problem = connection.recv()
            except EOFError:
                return
            connection.send(solve(problem))


if __name__ == "__main__":
    main(int(sys.argv[1]))
