"""P10 and P12: volatility and expected shortfall of a portfolio."""

from collections.abc import Sequence

import numpy as np

from transforms.advice.cash_ways import SOLD, amount_of, less_invested
from transforms.advice.class_rule import classless
from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.groups import CRYPTO, classless_size, size_of_class
from transforms.advice.limits import LimitRule
from transforms.advice.portfolio_evidence import clearing_sentence
from transforms.advice.risk_measures import (
    invested,
    number,
    of_report,
    reported,
    risk_inputs,
    untold_risk,
)
from transforms.advice.rule import Finding, Want
from transforms.advice.view import View
from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.instruments import CASH
from transforms.portfolio.lines import Flags
from transforms.portfolio.tail import TAIL
from transforms.portfolio.valuation import MICROS

VOLATILE = (
    "At its present weights the portfolio has a volatility of {measure} a year over {measure.n} "
    "sessions, above the target of {measure.threshold}{of}."
)
TAIL_LOSS = (
    "On the worst {tail} of {cvar95.n} sessions the portfolio would have lost {cvar95} of its "
    "value on average at its present weights, {cvar95_amount}; the limit is {cvar95.threshold}."
)
DO = " Turn {to_cash} of the holdings into cash, each in proportion."
WOULD = " With {to_cash} of the holdings turned into cash, each in proportion, it would clear."

_volatility = number("volatility")


def is_crypto(view: View) -> Flags:
    """Portfolios of which more than half is known to be crypto, cash left aside.

    With cash counted, turning some of it into cash would lead to a lower target.
    """
    return 2 * size_of_class(view, CRYPTO) > _at_risk(view)


def _may_be_crypto(view: View) -> Flags:
    possible = size_of_class(view, CRYPTO) + classless_size(view)
    return (2 * possible > _at_risk(view)) & ~is_crypto(view)


def _at_risk(view: View) -> Ints:
    return view.gross - size_of_class(view, CASH)


def _least_volatility(view: View) -> Floats:
    """0 where it depends on unknown asset classes which of the two targets applies."""
    found, variant = _volatility(view), view.variant
    low, high = variant.number("P10", "over"), variant.number("P10", "crypto_over", np.inf)
    return np.where(_may_be_crypto(view) & (found > low) & (found <= high), 0.0, found)


def _owns_crypto(view: View) -> Flags:
    return invested(view) & is_crypto(view)


def _owns_others(view: View) -> Flags:
    return invested(view) & ~is_crypto(view)


def _no_target(view: View, row: int, elements: Ints) -> Want:
    """Nobody knows the volatility, or whether the portfolio is crypto."""
    if np.isnan(_volatility(view)[row]):
        return untold_risk("volatility")(view, row, elements)
    return classless(view, row, elements)


def volatile(rule: LimitRule, view: View, row: int, level: int) -> Finding:
    """How much of it would have to be cash."""
    text = VOLATILE.replace("measure", rule.measure)
    value, clear = float(_volatility(view)[row]), rule.limits(view.variant)[level - 1].clears
    of = " for a portfolio that is mostly crypto" if rule is P10_CRYPTO else ""
    ways = less_invested(view, row, clear / value, rule.clear_after(view.variant))
    return risk_finding(rule, view, row, level, text.replace("{of}", of), value, ways)


def tail_loss(rule: LimitRule, view: View, row: int, level: int) -> Finding:
    """The loss as an amount, and how much would have to be cash."""
    value, clear = float(rule.metric(view)[row]), rule.limits(view.variant)[level - 1].clears
    amount = value * int(view.gross[row]) / MICROS
    shown = Evidence("cvar95_amount", amount, view.currency(row), source_time=view.time)
    ways = less_invested(view, row, clear / value, rule.clear_after(view.variant))
    more = [of_report(view, row, shown), Evidence("tail", TAIL, "fraction", source_table="policy")]
    return risk_finding(rule, view, row, level, TAIL_LOSS, value, ways, more)


def risk_finding(
    rule: LimitRule,
    view: View,
    row: int,
    level: int,
    template: str,
    value: float,
    ways: list[Clearing],
    more: Sequence[Evidence] = (),
) -> Finding:
    """With the measure itself as the way to clear where nothing else is solved."""
    evidence = [*reported(rule, view, row, level, {}), *more]
    amount, imperative = amount_of(ways, SOLD), view.variant.wording == "imperative"
    words = rule.request if imperative else ""
    if amount is not None:
        evidence.append(Evidence("to_cash", amount, view.currency(row)))
        words = DO if imperative else WOULD
    clear, bars = rule.limits(view.variant)[level - 1].clears, rule.clear_after(view.variant)
    itself = Clearing("", "indicator", rule.measure, "<=", clear, rule.unit, bars)
    return Finding(
        template=template + clearing_sentence(rule) + words,
        evidence=evidence,
        clears_if=ways or [itself],
        inputs=risk_inputs(view, row, **{rule.measure: value}),
    )


P10 = LimitRule(
    "P10",
    "portfolio",
    "volatility",
    "fraction",
    _least_volatility,
    _owns_others,
    volatile,
    parameters=((None, "over"),),
    possible=_volatility,
    lacking=_no_target,
    request=" Reduce risk.",
)
P10_CRYPTO = LimitRule(
    "P10",
    "portfolio",
    "crypto_volatility",
    "fraction",
    _volatility,
    _owns_crypto,
    volatile,
    parameters=((None, "crypto_over"),),
    lacking=untold_risk("volatility"),
    request=" Reduce risk.",
)
"""Of P10 too: a portfolio that is mostly crypto is held to this target and to no other."""
P12 = LimitRule(
    "P12",
    "portfolio",
    "cvar95",
    "fraction",
    number("cvar95"),
    invested,
    tail_loss,
    lacking=untold_risk("cvar95"),
    request=" Reduce risk.",
)
