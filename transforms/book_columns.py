"""What position and risk rows show of a view, as columns and as rows."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from transforms.advice.evidence import portable
from transforms.advice.view import View
from transforms.kernels.columns import Ints
from transforms.portfolio.valuation import profit

PositionRow = tuple[str, str, float, float, int, int | None, int | None, float, str, str, int]
RiskRow = tuple[str, int, float, float, float, Mapping[str, float], Mapping[str, str], int]
NOT_YET = "needs daily returns, which this version does not keep"
REASONS = dict.fromkeys(
    ("volatility_pct", "var95_pct", "cvar95_pct", "beta", "drawdown_pct", "risk_score"), NOT_YET
)
Emitted = dict[str, Any]


def line_columns(view: View) -> Emitted:
    """What position rows show, by line."""
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


def position_rows(view: View, now: Emitted, due: Ints) -> Iterator[PositionRow]:
    """Rows of the lines that are due."""
    grid = view.grid
    cost, gain = profit(now["quantity"], now["cost"], now["value"])
    fields = ("quantity", "price", "value", "weight", "sector", "currency", "time")
    columns = [now[name] for name in fields]
    columns += [grid.layout.rows, grid.codes, cost, gain, ~np.isnan(now["cost"])]
    picked = (column[due].tolist() for column in columns)
    for quantity, price, value, weight, sector, currency, time, row, code, paid, won, known in zip(
        *picked, strict=True
    ):
        yield (
            grid.portfolios[row],
            grid.names[code],
            quantity,
            price,
            value,
            paid if known else None,
            won if known else None,
            weight,
            grid.instruments.sectors[sector],
            grid.currencies[currency],
            time,
        )


def portfolio_columns(view: View) -> Emitted:
    """What risk rows show, by portfolio."""
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


def risk_row(view: View, row: int) -> RiskRow:
    """Row of one portfolio that has a value."""
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
