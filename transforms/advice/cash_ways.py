"""Ways to clear of rules about risk that is in proportion to the invested part of a portfolio.

Cash in the portfolio's own currency does not move. Volatility, expected shortfall and beta of what
is held beside it therefore fall and rise with its share, the holdings staying in proportion.
"""

from math import ceil

from transforms.advice.evidence import Clearing
from transforms.advice.view import View
from transforms.portfolio.concentration import least_part, others_allowed
from transforms.portfolio.valuation import MICROS

SOLD = "holdings sold in proportion and kept as cash"
BOUGHT = "holdings bought in proportion with cash"
IN_CASH = "value of cash"
MARGIN = 1e-9  # part of a level that rounding of weights may take


def less_invested(view: View, row: int, factor: float, bars: int) -> list[Clearing]:
    """Bring the invested share down to ``factor`` of what it is; empty where that is no way."""
    cash, factor = riskless(view, row), factor * (1.0 - MARGIN)
    if cash is None or not 0.0 < factor < 1.0 - MARGIN:
        return []
    gross = int(view.gross[row])
    others = gross - cash
    added = least_part(others, 1.0 - factor * (others / gross))
    found = [_way(view, row, IN_CASH, ">=", added, bars)]
    if holds_short(view, row):
        return found
    return [_way(view, row, SOLD, ">=", ceil(others * (1.0 - factor)), bars), *found]


def more_invested(view: View, row: int, factor: float, bars: int) -> list[Clearing]:
    """Bring the invested share up to ``factor`` of what it is; empty where cash does not do."""
    cash, factor = riskless(view, row), factor * (1.0 + MARGIN)
    if not cash or holds_short(view, row):
        return []
    gross = int(view.gross[row])
    others = gross - cash
    bought, share = ceil(others * (factor - 1.0)), factor * (others / gross)
    left = others_allowed(others, share) if share < 1.0 else None
    if left is None or not 0 < bought <= cash:
        return []
    return [_way(view, row, BOUGHT, ">=", bought, bars), _way(view, row, IN_CASH, "<=", left, bars)]


def riskless(view: View, row: int) -> int | None:
    """Micros of cash in the portfolio's own currency; None where it owes some."""
    lines = view.grid.layout.lines_of(row)
    values = view.value[lines[view.cash[lines] & ~view.held.foreign[lines]]]
    return None if (values < 0).any() else int(values.sum())


def holds_short(view: View, row: int) -> bool:
    """Whether anything is sold short or owed."""
    return bool((view.value[view.grid.layout.lines_of(row)] < 0).any())


def amount_of(ways: list[Clearing], name: str) -> float | None:
    """Amount of the way with a name; None where it is none of them."""
    return next((way.value for way in ways if way.name == name), None)


def _way(view: View, row: int, name: str, compare: str, micros: int, bars: int) -> Clearing:
    return Clearing("", "amount", name, compare, micros / MICROS, view.currency(row), bars)
