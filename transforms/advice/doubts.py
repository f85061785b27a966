"""Prices that no advice may rest on.

They are too old or of a bar that may lack trades (D01), or two sources tell other ones (D02).
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from transforms.advice.view import View
from transforms.kernels.columns import Floats
from transforms.portfolio.lines import Flags
from transforms.portfolio.valuation import share

ANY_GAP: Final = 0.0  # share of a bar in gaps of its feed beyond which it is in doubt


def price_gap(view: View) -> Floats:
    """How far the closes of two sources differ, as a fraction of ours; NaN with one source."""
    close, other = view.symbols.field("close"), view.symbols.field("other_close")
    return np.abs(close - other) / np.where(close > 0.0, close, np.nan)


def gapped(view: View) -> Flags:
    """Held lines in whose last bar trades may be missing."""
    return _once(view, "gapped", lambda: view.judged & _symbols_with_gap(view)[view.grid.codes])


def _symbols_with_gap(view: View) -> Flags:
    touched: Flags = view.symbols.field("gap") > ANY_GAP
    return touched & ("D01" in view.variant.rules)


def unreliable(view: View) -> Flags:
    """Held lines with a price that is too old, or of a bar in which trades may be missing."""
    return _once(view, "unreliable", lambda: view.stale | gapped(view))


def conflicting(view: View) -> Flags:
    """Held lines of whose price two sources give accounts that differ by more than permitted."""

    def found() -> Flags:
        return view.judged & disputed_symbols(view)[view.grid.codes]

    return _once(view, "conflicting", found)


def disputed_symbols(view: View) -> Flags:
    """Symbols of whose price two sources give such accounts, whoever holds them."""

    def found() -> Flags:
        limit = view.variant.number("D02", "difference_over", np.inf)
        return price_gap(view) > limit

    return _once(view, "disputed_symbols", found)


def doubtful_symbol(view: View, code: int) -> bool:
    """Whether no advice may rest on the price of a symbol."""
    if "D01" in view.variant.rules:
        factor = view.variant.number("D01", "stale_gap_factor")
        sessions = int(view.variant.number("D01", "stale_sessions", 1))
        if view.symbols.stale(factor, sessions)[code]:
            return True
    return bool(disputed_symbols(view)[code] or _symbols_with_gap(view)[code])


def doubtful(view: View) -> Flags:
    """Held lines whose price no advice may rest on."""
    return _once(view, "doubtful", lambda: unreliable(view) | conflicting(view))


def rests_on_doubt(view: View) -> Flags:
    """Portfolios of which more than the permitted share has a doubtful price."""

    def found() -> Flags:
        stale = view.variant.number("D01", "withhold_when_stale_weight_over")
        conflict = view.variant.number("D02", "withhold_when_conflict_weight_over")
        return _over(view, unreliable(view), stale) | _over(view, conflicting(view), conflict)

    return _once(view, "rests_on_doubt", found)


def _over(view: View, lines: Flags, limit: float) -> Flags:
    size = view.grid.layout.sums(np.where(lines, view.size, 0))
    return (size > 0) & (share(size, view.gross) > limit)


def _once(view: View, name: str, find: Callable[[], Flags]) -> Flags:
    found: Flags | None = view.memo.get((name,))
    if found is None:
        found = view.memo[name,] = find()
    return found
