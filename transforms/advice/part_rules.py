"""P07, P08 and P17: weight of another currency, of small caps, of cash; the emergency fund."""

import numpy as np

from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.groups import (
    cash_amount,
    cash_size,
    cash_weight,
    currency_size,
    currency_weight,
    possible_cash_amount,
    possible_small_cap_weight,
    small_cap_size,
    small_cap_weight,
)
from transforms.advice.limits import MONEY, LimitRule
from transforms.advice.part_ways import Part
from transforms.advice.portfolio_evidence import (
    clearing_sentence,
    compared,
    inputs_of,
    measured,
    request,
)
from transforms.advice.reasons import lacking, names_of, untold
from transforms.advice.rule import Finding, Want
from transforms.advice.sentences import listed
from transforms.advice.view import View
from transforms.kernels.columns import Ints
from transforms.portfolio.cap_bands import MID
from transforms.portfolio.instruments import SMALL, UNKNOWN_BAND
from transforms.portfolio.lines import Flags

CURRENCY = (
    "{currency} is {currency_weight} of the portfolio's value, above the limit of "
    "{currency_weight.threshold} for a currency other than {base}."
)
SMALL_CAPS = (
    "Small caps, of rank {small_cap_rank} or below by market value, are {small_cap_weight} of the "
    "portfolio's value ({names}), above the limit of {small_cap_weight.threshold}."
)
LITTLE_CASH = (
    "Cash is {cash_weight} of the portfolio's value, below the minimum of {cash_weight.threshold}."
)
FUND = "Cash of {cash_value} does not cover the emergency fund of {cash_value.threshold}."


def owner(view: View) -> Flags:
    """Portfolios that hold anything."""
    return view.owner


def currency(rule: LimitRule, view: View, row: int, level: int) -> Finding:
    """Which currency it is, and the value it must come down to."""
    sizes, limit = currency_size(view)[row], rule.limits(view.variant)[level - 1]
    largest = np.flatnonzero(sizes == sizes.max()).tolist()  # ties go by name, not by number
    number = min(largest, key=view.grid.currencies.__getitem__)
    name = view.grid.currencies[number]
    words = "value of holdings in the currency", "value of the other holdings"
    part = Part(view, row, name, int(sizes[number]), *words, rule.clear_after(view.variant))
    base = view.currency(row)
    return Finding(
        template=CURRENCY + clearing_sentence(rule) + request(rule, view),
        evidence=measured(rule, view, row, level, {"currency": name}),
        clears_if=part.shrinks(limit.clears),
        inputs={"currency": name, "base": base, "holdings": inputs_of(view, row)},
        texts={"currency": name, "base": base},
    )


def small_caps(rule: LimitRule, view: View, row: int, level: int) -> Finding:
    """Which holdings they are, and the value they must come down to."""
    limit = rule.limits(view.variant)[level - 1]
    names = names_of(view, _of_band(view, row, SMALL))
    words = "value of small caps", "value of the other holdings"
    part = Part(
        view, row, "", int(small_cap_size(view)[row]), *words, rule.clear_after(view.variant)
    )
    rank = Evidence("small_cap_rank", MID + 1, "count", source_table="policy")
    return Finding(
        template=SMALL_CAPS + clearing_sentence(rule) + request(rule, view),
        evidence=[*measured(rule, view, row, level, {"symbols": names}), rank],
        clears_if=part.shrinks(limit.clears),
        inputs={"small_caps": names, "holdings": inputs_of(view, row)},
        texts={"names": listed(names)},
    )


def no_market_value(view: View, row: int, elements: Ints) -> Want:
    """So much has no known market value that small caps may be above the limit."""
    lines = _of_band(view, row, UNKNOWN_BAND)
    reason, words = "symbols_without_market_cap", "no market value known of"
    return lacking(view, lines, cause="no_market_cap", reason=reason, words=words)


def _of_band(view: View, row: int, band: int) -> Ints:
    lines = view.grid.layout.lines_of(row)
    numbers = view.grid.instruments.cap_bands(view.grid.names)[view.grid.codes[lines]]
    chosen = (numbers == band) & view.counted[lines] & view.judged[lines]
    return lines[chosen]


def little_cash(rule: LimitRule, view: View, row: int, level: int) -> Finding:
    """How much cash there would have to be."""
    limit = rule.limits(view.variant)[level - 1]
    words = "value of cash", "value of the other holdings"
    part = Part(view, row, "", int(cash_size(view)[row]), *words, rule.clear_after(view.variant))
    return Finding(
        template=LITTLE_CASH + clearing_sentence(rule) + request(rule, view),
        evidence=measured(rule, view, row, level, {}),
        clears_if=part.grows(limit.clears) if part.size >= 0 else [],
        inputs={"measure": rule.measure, "holdings": inputs_of(view, row)},
    )


def fund(rule: LimitRule, view: View, row: int, level: int) -> Finding:
    """How much cash there would have to be; no price matters."""
    limit, bars = rule.limits(view.variant)[level - 1], rule.clear_after(view.variant)
    unit, value = view.currency(row), float(cash_amount(view)[row])
    way = Clearing("", "amount", "value of cash", ">=", limit.clears, unit, bars)
    return Finding(
        template=FUND + clearing_sentence(rule) + request(rule, view),
        evidence=compared(rule, view, row, level, {}),
        clears_if=[way],
        inputs={"measure": rule.measure, "cash": value, "currency": unit},
    )


def no_rate_of_cash(view: View, row: int, elements: Ints) -> Want:
    """Cash in another currency may cover the fund, or not."""
    return untold("no_value", "no exchange rate for cash in another currency")


P07 = LimitRule(
    "P07",
    "portfolio",
    "currency_weight",
    "fraction",
    currency_weight,
    owner,
    currency,
    request=" Reduce it or hedge it.",
)
P08 = LimitRule(
    "P08",
    "portfolio",
    "small_cap_weight",
    "fraction",
    small_cap_weight,
    owner,
    small_caps,
    possible=possible_small_cap_weight,
    lacking=no_market_value,
    request=" Reduce them.",
)
P17 = LimitRule(
    "P17",
    "portfolio",
    "cash_weight",
    "fraction",
    cash_weight,
    owner,
    little_cash,
    parameters=((None, "min_cash"),),
    operator="<",
    request=" Hold more cash.",
)
P17_FUND = LimitRule(
    "P17",
    "portfolio",
    "cash_value",
    MONEY,
    cash_amount,
    owner,
    fund,
    parameters=((None, "emergency_fund"),),
    on_value=False,
    operator="<",
    possible=possible_cash_amount,
    lacking=no_rate_of_cash,
    request=" Put cash aside.",
)
"""Of P17 too: both may be open at once."""
