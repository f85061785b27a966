"""Numbers of the last risk report: as rules compare them, as evidence, and why there is none."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.limits import LimitRule
from transforms.advice.portfolio_evidence import inputs_of, measured
from transforms.advice.reasons import NOT_EVALUATED, names_of
from transforms.advice.rule import Finding, Want
from transforms.advice.sentences import listed
from transforms.advice.view import View
from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.lines import Flags

SHORTAGE = re.compile(r"needs \d+ sessions common to (?P<whom>[a-z ]+), has \d+(?P<culprits>.*)")
CULPRIT = re.compile(r"(\S+) (?:since \S|until \S|in \d+ of \d|without any)")
UNASSESSED = "its risk has not been assessed yet"


def number(name: str) -> Callable[[View], Floats]:
    """A number of the reports, by portfolio; NaN where it cannot be told."""
    return lambda view: view.risk.number(name, len(view.gross))


def invested(view: View) -> Flags:
    """Portfolios that hold anything but cash."""
    found: Flags | None = view.memo.get(("invested",))
    if found is None:
        found = view.memo["invested",] = view.grid.layout.any(view.judged)
    return found


def contribution(view: View) -> Floats:
    """Share of each line in its portfolio's variance; NaN where it cannot be told."""
    return view.risk.of_lines("contribution", len(view.owned))


def reported(
    rule: LimitRule, view: View, element: int, level: int, keys: dict[str, Any]
) -> list[Evidence]:
    """What ``measured`` gives, the measure with the sessions that went into it."""
    first, *others = measured(rule, view, element, level, keys)
    return [of_report(view, view.row_of(rule.subject, element), first), *others]


def of_report(view: View, row: int, piece: Evidence) -> Evidence:
    """A number of the report on a portfolio, with its sessions and the instant it is of."""
    report = view.risk.report(row)
    if report is None:
        return piece
    keys = {"portfolio_id": view.grid.portfolios[row], **piece.source_keys}
    return replace(
        piece,
        window=report.window,
        n=report.n,
        source_table="portfolio_risk",
        source_keys=keys,
        source_time=view.risk.assessed[row],
    )


def risk_inputs(view: View, row: int, **numbers: float) -> Any:
    """What a finding about risk comes from: the numbers, the sessions behind them, the holdings."""
    report = view.risk.report(row)
    sessions = None if report is None else [report.n, report.first, report.last]
    return {"numbers": numbers, "sessions": sessions, "holdings": inputs_of(view, row)}


def untold_risk(name: str) -> Callable[[View, int, Ints], Want]:
    """Why a number cannot be told, in the words of the report."""

    def want(view: View, row: int, elements: Ints) -> Want:
        report = view.risk.report(row)
        reason = UNASSESSED if report is None else report.reasons.get(name, UNASSESSED)
        short = SHORTAGE.fullmatch(reason)
        if short is not None:
            return _short_history(view, row, short["whom"], short["culprits"])
        inputs = {"state": NOT_EVALUATED, "reason": reason}
        return Want("no_value", Finding("Not evaluated: {reason}.", [], [], inputs, inputs))

    return want


def _short_history(view: View, row: int, whom: str, culprits: str) -> Want:
    """Too few sessions. How many there are is left out: it would be another row each session."""
    held = names_of(view, view.grid.layout.lines_of(row))
    names = [name for name in CULPRIT.findall(culprits.lstrip(" (")) if name in held]
    needed, common = view.variant.risk.minimum, f"sessions common to {whom}"
    evidence = Evidence("required_sessions", needed, "sessions", source_table="policy")
    way = Clearing("", "bar", common, ">=", needed, "sessions", 1)
    text = f"Not evaluated: there are fewer than {{required_sessions}} {common}"
    text += " (too few of {names})." if names else "."
    texts = {"names": listed(names)} if names else {}
    inputs = {"state": NOT_EVALUATED, "sessions": needed, "common_to": whom, "names": names}
    return Want("D03 short_history", Finding(text, [evidence], [way], inputs, texts))
