"""Position and risk rows of one shelf: what has moved enough since it was last handed out."""

from typing import Any

import numpy as np

from transforms.advice.grid import Grid
from transforms.advice.view import View
from transforms.book_columns import (
    Emitted,
    PositionRow,
    line_columns,
    portfolio_columns,
    position_rows,
)
from transforms.book_risk_rows import RiskRow, risk_row
from transforms.kernels.columns import Ints
from transforms.portfolio.lines import Flags, padded
from transforms.portfolio.risk_columns import RiskColumns


class PositionRows:
    """Positions (one per counted line) and risk (one per portfolio with a value).

    Args:
        reprice_bps: what a value or weight must have moved by, in 0.01 %, to be handed out again.
            Quantities, costs and names are handed out at once, and everything when the feed ends.
    """

    def __init__(self, reprice_bps: float) -> None:
        self._limit = reprice_bps / 10_000
        self._lines: dict[str, Any] = {}
        self._portfolios: dict[str, Any] = {}
        self._risk = RiskColumns()

    def positions(self, view: View) -> tuple[list[PositionRow], list[tuple[str, str]]]:
        """(rows to upsert, keys to delete) against what was handed out last."""
        now = line_columns(view)
        before = self._known(self._lines, now)
        moved = self._moved(
            before, now, ("value", "weight"), exact=view.drained, timed=("time", "price")
        )
        moved |= _differ(before, now, ("quantity", "cost", "sector", "currency"))
        due = np.flatnonzero(view.counted & (moved | ~before["shown"]))
        gone = np.flatnonzero(before["shown"] & ~view.counted)
        self._keep(before, now, due, gone)
        self._lines = before
        rows = list(position_rows(view, now, due))
        names, owners = view.grid.portfolios, view.grid.layout.rows
        return rows, [(names[int(owners[line])], view.grid.symbol(line)) for line in gone.tolist()]

    def risks(self, view: View) -> tuple[list[RiskRow], list[str]]:
        """(rows to upsert, portfolios to delete) against what was handed out last."""
        now = portfolio_columns(view)
        before = self._known(self._portfolios, now)
        moved = self._moved(before, now, ("net", "hhi", "top"), exact=view.drained, timed=("time",))
        sectors = np.abs(now["sectors"] - before["sectors"]) > (
            0.0 if view.drained else self._limit
        )
        moved |= sectors.any(axis=1) | _differ(before, now, ("waiting",)) | self._reassessed(view)
        valued = view.gross > 0
        due = np.flatnonzero(valued & (moved | ~before["shown"]))
        gone = np.flatnonzero(before["shown"] & ~valued)
        self._keep(before, now, due, gone)
        self._portfolios = before
        return [risk_row(view, row) for row in due.tolist()], [
            view.grid.portfolios[row] for row in gone.tolist()
        ]

    def _reassessed(self, view: View) -> Flags:
        """Portfolios whose report is another one than at the last call."""
        moved = np.zeros(len(view.gross), np.bool_)
        if view.risk is not self._risk:
            before, now = self._risk, view.risk
            moved[:] = [now.report(row) is not before.report(row) for row in range(len(moved))]
            self._risk = view.risk
        return moved

    def clear(self, grid: Grid) -> tuple[list[tuple[str, str]], list[str]]:
        """Everything goes: keys of positions, portfolios of risk rows."""
        none = np.empty(0, np.bool_)
        lines = np.flatnonzero(self._lines.get("shown", none)).tolist()
        portfolios = np.flatnonzero(self._portfolios.get("shown", none)).tolist()
        self._lines, self._portfolios = {}, {}
        names, owners = grid.portfolios, grid.layout.rows
        keys = [(names[int(owners[line])], grid.symbol(line)) for line in lines]
        return keys, [names[row] for row in portfolios]

    @staticmethod
    def _known(known: Emitted, now: Emitted) -> Emitted:
        size = len(next(iter(now.values())))
        shown = padded(known.get("shown", np.empty(0, np.bool_)), size)
        before: Emitted = {"shown": shown.copy()}
        for name, column in now.items():
            old = known.get(name)
            fits = old is not None and old.shape[1:] == column.shape[1:]
            before[name] = (
                padded(old, size).copy() if old is not None and fits else np.zeros_like(column)
            )
        return before

    def _moved(
        self,
        before: Emitted,
        now: Emitted,
        names: tuple[str, ...],
        *,
        exact: bool,
        timed: tuple[str, ...],
    ) -> Flags:
        if exact or self._limit == 0.0:
            return _differ(before, now, (*names, *timed) if exact else names)
        moved = np.zeros(len(before["shown"]), np.bool_)
        for name in names:
            scale = np.abs(before[name]) if now[name].dtype == np.int64 else 1.0
            moved |= np.abs(now[name] - before[name]) > self._limit * scale
        return moved

    @staticmethod
    def _keep(before: Emitted, now: Emitted, due: Ints, gone: Ints) -> None:
        for name, column in now.items():
            before[name][due] = column[due]
        before["shown"][due], before["shown"][gone] = True, False


def _differ(before: Emitted, now: Emitted, names: tuple[str, ...]) -> Flags:
    moved = np.zeros(len(before["shown"]), np.bool_)
    for name in names:
        old, new = before[name], now[name]
        same = old == new
        if new.dtype == np.float64:
            same |= np.isnan(old) & np.isnan(new)
        moved |= ~same
    return moved
