"""G01 to G08: what is good about a portfolio, told as other rules tell what is not.

A strength is never claimed on what is not known: its row ends as soon as the measure cannot be
told, and no row says that it was not evaluated. It has a slack as other limits have: it ends at
``clear_factor`` of a lower limit, or as far above an upper one. A limit of 0 has none.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.groups import sector_weight
from transforms.advice.limits import LimitRule
from transforms.advice.portfolio_evidence import clearing_sentence, compared, inputs_of, measured
from transforms.advice.risk_measures import invested, number, reported, risk_inputs
from transforms.advice.rule import Finding
from transforms.advice.trading_rules import fees, has_traded
from transforms.advice.view import View
from transforms.kernels.columns import Floats
from transforms.portfolio.instruments import UNKNOWN_SECTOR
from transforms.portfolio.tail import TAIL
from transforms.portfolio.valuation import share

STRENGTH = "strength"  # severity
Operator = Literal[">", ">=", "<", "<="]
Column = Callable[[View], Floats]
Told = Callable[[LimitRule, View, int, int, dict[str, Any]], list[Evidence]]
Inputs = Callable[[LimitRule, View, int], Any]

SPREAD = (
    "The portfolio is spread like {n_effective} equal positions; {n_effective.threshold} or more "
    "are a strength."
)
NO_HEAVY_POSITION = (
    "No position is above {largest_position_weight.threshold} of the portfolio's value; the "
    "largest is {largest_position_weight}."
)
NO_HEAVY_SECTOR = (
    "No sector is above {largest_sector_weight.threshold} of the portfolio's value; the largest "
    "that is known is {largest_sector_weight}."
)
INDEPENDENT = (
    "The holdings hardly move together: over {average_correlation.n} sessions the correlation of "
    "two of them is {average_correlation} on average; {average_correlation.threshold} or less is "
    "a strength."
)
THIN_TAIL = (
    "On the worst {tail} of {cvar95.n} sessions the portfolio would have lost no more than "
    "{cvar95} of its value on average at its present weights; {cvar95.threshold} or less is a "
    "strength."
)
NEAR_HIGH = (
    "At its present weights the portfolio is {drawdown} below its high of the last {drawdown.n} "
    "sessions; less than {drawdown.threshold} is a strength."
)
REWARDED = (
    "Over {sharpe_low.n} sessions the Sharpe ratio of the portfolio at its present weights is "
    "above {sharpe_low.threshold} even at the lower end of its confidence interval, {sharpe_low}."
)
CHEAP = (
    "Fees are {fees_share} of what was bought and sold; {fees_share.threshold} or less is a "
    "strength."
)


def _equal_positions(view: View) -> Floats:
    held = view.hhi > 0.0
    return np.divide(1.0, view.hhi, out=np.full(len(held), np.nan), where=held)


def _largest_position(view: View) -> Floats:
    sizes = np.where(view.cash, 0, view.size)
    return share(view.grid.layout.top(sizes, 1), view.gross)


def _sectors(view: View) -> Floats:
    return sector_weight(view).reshape(-1, view.sectors)


def _largest_sector(view: View) -> Floats:
    return np.delete(_sectors(view), UNKNOWN_SECTOR, axis=1).max(axis=1, initial=0.0)


def _possible_sector(view: View) -> Floats:
    """The same with everything of unknown sector."""
    return _largest_sector(view) + _sectors(view)[:, UNKNOWN_SECTOR]


def _holdings(rule: LimitRule, view: View, row: int) -> Any:
    return {"measure": rule.measure, "holdings": inputs_of(view, row)}


def _report(rule: LimitRule, view: View, row: int) -> Any:
    return risk_inputs(view, row, **{rule.measure: float(rule.metric(view)[row])})


def _account(template: str, told: Told, inputs: Inputs) -> Callable[..., Finding]:
    """A strength lasts until its measure has come to the level that clears it."""

    def account(rule: LimitRule, view: View, row: int, level: int) -> Finding:
        limit, bars = rule.limits(view.variant)[level - 1], rule.clear_after(view.variant)
        compare = "<=" if rule.is_ceiling else ">="
        return Finding(
            template=template + clearing_sentence(rule),
            evidence=told(rule, view, row, level, {}),
            clears_if=[
                Clearing("", "indicator", rule.measure, compare, limit.clears, rule.unit, bars)
            ],
            inputs=inputs(rule, view, row),
        )

    return account


def _strength(
    rule_id: str,
    measure: str,
    unit: str,
    metric: Column,
    template: str,
    operator: Operator,
    **others: Any,
) -> LimitRule:
    """Of holdings as they are, unless ``told`` and ``inputs`` say otherwise."""
    account = _account(template, others.pop("told", measured), others.pop("inputs", _holdings))
    return LimitRule(
        rule_id,
        "portfolio",
        measure,
        unit,
        metric,
        others.pop("exists", invested),
        account,
        parameters=((STRENGTH, "limit"),),
        has_status=False,
        operator=operator,
        lapses=True,
        **others,
    )


def _of_risk(
    rule_id: str,
    measure: str,
    unit: str,
    template: str,
    operator: Operator,
    told: Told = reported,
) -> LimitRule:
    """Of the last report."""
    metric = number(measure)
    return _strength(rule_id, measure, unit, metric, template, operator, told=told, inputs=_report)


def _with_tail(
    rule: LimitRule, view: View, row: int, level: int, keys: dict[str, Any]
) -> list[Evidence]:
    tail = Evidence("tail", TAIL, "fraction", source_table="policy")
    return [*reported(rule, view, row, level, keys), tail]


def _own_fees(rule: LimitRule, view: View, row: int) -> Any:
    return {rule.measure: float(fees(view)[row])}


STRENGTHS = (
    _strength("G01", "n_effective", "points", _equal_positions, SPREAD, ">="),
    _strength(
        "G02", "largest_position_weight", "fraction", _largest_position, NO_HEAVY_POSITION, "<="
    ),
    _strength(
        "G03",
        "largest_sector_weight",
        "fraction",
        _largest_sector,
        NO_HEAVY_SECTOR,
        "<=",
        possible=_possible_sector,
    ),
    _of_risk("G04", "average_correlation", "ratio", INDEPENDENT, "<="),
    _of_risk("G05", "cvar95", "fraction", THIN_TAIL, "<=", _with_tail),
    _of_risk("G06", "drawdown", "fraction", NEAR_HIGH, "<"),
    _of_risk("G07", "sharpe_low", "ratio", REWARDED, ">"),
    _strength(
        "G08",
        "fees_share",
        "fraction",
        fees,
        CHEAP,
        "<=",
        exists=has_traded,
        told=compared,
        inputs=_own_fees,
        on_value=False,
        table="transactions",
    ),
)
