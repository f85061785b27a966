"""P13: how far a portfolio is below its high."""

from math import log

from transforms.advice.cash_ways import MARGIN, holds_short, less_invested, riskless
from transforms.advice.evidence import Clearing
from transforms.advice.limits import LimitRule
from transforms.advice.risk_measures import invested, number, untold_risk
from transforms.advice.risk_rules import risk_finding
from transforms.advice.rule import Finding
from transforms.advice.view import View
from transforms.portfolio.valuation import MICROS

FALLEN = (
    "At its present weights the portfolio is {drawdown} below its high of the last {drawdown.n} "
    "sessions; {drawdown.threshold} or more is too far."
)
NEXT_RETURN = "return of every holding from the last close to that of the next session"
NEXT_VALUE = "value at the close of the next session, every holding moving alike"
_drawdown = number("drawdown")


def fallen(rule: LimitRule, view: View, row: int, level: int) -> Finding:
    """How far it would have to rise, and how much cash would do.

    With ``k`` times as much invested a fall of ``d`` becomes one of at most ``1 - (1 - d)^k`` for
    ``k`` below 1: the logarithm of what is left is concave in ``k``, and 0 at 0. What that gives is
    enough, though a little less might do.
    """
    value, clear = float(_drawdown(view)[row]), rule.limits(view.variant)[level - 1].clears
    ways, bars = [], rule.clear_after(view.variant)
    if value < 1.0:
        ways = _recovery(view, row, (1.0 - clear) / (1.0 - value) - 1.0, bars)
        ways += less_invested(view, row, log(1.0 - clear) / log(1.0 - value), bars)
    return risk_finding(rule, view, row, level, FALLEN, value, ways)


def _recovery(view: View, row: int, rise: float, bars: int) -> list[Clearing]:
    """Weights must stay as they are, or the past would be told anew: not so beside cash."""
    if riskless(view, row) != 0 or holds_short(view, row):
        return []
    rise += MARGIN
    ways = [Clearing("", "indicator", NEXT_RETURN, ">=", rise, "fraction", bars)]
    if _is_at_close(view, row):
        value, unit = int(view.gross[row]) / MICROS * (1.0 + rise), view.currency(row)
        ways.append(Clearing("", "amount", NEXT_VALUE, ">=", value, unit, bars))
    return ways


def _is_at_close(view: View, row: int) -> bool:
    """Prices are those of the last session that the report knows: no bar began behind it."""
    report, lines = view.risk.report(row), view.grid.layout.lines_of(row)
    lines = lines[view.counted[lines]]
    began = view.symbols.bar_instant[view.grid.codes[lines]] - view.grid.interval
    return (
        report is not None
        and bool((began < report.last).all())
        and not bool(view.held.foreign[lines].any())
    )


P13 = LimitRule(
    "P13",
    "portfolio",
    "drawdown",
    "fraction",
    _drawdown,
    invested,
    fallen,
    operator=">=",
    lacking=untold_risk("drawdown"),
    request=" Reduce risk.",
)
