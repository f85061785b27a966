"""What risk rows show of a view."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from transforms.advice.evidence import portable
from transforms.advice.view import View
from transforms.portfolio.exposures import exposures
from transforms.portfolio.instruments import CAP_BANDS
from transforms.portfolio.performance import Performance
from transforms.portfolio.risk_report import RiskReport

Numbers = Mapping[str, float | None]
RiskRow = dict[str, Any]  # by column of PortfolioRisk
PERCENT = {  # column -> number of a report, a fraction
    "volatility_pct": "volatility",
    "var95_pct": "var95",
    "cvar95_pct": "cvar95",
    "parametric_var95_pct": "parametric_var95",
    "drawdown_pct": "drawdown",
    "max_drawdown_pct": "max_drawdown",
    "alpha_pct": "alpha",
    "tracking_error_pct": "tracking_error",
}
PLAIN = {  # column -> number of a report, as it is
    **dict.fromkeys(("sharpe", "sharpe_low", "sharpe_high", "sortino", "calmar", "beta")),
    **dict.fromkeys(("r_squared", "average_correlation", "diversification_ratio")),
    "risk_score": "score",
}
UNPRICED = "not every holding has a price in the portfolio's currency"


def risk_row(view: View, row: int) -> RiskRow:
    """Row of one portfolio that has a value."""
    hhi = float(view.hhi[row])
    report = view.risk.report(row)
    lines = view.grid.layout.lines_of(row)
    reasons = _reasons(report) | _untold(view.risk.performance(row))
    waiting = sorted(view.grid.symbol(line) for line in lines[view.waiting[lines]])
    if waiting:
        reasons["value_micros"] = f"leaves out {', '.join(waiting)}: no price yet"
    return {
        "portfolio_id": view.grid.portfolios[row],
        "value_micros": int(view.net[row]),
        "hhi": hhi,
        "n_effective": 1.0 / hhi,
        "top5_weight": float(view.top_weight[row]),
        "sector_weights": _sector_weights(view, row),
        **_numbers(report),
        "score_parts": {} if report is None else dict(report.parts),
        "days_to_liquidate": _slowest(view, row),
        **_returns(view.risk.performance(row)),
        "sessions": 0 if report is None else report.n,
        "exposures": _exposures(view, row),
        "contributions": _contributions(view, row),
        "reasons": reasons,
        "currency": view.currency(row),
        "ts_event": view.time,
    }


def _sector_weights(view: View, row: int) -> dict[str, float]:
    weights = view.sector_weight[row * view.sectors : (row + 1) * view.sectors]
    names = view.grid.instruments.sectors
    sectors = {names[place]: portable(float(weights[place])) for place in np.flatnonzero(weights)}
    return dict(sorted(sectors.items()))


def _numbers(report: RiskReport | None) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for column, name in PERCENT.items():
        value = None if report is None else getattr(report, name)
        found[column] = None if value is None else 100.0 * value
    for column, other in PLAIN.items():
        found[column] = None if report is None else getattr(report, other or column)
    return found


def _reasons(report: RiskReport | None) -> dict[str, str]:
    """Why a column is null, by column."""
    columns = {name: column for column, name in PERCENT.items()}
    columns |= {other or column: column for column, other in PLAIN.items()}
    if report is None:
        return dict.fromkeys(sorted(columns.values()), UNPRICED)
    return {columns.get(name, name): text for name, text in sorted(report.reasons.items())}


def _returns(performance: Performance | None) -> dict[str, float | None]:
    """Columns of what the account has earned."""
    told = {} if performance is None else {"xirr_pct": performance.xirr, "twr_pct": performance.twr}
    return {
        name: None if (value := told.get(name)) is None else 100.0 * value
        for name in ("xirr_pct", "twr_pct")
    }


def _untold(performance: Performance | None) -> dict[str, str]:
    """Why one of them is null."""
    if performance is None:
        return dict.fromkeys(("xirr_pct", "twr_pct"), "no transactions")
    reasons = performance.reasons
    return {f"{name}_pct": reasons[name] for name in ("xirr", "twr") if name in reasons}


def _exposures(view: View, row: int) -> dict[str, Any]:
    """Spread over each dimension, numbers as every JSON reader gives them back."""
    lines = view.grid.layout.lines_of(row)
    lines = lines[view.counted[lines]]
    symbols = [view.grid.symbol(line) for line in lines]
    facts = [view.grid.instruments.facts(symbol) for symbol in symbols]
    bands = view.grid.instruments.cap_bands(view.grid.names)
    dimensions = {
        "name": symbols,
        "sector": [one.sector for one in facts],
        "asset_class": [one.asset_class for one in facts],
        "currency": [view.grid.currencies[number] for number in view.held.currency[lines]],
        "cap_band": [CAP_BANDS[number] for number in bands[view.grid.codes[lines]]],
    }
    found = exposures(view.size[lines].tolist(), dimensions)
    return {name: _portable(asdict(one)) for name, one in found.items()}


def _portable(shown: dict[str, Any]) -> dict[str, Any]:
    weights = {label: portable(weight) for label, weight in sorted(shown.pop("weights").items())}
    return {"weights": weights, **{name: portable(value) for name, value in shown.items()}}


def _slowest(view: View, row: int) -> float | None:
    lines = view.grid.layout.lines_of(row)
    days = view.risk.of_lines("days_to_liquidate", len(view.owned))[lines]
    known = days[~np.isnan(days)]
    return float(known.max()) if len(known) else None


def _contributions(view: View, row: int) -> dict[str, float]:
    lines = view.grid.layout.lines_of(row)
    shares = view.risk.of_lines("contribution", len(view.owned))[lines]
    found = {
        view.grid.symbol(line): portable(float(share))
        for line, share in zip(lines, shares.tolist(), strict=True)
        if not np.isnan(share)
    }
    return dict(sorted(found.items()))
