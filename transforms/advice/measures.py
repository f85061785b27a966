"""Measures that conditions of symbol rules compare: source, unit and window of each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from transforms.advice.view import View
from transforms.kernels.columns import Column, Floats
from transforms.kernels.registry import build_kernels
from transforms.kernels.stability import stable_digits


@dataclass(frozen=True)
class Measure:
    """One measured value.

    Attributes:
        of: its column, one element per symbol or per line; NaN where it cannot be told.
        unit: for evidence. window: bars it looks at, None when one bar is enough.
        column: indicator column its stability is that of; None where it is exact.
        per: whether it belongs to symbols or to lines.
        table: where it can be looked up.
    """

    of: Callable[[View], Floats]
    unit: str
    window: int | None = None
    column: str | None = None
    per: Literal["symbol", "line"] = "symbol"
    table: str = "indicators"


def _field(name: str) -> Callable[[View], Floats]:
    return lambda view: view.symbols.field(name)


def _rsi(view: View) -> Floats:
    """A price that has not moved has no strength either way: 50, whatever the library says."""
    return np.where(view.symbols.field("rsi_degenerate") > 0, 50.0, view.symbols.field("rsi_14"))


def _drop(view: View) -> Floats:
    """How far the close is below the highest one, in average true ranges; 0 where nothing moves."""
    fall = view.symbols.field("highest_close_22") - view.symbols.field("close")
    unit = view.symbols.field("atr_22")
    return np.where(
        unit == 0.0, fall * 0.0, np.divide(fall, unit, out=fall + unit, where=unit != 0.0)
    )


def _stop(view: View) -> Floats:
    multiple = view.variant.number("S03", "atr_multiple")
    return view.symbols.field("highest_close_22") - multiple * view.symbols.field("atr_22")


def _weight(view: View) -> Floats:
    return np.where(view.unpriced[view.grid.layout.rows], np.nan, view.weight)


MEASURES: dict[str, Measure] = {
    "close": Measure(_field("close"), "price", table="bars"),
    "rsi_14": Measure(_rsi, "points", 14, "rsi_14"),
    "bb_percent_b": Measure(_field("bb_percent_b"), "ratio", 20, "bb_percent_b"),
    "ema_200": Measure(_field("ema_200"), "price", 200, "ema_200"),
    "adx_14": Measure(_field("adx_14"), "points", 14, "adx_14"),
    "plus_di_14": Measure(_field("plus_di_14"), "points", 14, "plus_di_14"),
    "minus_di_14": Measure(_field("minus_di_14"), "points", 14, "minus_di_14"),
    "highest_close_22": Measure(_field("highest_close_22"), "price", 22, "highest_close_22"),
    "atr_22": Measure(_field("atr_22"), "price", 22, "atr_22"),
    "drop_in_atr": Measure(_drop, "atr", 22, "atr_22"),
    "stop_price": Measure(_stop, "price", 22, "atr_22"),
    "robust_z_250": Measure(_field("robust_z_250"), "sigma", 250, "robust_z_250"),
    "abs_robust_z_250": Measure(
        lambda view: np.abs(view.symbols.field("robust_z_250")), "sigma", 250, "robust_z_250"
    ),
    "bb_upper_20_2": Measure(_field("bb_upper_20_2"), "price", 20, "bb_upper_20_2"),
    "bb_lower_20_2": Measure(_field("bb_lower_20_2"), "price", 20, "bb_lower_20_2"),
    "squeeze_bars": Measure(_field("squeeze_bars"), "bars", 20, "squeeze_bars"),
    "rvol_20": Measure(_field("rvol_20"), "ratio", 20, "rvol_20"),
    "position_weight": Measure(_weight, "fraction", per="line", table="positions"),
}


def column(view: View, name: str) -> Floats:
    """A measure of all symbols, or of all lines."""
    found: Floats | None = view.memo.get(("measure", name))
    if found is None:
        found = view.memo["measure", name] = MEASURES[name].of(view)
    return found


def at(view: View, name: str, line: int) -> float:
    """A measure of one line, or of its symbol."""
    place = view.grid.codes[line] if MEASURES[name].per == "symbol" else line
    return float(column(view, name)[place])


@cache
def _columns() -> dict[str, Column]:
    names = sorted({measure.column for measure in MEASURES.values() if measure.column})
    kernels = build_kernels(names, bars_per_year=1.0)
    return {column.name: column for kernel in kernels for column in kernel.columns}


@cache
def digits(column: str, count: int) -> int:
    """Stable digits of an indicator column after ``count`` bars."""
    known = _columns()[column]
    return int(stable_digits(known.memory, count, known.first))


@cache
def bars_for_digits(column: str, wanted: int) -> int:
    """Fewest bars after which an indicator column has ``wanted`` stable digits."""
    count = _columns()[column].first
    while digits(column, count) < wanted:
        count += 1
    return count
