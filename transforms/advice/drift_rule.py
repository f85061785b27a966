"""P06: a holding that has drifted from the weight its owner wants it to have (5/25 rule).

Larry Swedroe's rule: rebalance at 5 percentage points, or at 25 % of the target where that is less.
A target of 0 has no quarter: there the points alone count.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from transforms.advice.band_rule import OVER, BandRule, Bounds
from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.limits import EXACT
from transforms.advice.part_ways import Part
from transforms.advice.policy import Variant
from transforms.advice.portfolio_evidence import (
    clear_level,
    holding_at,
    inputs_of,
    portfolio_value,
    trade_texts,
    traded_evidence,
)
from transforms.advice.rebalance import rebalancing, trade_words
from transforms.advice.rule import Finding, closing_evidence
from transforms.advice.trades import (
    price_reaching,
    price_within,
    units_reaching,
    units_within,
)
from transforms.advice.view import View
from transforms.kernels.columns import Floats
from transforms.portfolio.concentration import largest_part, least_part

MEASURE = "weight_drift"
DRIFTED = (
    "{subject} is {position_weight} of the portfolio's value, {weight_drift} {side} its target of "
    "{target_weight}; {weight_drift.threshold} or more is too far. "
    "It clears at {weight_drift_clear_level} or less on {closed_bars} closed bars in a row."
)


def tolerance(variant: Variant, target: Floats) -> Floats:
    """Least drift that is too far, by line."""
    part = variant.number("P06", "part") * target
    points = variant.number("P06", "points")
    return np.where(target > 0.0, np.minimum(points, part), points)


def bounds(view: View) -> Bounds:
    """Of each line with a target, held or not."""
    found: Bounds | None = view.memo.get(("drift",))
    if found is None:
        found = view.memo["drift",] = _bounds(view)
    return found


def _bounds(view: View) -> Bounds:
    if not view.held.has_targets:  # by far the most portfolios: nothing to compare
        none, never = np.zeros(len(view.owned)), np.zeros(len(view.owned), np.bool_)
        return Bounds(none, none, none, none, none, none, never)
    target, rows = view.held.target, view.grid.layout.rows
    far = tolerance(view.variant, target)
    near = far * view.variant.number("P06", "clear_factor", 1.0)
    low, high = np.round(target - far, EXACT), np.round(target + far, EXACT)
    clear_low, clear_high = np.round(target - near, EXACT), np.round(target + near, EXACT)
    exists, weight = ~np.isnan(target) & view.owner[rows], view.weight
    return Bounds(weight, weight, low, high, clear_low, clear_high, exists, closed=False)


def drift(rule: BandRule, view: View, line: int, level: int) -> Finding:
    """Price, quantity or value of the others at which the weight is close enough again."""
    row, symbol, over = int(view.grid.layout.rows[line]), view.grid.symbol(line), level == OVER
    trades = rebalancing(view, row, line, over=over, short=_short(view, row))
    bars = rule.clear_after(view.variant)
    measure = _measure(view, line)
    return Finding(
        template=DRIFTED + trade_words(view, trades),
        evidence=[
            measure,
            clear_level(MEASURE, _near(view, measure), "fraction"),
            closing_evidence(bars),
            *_weights(view, line),
            portfolio_value(view, row),
            *traded_evidence(trades, view.currency(row), "fraction"),
        ],
        clears_if=_ways(view, line, bars, over=over),
        inputs={"line": symbol, "targets": targets_of(view, row), "holdings": inputs_of(view, row)},
        texts={"subject": symbol, "side": "above" if over else "below", **trade_texts(trades)},
        trades=trades,
    )


def _short(view: View, row: int) -> list[int]:
    """Lines of a portfolio that are too far below their target."""
    lines, band = view.grid.layout.lines_of(row), bounds(view)
    far = band.exists[lines] & (view.weight[lines] <= band.low[lines])
    found: list[int] = lines[far].tolist()
    return found


def _measure(view: View, line: int) -> Evidence:
    """How far the weight is from the target, against how far it may be."""
    target = float(view.held.target[line])
    row = int(view.grid.layout.rows[line])
    return Evidence(
        name=MEASURE,
        value=round(abs(float(view.weight[line]) - target), EXACT),
        unit="fraction",
        threshold=round(float(tolerance(view.variant, np.array([target]))[0]), EXACT),
        operator=">=",
        source_table="holdings",
        source_keys={
            "portfolio_id": view.grid.portfolios[row],
            "symbol": view.grid.symbol(line),
        },
        source_time=view.time,
    )


def _near(view: View, measure: Evidence) -> float:
    """Drift at which the row clears."""
    return round(
        (measure.threshold or 0.0) * view.variant.number("P06", "clear_factor", 1.0), EXACT
    )


def _weights(view: View, line: int) -> list[Evidence]:
    measure, weight = _measure(view, line), float(view.weight[line])
    target = Evidence(
        "target_weight",
        float(view.held.target[line]),
        "fraction",
        source_table="holdings",
        source_keys=measure.source_keys,
    )
    now = Evidence("position_weight", weight, "fraction", source_time=view.time)
    return [now.of(measure.source_keys), target]


def targets_of(view: View, row: int) -> dict[str, float]:
    """Targets of a portfolio by symbol."""
    lines = view.grid.layout.lines_of(row)
    lines = lines[~np.isnan(view.held.target[lines])]
    return {view.grid.symbol(line): float(view.held.target[line]) for line in lines.tolist()}


def closing(rule: BandRule, view: View, line: int, level: int) -> Sequence[Evidence]:
    """The drift now; only the weight where the target is gone."""
    if np.isnan(view.held.target[line]):
        now = Evidence("position_weight", float(view.weight[line]), "fraction")
        return [now.at_clearing(now.value, None, view.time)]
    measure = replace(_measure(view, line), operator=">")
    return [measure.at_clearing(measure.value, _near(view, measure), view.time)]


def _ways(view: View, line: int, bars: int, *, over: bool) -> list[Clearing]:
    """Each with all else staying as it is."""
    row, symbol = int(view.grid.layout.rows[line]), view.grid.symbol(line)
    band = bounds(view)
    limit = float((band.clear_high if over else band.clear_low)[line])
    words = "value of the holding", "value of everything else"
    part = Part(view, row, symbol, int(view.size[line]), *words, bars)
    by_amount = part.shrinks(limit) if over else part.grows(limit)
    return [*_of_the_line(view, line, part, limit, over=over), *by_amount]


def _of_the_line(view: View, line: int, part: Part, limit: float, *, over: bool) -> list[Clearing]:
    """Price and quantity; not where a whole lot would carry it past the other side."""
    holding = holding_at(view, line)
    if holding is None or part.others == 0 or limit >= 1.0:
        return []
    size = largest_part(part.others, limit) if over else least_part(part.others, limit)
    compare, found = "<=" if over else ">=", []
    if holding.units and not view.cash[line]:
        solve_price = price_within if over else price_reaching
        price = solve_price(holding.units, size, holding.rate)
        found.append(
            Clearing(holding.symbol, "price", "last close", compare, price, "price", part.bars)
        )
    units = (units_within if over else units_reaching)(holding, size)
    worth = holding.size(units)
    if _is_near(view, line, float(worth) / float(worth + part.others)):
        found.append(
            Clearing(holding.symbol, "quantity", "units held", compare, units, "units", part.bars)
        )
    return found


def _is_near(view: View, line: int, weight: float) -> bool:
    band = bounds(view)
    return bool(band.clear_low[line] <= weight <= band.clear_high[line])


P06 = BandRule("P06", "line", bounds, drift, closing)
