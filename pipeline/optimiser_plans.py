"""Methods -> plans: each has its answer or says why it has none; the others still answer."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from pipeline.solver_process import SolverFailed, SolverMissing, SolverTask, Unsolved
from serving.errors import NotReady
from transforms.kernels.columns import Floats
from transforms.portfolio.optimise.capped import infeasible
from transforms.portfolio.optimise.plan import Missing, Plan
from transforms.portfolio.optimise.planner import capped_target, limited_target, make_plan, unmoved
from transforms.portfolio.optimise.request import CAPPED, HRP, Limits, Portfolio

INSTALL = "needs skfolio: pip install 'yieldflow[optimise]'"


class ShortHistory(Exception):
    """There are too few daily returns to solve anything from."""


class Solver(Protocol):
    """Solves one task at a time; called from worker threads. See ``SolverProcess``."""

    def installed(self) -> bool:
        """Whether it can be expected to work."""

    def solve(self, task: SolverTask) -> Floats:
        """Weights that sum to 1. Raises Unsolved, SolverMissing or SolverFailed."""

    def close(self) -> None:
        """End it."""


def plans_of(
    methods: Sequence[str], portfolio: Portfolio, limits: Limits, solver: Solver
) -> tuple[list[Plan], list[Missing]]:
    """Plans in the order of ``methods``, and the methods that have none.

    Raises:
        NotReady: the solver crashed or took too long.
    """
    plans, missing = [], []
    for method in methods:
        try:
            target = _target(method, portfolio, limits, solver)
        except Unsolved as refused:
            missing.append(Missing(method, "infeasible", str(refused)))
        except SolverMissing as refused:
            missing.append(Missing(method, "not_installed", str(refused)))
        except ShortHistory as refused:
            missing.append(Missing(method, "short_history", str(refused)))
        except SolverFailed as failure:
            raise NotReady(f"{method}: {failure}; nothing was billed") from None
        else:
            plans.append(make_plan(method, target, portfolio, limits))
    return plans, missing


def _target(method: str, portfolio: Portfolio, limits: Limits, solver: Solver) -> Floats:
    if method != CAPPED and not solver.installed():
        raise SolverMissing(INSTALL)
    if reason := infeasible(portfolio.sectors, limits):
        raise Unsolved(reason)
    if method == CAPPED:
        return capped_target(portfolio, limits)
    if portfolio.short_history:
        raise ShortHistory(portfolio.short_history)
    if still := unmoved(portfolio):
        raise Unsolved(f"no risk can be told of a price that has not moved: {', '.join(still)}")
    returns = np.ascontiguousarray(portfolio.returns.T)
    if method == HRP:
        return limited_target(solver.solve(SolverTask(method, returns)), portfolio, limits)
    within = (limits.max_weight, portfolio.sectors, limits.max_sector_weight)
    return solver.solve(SolverTask(method, returns, *within))
