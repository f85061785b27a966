"""Rows that say what a rule could not tell: not evaluated, or withheld where nothing was open.

One row per (portfolio, rule, state), subject ''. Its content names symbols and requirements but no
running numbers, so that it stays the same row until what it says changes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from transforms.advice.doubts import doubtful
from transforms.advice.evidence import Clearing
from transforms.advice.hysteresis import LEVEL, SHORT, UNKNOWN, WITHHELD, Memory
from transforms.advice.reasons import NOT_EVALUATED, doubt, doubt_cause, pieces
from transforms.advice.reasons import WITHHELD as WITHHELD_STATE
from transforms.advice.rule import Finding, Rule, Want
from transforms.advice.view import View
from transforms.kernels.columns import Ints

STATES = (NOT_EVALUATED, WITHHELD_STATE)


@dataclass(frozen=True)
class Status:
    """What one status row says: ``state``, ``cause`` and the finding behind it."""

    state: str
    cause: str
    finding: Finding


def statuses(rule: Rule, view: View, memory: Memory, row: int) -> Iterator[Status]:
    """The status rows a portfolio should have for a rule."""
    elements, lines = elements_of(rule, view, row), view.grid.layout.lines_of(row)
    bits = memory[elements]
    unknown, is_open = bits & UNKNOWN > 0, bits & LEVEL > 0
    silent = (bits & WITHHELD > 0) & ~is_open
    if unknown.any():
        want = (
            _unvalued(view, lines)
            if rule.on_value and view.unpriced[row]
            else rule.want(view, row, elements[unknown], bits[unknown] & SHORT > 0)
        )
        yield Status(NOT_EVALUATED, want.cause, want.finding)
    if silent.any() and not (rule.on_value and is_open.any()):
        doubted = lines[doubtful(view)[lines]] if rule.on_value else elements[silent]
        yield Status(WITHHELD_STATE, doubt_cause(view, doubted), doubt(view, doubted))


def elements_of(rule: Rule, view: View, row: int) -> Ints:
    """Places of a portfolio's subjects in the arrays of a rule."""
    if rule.subject == "line":
        return view.grid.layout.lines_of(row)
    width = view.width(rule.subject)
    return np.arange(row * width, (row + 1) * width)


def _unvalued(view: View, lines: Ints) -> Want:
    """The value of the portfolio is not known, so no share of it is."""
    reasons = [
        ("symbols_without_price", lines[view.waiting[lines]]),
        ("symbols_without_rate", lines[view.unrated[lines]]),
        ("symbols_too_large", lines[view.oversized[lines]]),
    ]
    evidence, texts, names = pieces(view, reasons)
    words = {
        "symbols_without_price": "no price yet for",
        "symbols_without_rate": "no exchange rate for",
        "symbols_too_large": "too large to add up:",
    }
    parts = [f"{words[reason]} {{{reason}}} ({{{reason}_names}})" for reason in names] or [
        "no holding has a price"
    ]
    cause = "no_price" if "symbols_without_price" in names or not names else "no_value"
    ways = []
    if "symbols_without_price" in names:
        ways.append(Clearing("", "bar", "closed bars of each symbol", ">=", 1, "bars", 1))
    inputs = {"state": NOT_EVALUATED, **names}
    return Want(
        cause, Finding(f"Not evaluated: {'; '.join(parts)}.", evidence, ways, inputs, texts)
    )
