"""Position and risk rows of one shelf: what has moved enough since it was last handed out."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from transforms.advice.evidence import portable
from transforms.advice.view import View
from transforms.kernels.columns import Ints
from transforms.portfolio.lines import Flags, padded
from transforms.portfolio.valuation import profit

PositionRow = tuple[str, str, float, float, int, int | None, int | None, float, str, str, int]
RiskRow = tuple[str, int, float, float, float, Mapping[str, float], Mapping[str, str], int]
NOT_YET = "needs daily returns, which this version does not keep"
REASONS = dict.fromkeys(
    ("volatility_pct", "var95_pct", "cvar95_pct", "beta", "drawdown_pct", "risk_score"), NOT_YET
)
Emitted = dict[str, Any]


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

    def positions(self, view: View) -> tuple[list[PositionRow], list[tuple[str, str]]]:
        """(rows to upsert, keys to delete) against what was handed out last."""
        now = _line_columns(view)
        before = self._known(self._lines, now)
        moved = self._moved(
            before, now, ("value", "weight"), exact=view.drained, timed=("time", "price")
        )
        moved |= _differ(before, now, ("quantity", "cost", "sector", "currency"))
        due = np.flatnonzero(view.counted & (moved | ~before["shown"]))
        gone = np.flatnonzero(before["shown"] & ~view.counted)
        self._keep(before, now, due, gone)
        self._lines = before
        rows = list(_position_rows(view, now, due))
        names, owners = view.grid.portfolios, view.grid.layout.rows
        return rows, [(names[int(owners[line])], view.grid.symbol(line)) for line in gone.tolist()]

    def risks(self, view: View) -> tuple[list[RiskRow], list[str]]:
        """(rows to upsert, portfolios to delete) against what was handed out last."""
        now = _portfolio_columns(view)
        before = self._known(self._portfolios, now)
        moved = self._moved(before, now, ("net", "hhi", "top"), exact=view.drained, timed=("time",))
        sectors = np.abs(now["sectors"] - before["sectors"]) > (
            0.0 if view.drained else self._limit
        )
        moved |= sectors.any(axis=1) | _differ(before, now, ("waiting",))
        valued = view.gross > 0
        due = np.flatnonzero(valued & (moved | ~before["shown"]))
        gone = np.flatnonzero(before["shown"] & ~valued)
        self._keep(before, now, due, gone)
        self._portfolios = before
        return [_risk_row(view, row) for row in due.tolist()], [
            view.grid.portfolios[row] for row in gone.tolist()
        ]

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


def _line_columns(view: View) -> Emitted:
    codes, instruments = view.grid.codes, view.grid.instruments
    traded, closed = view.symbols.field("ts_last_trade")[codes], view.symbols.bar_instant[codes]
    return {
        "value": view.value,
        "weight": view.weight,
        "price": view.price,
        "time": np.where(np.isnan(traded), closed, np.nan_to_num(traded)).astype(np.int64),
        "quantity": view.held.quantity,
        "cost": view.held.cost,
        "sector": instruments.sector_numbers(view.grid.names)[codes],
        "currency": view.held.currency,
    }


def _position_rows(view: View, now: Emitted, due: Ints) -> Iterator[PositionRow]:
    grid = view.grid
    cost, gain = profit(now["quantity"], now["cost"], now["value"])
    known = ~np.isnan(now["cost"])
    columns = (grid.layout.rows, grid.codes, now["quantity"], now["price"], now["value"], cost, gain, now["weight"],
               now["sector"], now["currency"], now["time"], known)  # fmt: skip
    for (
        row,
        code,
        quantity,
        price,
        value,
        paid,
        won,
        weight,
        sector,
        currency,
        time,
        has_cost,
    ) in zip(*(column[due].tolist() for column in columns), strict=True):
        yield (
            grid.portfolios[row], grid.names[code], quantity, price, value,
            paid if has_cost else None, won if has_cost else None, weight,
            grid.instruments.sectors[sector], grid.currencies[currency], time,
        )  # fmt: skip


def _portfolio_columns(view: View) -> Emitted:
    portfolios = len(view.gross)
    return {
        "net": view.net,
        "hhi": view.hhi,
        "top": view.top_weight,
        "time": np.full(portfolios, view.time),
        "waiting": _sum_of_places(view),
        "sectors": view.sector_weight.reshape(portfolios, view.sectors),
    }


def _sum_of_places(view: View) -> Ints:
    """A number per portfolio that changes with the set of symbols that wait for a price."""
    places = np.arange(1, len(view.waiting) + 1)
    return view.grid.layout.sums(np.where(view.waiting, places * places, 0))


def _risk_row(view: View, row: int) -> RiskRow:
    hhi, weights = (
        float(view.hhi[row]),
        view.sector_weight[row * view.sectors : (row + 1) * view.sectors],
    )
    names = view.grid.instruments.sectors
    sectors = {names[place]: portable(float(weights[place])) for place in np.flatnonzero(weights)}
    lines = view.grid.layout.lines_of(row)
    waiting = sorted(view.grid.symbol(line) for line in lines[view.waiting[lines]])
    reasons = dict(REASONS)
    if waiting:
        reasons["value_micros"] = f"leaves out {', '.join(waiting)}: no price yet"
    top = float(view.top_weight[row])
    return (
        view.grid.portfolios[row],
        int(view.net[row]),
        hhi,
        1.0 / hhi,
        top,
        dict(sorted(sectors.items())),
        reasons,
        view.time,
    )
