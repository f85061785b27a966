"""Rows that say what a rule could not tell: not evaluated, or withheld where nothing was open.

One row per (portfolio, rule, state), subject ''. Its content names symbols and requirements but no
running numbers, so that it stays the same row until what it says changes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.hysteresis import LEVEL, SHORT, UNKNOWN, WITHHELD, Memory
from transforms.advice.rule import Finding, Rule
from transforms.advice.sentences import listed
from transforms.advice.symbol_rules import SymbolRule
from transforms.advice.view import View
from transforms.kernels.columns import Ints
from transforms.portfolio.lines import Flags

NOT_EVALUATED, WITHHELD_STATE = "not_evaluated", "withheld"
STATES = (NOT_EVALUATED, WITHHELD_STATE)


@dataclass(frozen=True)
class Status:
    """What one status row says: ``state``, ``cause`` and the finding behind it."""

    state: str
    cause: str
    finding: Finding


def statuses(rule: Rule, view: View, memory: Memory, row: int) -> Iterator[Status]:
    """The status rows a portfolio should have for a rule."""
    elements = elements_of(rule, view, row)
    bits = memory[elements]
    if rule.on_value:
        yield from _value_statuses(view, bits, row)
    elif isinstance(rule, SymbolRule):
        unknown, silent = bits & UNKNOWN > 0, (bits & WITHHELD > 0) & (bits & LEVEL == 0)
        if unknown.any():
            yield _not_evaluated(rule, view, elements[unknown], bits[unknown] & SHORT > 0)
        if silent.any():
            yield _withheld(view, row, elements[silent])


def elements_of(rule: Rule, view: View, row: int) -> Ints:
    """Places of a portfolio's subjects in the arrays of a rule."""
    if rule.subject == "line":
        return view.grid.layout.lines_of(row)
    width = view.sectors if rule.subject == "sector" else 1
    return view.spread[row * width : (row + 1) * width]


def _value_statuses(view: View, bits: Memory, row: int) -> Iterator[Status]:
    lines = view.grid.layout.lines_of(row)
    if (bits & UNKNOWN).any():
        yield _unvalued(view, row, lines)
    elif (bits & WITHHELD).any() and not (bits & LEVEL).any():
        yield _withheld(view, row, lines[view.stale[lines]])


def _names(view: View, lines: Ints) -> list[str]:
    return sorted(view.grid.symbol(line) for line in lines)


def _pieces(
    view: View, reasons: Sequence[tuple[str, Ints]]
) -> tuple[list[Evidence], dict[str, str], dict[str, list[str]]]:
    """Per reason that applies: how many symbols, their names as text, and the names."""
    evidence, texts, inputs = [], {}, {}
    for reason, lines in reasons:
        if len(lines):
            names = _names(view, lines)
            evidence.append(
                Evidence(
                    reason, len(names), "count", source_table="bars", source_keys={"symbols": names}
                )
            )
            texts[f"{reason}_names"], inputs[reason] = listed(names), names
    return evidence, texts, inputs


def _not_evaluated(rule: SymbolRule, view: View, lines: Ints, short: Flags) -> Status:
    """Want of history (D03), or a value that has none, such as a robust score of a flat price."""
    evidence, texts, names = _pieces(
        view, [("symbols_short", lines[short]), ("symbols_undefined", lines[~short])]
    )
    required = rule.required(view.variant)
    evidence.append(Evidence("required_bars", required, "bars", source_table="policy"))
    parts, ways = [], []
    if short.any():
        parts.append(
            "{symbols_short} with fewer than {required_bars} closed bars ({symbols_short_names})"
        )
        ways.append(Clearing("", "bar", "closed bars of each symbol", ">=", required, "bars", 1))
    if not short.all():
        parts.append("{symbols_undefined} without a value to judge ({symbols_undefined_names})")
    inputs = {"state": NOT_EVALUATED, **names, "required_bars": required}
    cause = "D03 short_history" if short.any() else "D03 undefined"
    text = f"Not evaluated for holdings: {'; '.join(parts)}."
    return Status(NOT_EVALUATED, cause, Finding(text, evidence, ways, inputs, texts))


def _unvalued(view: View, row: int, lines: Ints) -> Status:
    """The value of the portfolio is not known, so no share of it is."""
    foreign = view.owned[lines] & view.held.foreign[lines]
    reasons = [
        ("symbols_without_price", lines[view.waiting[lines]]),
        ("symbols_without_rate", lines[foreign]),
        ("symbols_too_large", lines[view.oversized[lines]]),
    ]
    evidence, texts, names = _pieces(view, reasons)
    words = {
        "symbols_without_price": "no price yet for",
        "symbols_without_rate": "no exchange rate for",
        "symbols_too_large": "too large to add up:",
    }
    parts = [f"{words[reason]} {{{reason}}} ({{{reason}_names}})" for reason in names] or [
        "no holding has a price"
    ]
    inputs = {"state": NOT_EVALUATED, **names}
    cause = "no_price" if "symbols_without_price" in names or not names else "no_value"
    ways = []
    if "symbols_without_price" in names:
        ways.append(Clearing("", "bar", "closed bars of each symbol", ">=", 1, "bars", 1))
    return Status(
        NOT_EVALUATED,
        cause,
        Finding(f"Not evaluated: {'; '.join(parts)}.", evidence, ways, inputs, texts),
    )


def _withheld(view: View, row: int, lines: Ints) -> Status:
    """The rule would rest on a price that is too old (D01)."""
    evidence, texts, names = _pieces(view, [("symbols_stale", lines)])
    text = "Withheld: the price of {symbols_stale} is too old ({symbols_stale_names})."
    ways = [
        Clearing(name, "bar", "closed bars of the symbol", ">=", 1, "bars", 1)
        for name in names["symbols_stale"]
    ]
    inputs = {"state": WITHHELD_STATE, **names}
    finding = Finding(text, evidence, ways, inputs, texts)
    return Status(WITHHELD_STATE, stale_cause(view, lines), finding)


def stale_cause(view: View, lines: Ints) -> str:
    """``D01`` and the symbols whose price is too old."""
    return f"D01 {' '.join(_names(view, lines))}"
