"""P11: a position that carries far more of the risk than its weight."""

from collections.abc import Sequence

import numpy as np

from transforms.advice.cash_ways import MARGIN
from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.limits import EXACT, LimitRule
from transforms.advice.portfolio_evidence import clear_level, holdings_of, request
from transforms.advice.risk_measures import (
    contribution,
    of_report,
    reported,
    risk_inputs,
    untold_risk,
)
from transforms.advice.rule import Finding
from transforms.advice.trades import units_within
from transforms.advice.view import View
from transforms.kernels.columns import Floats
from transforms.portfolio.lines import Flags

LEVERED = (
    "{subject} carries {risk_contribution} of the portfolio's risk, above the limit of "
    "{risk_contribution.threshold}, with {position_weight} of its value: {risk_per_weight} times "
    "its weight, above {risk_per_weight.threshold}. It clears at {risk_contribution_clear_level} "
    "or less, or at {risk_per_weight_clear_level} times its weight or less, on {closed_bars} "
    "closed bars in a row."
)


def opens_at(view: View) -> float:
    """Risk per weight above which a position counts."""
    return view.variant.number("P11", "times_weight_over", 1.0)


def stays_at(view: View) -> float:
    """Risk per weight above which it goes on counting."""
    return round(opens_at(view) * view.variant.number("P11", "clear_factor", 1.0), EXACT)


def _beyond(view: View, times: float) -> Floats:
    """Share in the risk where it is more than ``times`` the weight, else 0; NaN where unknown."""
    shares = contribution(view)
    return np.where(shares <= times * view.weight, 0.0, shares)


def _share(view: View) -> Floats:
    return _beyond(view, opens_at(view))


def _staying_share(view: View) -> Floats:
    return _beyond(view, stays_at(view))


def _judged(view: View) -> Flags:
    return view.judged


def levered(rule: LimitRule, view: View, line: int, level: int) -> Finding:
    """How many units may be kept."""
    symbol, row = view.grid.symbol(line), view.row_of(rule.subject, line)
    shares = {view.grid.symbol(one): float(contribution(view)[one]) for one in _told(view, row)}
    bars = rule.clear_after(view.variant)
    return Finding(
        template=LEVERED + request(rule, view),
        evidence=[
            *reported(rule, view, line, level, {"symbol": symbol}),
            *_beside(view, line, opens_at(view)),
            clear_level("risk_per_weight", stays_at(view), "ratio"),
        ],
        clears_if=[_way(view, line, rule.limits(view.variant)[level - 1].clears, bars)],
        inputs=risk_inputs(view, row, **shares) | {"line": symbol},
        texts={"subject": symbol},
    )


def _told(view: View, row: int) -> list[int]:
    lines = view.grid.layout.lines_of(row)
    told: list[int] = lines[~np.isnan(contribution(view)[lines])].tolist()
    return sorted(told, key=view.grid.symbol)


def _beside(view: View, line: int, over: float) -> list[Evidence]:
    """Weight, and risk per weight."""
    row, weight = int(view.grid.layout.rows[line]), float(view.weight[line])
    keys = {"portfolio_id": view.grid.portfolios[row], "symbol": view.grid.symbol(line)}
    times = float(contribution(view)[line]) / weight
    compared = Evidence("risk_per_weight", times, "ratio", over, ">", source_keys=keys)
    plain = Evidence("position_weight", weight, "fraction", source_time=view.time)
    return [plain.of(keys), of_report(view, row, compared)]


def _way(view: View, line: int, limit: float, bars: int) -> Clearing:
    """Units with which the share in the risk is within ``limit``, whatever moves with what."""
    symbol, share = view.grid.symbol(line), float(contribution(view)[line])
    holding, size = holdings_of(view, int(view.grid.layout.rows[line]))[symbol]
    units = units_within(holding, int(size * kept_part(share, limit)))
    return Clearing(symbol, "quantity", "units held", "<=", units, "units", bars if units else 1)


def kept_part(share: float, limit: float) -> float:
    """Part of a position that may be kept so that its share in the variance is within ``limit``.

    With ``t`` times as much of a position that has the share ``s``, ``t`` below 1 and the others
    staying, it has at most ``s t / (s t + 1 - s)``: by the inequality of Cauchy and Schwarz that is
    the case in which all else moves exactly with it. Where all else is a hedge nothing is sure.
    """
    if share >= 1.0 or limit >= 1.0:
        return 0.0
    return min(limit * (1.0 - share) / (share * (1.0 - limit)), 1.0) * (1.0 - MARGIN)


def closing(rule: LimitRule, view: View, line: int, level: int) -> Sequence[Evidence]:
    """Which of the two has come back, or both."""
    share, weight = float(contribution(view)[line]), float(view.weight[line])
    if np.isnan(share) or not weight > 0.0:
        return []
    pairs = (
        ("risk_contribution", share, "fraction", rule.limits(view.variant)[level - 1].clears),
        ("risk_per_weight", share / weight, "ratio", stays_at(view)),
    )
    found = []
    for name, value, unit, clear in pairs:
        measure = Evidence(name, value, unit, None, ">", source_table="portfolio_risk")
        if value <= clear:
            found.append(measure.at_clearing(value, clear, view.time))
    return found


P11 = LimitRule(
    "P11",
    "line",
    "risk_contribution",
    "fraction",
    _share,
    _judged,
    levered,
    parameters=((None, "share_over"),),
    staying=_staying_share,
    closing=closing,
    lacking=untold_risk("contribution"),
    request=" Reduce {subject}.",
)
