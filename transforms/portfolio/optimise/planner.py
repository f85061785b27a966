"""One method's target weights -> the plan that comes nearest to them."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from transforms.kernels.columns import Floats
from transforms.portfolio.moments import path_of
from transforms.portfolio.optimise.capped import capped
from transforms.portfolio.optimise.desk import trade_towards
from transforms.portfolio.optimise.goals import goals_of
from transforms.portfolio.optimise.measures import measure
from transforms.portfolio.optimise.plan import Binding, Measures, Plan, Weight
from transforms.portfolio.optimise.request import HRP, Limits, Portfolio

LEAST = 1e-12  # a weight that rounding has made 0
AT_LIMIT = 1e-6  # a solver's weight this near to a limit is at it


def current_measures(portfolio: Portfolio) -> Measures:
    """Of the portfolio as it is."""
    return measure(portfolio.values, portfolio.cash, portfolio.returns, portfolio.periods)


def capped_target(portfolio: Portfolio, limits: Limits) -> Floats:
    """Present weights, cut to the limits. Raises ValueError where nothing keeps to them."""
    return capped(np.array(portfolio.values, np.float64), portfolio.sectors, limits)


def limited_target(weights: Floats, portfolio: Portfolio, limits: Limits) -> Floats:
    """Weights of a method that knows no limits, all positive, cut to them."""
    return capped(np.maximum(weights, LEAST), portfolio.sectors, limits)


def unmoved(portfolio: Portfolio) -> Sequence[str]:
    """Symbols whose price has stood still: to a solver the safest of all, in truth not traded."""
    return [
        line.symbol
        for line, returns in zip(portfolio.lines, portfolio.returns, strict=True)
        if len(returns) and path_of(returns).spread == 0.0
    ]


def make_plan(method: str, target: Floats, portfolio: Portfolio, limits: Limits) -> Plan:
    """Trades towards ``target`` (weights of the lines, sum 1) and what they change."""
    goals = goals_of(portfolio, target, limits)
    desk = trade_towards(portfolio, goals, limits)
    whole, left = portfolio.value, sum(desk.values) + desk.cash
    weights = [
        Weight(line.symbol, before / whole, float(share), after / left)
        for line, before, share, after in zip(
            portfolio.lines, portfolio.values, target, desk.values, strict=True
        )
    ]
    return Plan(
        method=method,
        weights=weights,
        trades=desk.trades,
        before=current_measures(portfolio),
        after=measure(desk.values, desk.cash, portfolio.returns, portfolio.periods),
        turnover=max(desk.bought, desk.sold) / whole,
        cost=desk.cost,
        cash=desk.cash,
        binding=_binding(target, portfolio, limits, goals.share),
        note=_note(method, portfolio, limits, goals.share, len(desk.trades)),
    )


def _binding(
    target: Floats, portfolio: Portfolio, limits: Limits, share: float
) -> Sequence[Binding]:
    sums: Counter[str] = Counter()
    found = []
    for line, weight in zip(portfolio.lines, target.tolist(), strict=True):
        sums[line.sector] += weight
        if weight >= limits.max_weight - AT_LIMIT:
            found.append(Binding("max_weight", line.symbol, limits.max_weight))
    found += [
        Binding("max_sector_weight", sector, limits.max_sector_weight)
        for sector, weight in sorted(sums.items())
        if sector and weight >= limits.max_sector_weight - AT_LIMIT
    ]
    if share < 1.0:
        found.append(Binding("max_turnover", "", limits.max_turnover))
    return found


def _note(method: str, portfolio: Portfolio, limits: Limits, share: float, trades: int) -> str:
    said = []
    if share < 1.0:
        said.append(
            f"A turnover of at most {100 * limits.max_turnover:.4g}% goes {100 * share:.3g}% of "
            "the way to the target."
        )
    if method == HRP:
        said.append("The limits were applied to the weights of the method afterwards, pro rata.")
    unknown = [line.symbol for line in portfolio.lines if not line.sector]
    if unknown:
        said.append(f"No sector is known of {', '.join(unknown)}: no sector limit for these.")
    if not trades:
        said.append("No trade of a whole lot comes nearer to the target.")
    return " ".join(said)
