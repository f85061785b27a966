"""Risk of one portfolio: its present weights, held through the sessions that are over."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.benchmark import FIGURES, against
from transforms.portfolio.drawdown import calmar, drawdowns
from transforms.portfolio.liquidity import days_to_liquidate, untold
from transforms.portfolio.moments import Told, path_of, ratios
from transforms.portfolio.past import Past, refusal
from transforms.portfolio.position_risk import PositionRisk, position_risk
from transforms.portfolio.returns import MILLIONFOLD, common_rows, sample_of, traded
from transforms.portfolio.risk_report import NUMBERS, RiskReport
from transforms.portfolio.score import score_of, score_parts
from transforms.portfolio.tail import historical, parametric

SCORED = {"volatility": "volatility", "cvar": "cvar95", "drawdown": "drawdown", "beta": "beta"}


@dataclass(frozen=True)
class _Terms:
    periods: float
    risk_free: float
    window: int
    minimum: int


def assess(
    weights: Floats,
    closes: Floats,
    ends: Ints,
    *,
    benchmark: Floats | None,
    quantity: Floats,
    volume: Floats,
    names: Sequence[str],
    periods: float = 252.0,
    risk_free: float = 0.0,
    window: int = 252,
    minimum: int = 60,
) -> RiskReport:
    """Risk of k positions from T sessions. The order of positions changes no bit.

    Args:
        weights: signed value / sum of absolute values, by position.
        closes: [T, k], adjusted, oldest first; NaN where a symbol had no session.
        ends: of the sessions (local midnight behind them), microseconds UTC.
        benchmark: its closes in the same sessions, NaN where it had none; None without one.
        quantity: units, by position.
        volume: [T, k], units; NaN where unknown, infinite for cash, which need not be sold.
        names: symbols, as reasons call them.
        periods: sessions per year.
        risk_free: return per year.
        window: how many of the last returns count.
        minimum: fewest returns that give numbers.

    Raises:
        ValueError: ``minimum`` is below 2 or above ``window``.
    """
    if not 2 <= minimum <= window:
        raise ValueError(f"`minimum` must be from 2 to `window` ({window}), was {minimum}")
    order = np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)
    ordered = np.ascontiguousarray(closes.T[order])
    rows = common_rows(ordered)
    past = Past(weights[order], ordered, rows, sample_of(ordered, rows, window))
    reason = refusal(past, ends, [names[place] for place in order], minimum)
    days = days_to_liquidate(quantity, volume)
    told: Told = {}
    if (slow := untold(days, names)) is not None:
        told["days_to_liquidate"] = slow
    if reason is not None:
        told |= dict.fromkeys((*NUMBERS, "contribution"), reason)
        found = PositionRisk({}, np.full(len(order), np.nan))
    else:
        terms = _Terms(periods, risk_free, window, minimum)
        found = position_risk(past.weights, past.sample.returns, order)
        told |= found.told | _of_returns(past, terms) | _of_benchmark(past, terms, benchmark)
    return _report(past, ends, window, order, found, days, told)


def _of_returns(past: Past, terms: _Terms) -> Told:
    path = past.path
    var, shortfall = historical(path.returns)
    deepest, present = drawdowns(path.returns)
    return {
        **ratios(path, terms.periods, terms.risk_free),
        "var95": var,
        "cvar95": shortfall,
        "parametric_var95": parametric(path.mean, path.spread),
        "max_drawdown": deepest,
        "drawdown": present,
        "calmar": calmar(path.mean, deepest, terms.periods),
    }


def _of_benchmark(past: Past, terms: _Terms, benchmark: Floats | None) -> Told:
    """Against the benchmark, between sessions that it has in common with all positions."""
    if benchmark is None:
        return dict.fromkeys(FIGURES, "no benchmark")
    rows = past.rows[traded(benchmark[past.rows])]
    market = sample_of(benchmark[None], rows, terms.window)
    if market.n < terms.minimum:
        text = f"needs {terms.minimum} sessions common to the benchmark and all holdings, has "
        return dict.fromkeys(FIGURES, f"{text}{market.n}")
    same = np.array_equal(market.rows, past.sample.rows)
    mine = past.sample if same else sample_of(past.closes, rows, terms.window)
    if max(float(market.returns.max()), float(mine.returns.max())) > MILLIONFOLD:
        return dict.fromkeys(FIGURES, "more than a millionfold between two sessions")
    path = past.path if same else past.path_over(mine)
    return against(path, path_of(market.returns[0]), terms.periods, terms.risk_free)


def _report(
    past: Past,
    ends: Ints,
    window: int,
    order: Ints,
    found: PositionRisk,
    days: Floats,
    told: Told,
) -> RiskReport:
    """What was found, positions back in the order in which they came."""
    numbers, reasons = _split(told)
    parts = _parts(past.weights, numbers)
    score = score_of(parts)
    if isinstance(score, str):
        reasons.setdefault("score", score)
    else:
        numbers["score"] = score
    n, rows = past.sample.n, past.sample.rows
    return RiskReport(
        n=n,
        window=window,
        contribution=found.contribution[np.argsort(order)],
        days_to_liquidate=days,
        first=int(ends[rows[1]]) if n else 0,
        last=int(ends[rows[-1]]) if n else 0,
        **numbers,
        parts=parts,
        pairs=found.pairs,
        reasons=reasons,
    )


def _parts(weights: Floats, numbers: Mapping[str, float]) -> dict[str, float | None]:
    values = {part: numbers.get(name) for part, name in SCORED.items()}
    squares = float(np.add.reduce(weights * weights))
    values["concentration"] = 1.0 / squares if 0.0 < squares < math.inf else None
    return score_parts(values)


def _split(told: Told) -> tuple[dict[str, Any], dict[str, str]]:
    """Numbers and reasons; what outgrew the numbers has a reason too."""
    numbers: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    for name, value in told.items():
        if isinstance(value, str):
            reasons[name] = value
        elif math.isfinite(value):
            numbers[name] = value
        else:
            reasons[name] = "too large to tell"
    return numbers, reasons
