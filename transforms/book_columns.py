"""What position and risk rows show of a view, as columns and as rows."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from transforms.advice.view import View
from transforms.kernels.columns import Ints
from transforms.portfolio.valuation import profit

PositionRow = tuple[
    str, str, float, float, int, int | None, int | None, float, str, str, int, float
]
Emitted = dict[str, Any]


def line_columns(view: View) -> Emitted:
    """What position rows show, by line."""
    codes, instruments = view.grid.codes, view.grid.instruments
    traded, closed = view.symbols.field("ts_last_trade")[codes], view.symbols.bar_instant[codes]
    closed = np.where(view.grid.cash, view.time, closed)  # cash is worth what it is at any time
    return {
        "value": view.value,
        "weight": view.weight,
        "price": view.price,
        "time": np.where(np.isnan(traded), closed, np.nan_to_num(traded)).astype(np.int64),
        "quantity": view.held.quantity,
        "cost": view.held.cost,
        "sector": instruments.sector_numbers(view.grid.names)[codes],
        "currency": view.held.currency,
        "rate": view.rate,
    }


def position_rows(view: View, now: Emitted, due: Ints) -> Iterator[PositionRow]:
    """Rows of the lines that are due."""
    grid = view.grid
    cost, gain = profit(now["quantity"], now["cost"] * now["rate"], now["value"])
    fields = ("rate", "quantity", "price", "value", "weight", "sector", "currency", "time")
    columns = [now[name] for name in fields]
    columns += [grid.layout.rows, grid.codes, cost, gain, ~np.isnan(now["cost"])]
    picked = (column[due].tolist() for column in columns)
    for rate, quantity, price, value, weight, sector, currency, time, *rest in zip(
        *picked, strict=True
    ):
        row, code, paid, won, known = rest
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
            rate,
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
