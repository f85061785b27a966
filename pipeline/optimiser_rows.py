"""Plans as rows of the answer: fractions as percentages where named so, money as text."""

from serving.money import money
from serving.views import Row
from transforms.portfolio.optimise.plan import Measures, Missing, Plan
from transforms.portfolio.optimise.request import Limits


def _percent(share: float | None) -> float | None:
    return None if share is None else 100.0 * share


def measures_row(found: Measures, reason: str) -> Row:
    """Metrics; ``reason`` says why some are null, '' when none is."""
    return {
        "volatility_pct": _percent(found.volatility),
        "cvar95_pct": _percent(found.cvar95),
        "hhi": found.hhi,
        "n_effective": found.n_effective,
        "n": found.n,
        "reason": reason or None,
    }


def limits_row(limits: Limits, cash: int, currency: str) -> Row:
    """What all plans keep to."""
    return {
        "max_weight": limits.max_weight,
        "max_sector_weight": limits.max_sector_weight,
        "max_turnover": limits.max_turnover,
        "cost_bps": limits.cost_bps,
        "cash": money(cash),
        "currency": currency,
    }


def missing_row(one: Missing) -> Row:
    """A method without an answer."""
    return {"method": one.method, "kind": one.kind, "reason": one.reason}


def plan_row(plan: Plan, reason: str) -> Row:
    """One method's answer."""
    return {
        "method": plan.method,
        "weights": [
            {"symbol": one.symbol, "before": one.before, "target": one.target, "after": one.after}
            for one in plan.weights
        ],
        "trades": [
            {
                "symbol": one.symbol,
                "side": one.side,
                "quantity": float(one.quantity),
                "price": one.price,
                "amount": money(one.amount),
                "cost": money(one.cost),
            }
            for one in plan.trades
        ],
        "before": measures_row(plan.before, reason),
        "after": measures_row(plan.after, reason),
        "turnover": plan.turnover,
        "cost": money(plan.cost),
        "cash_after": money(plan.cash),
        "binding_constraints": [
            {"constraint": one.constraint, "subject": one.subject, "limit": one.limit}
            for one in plan.binding
        ],
        "note": plan.note,
    }
