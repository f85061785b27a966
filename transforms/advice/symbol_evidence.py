"""Evidence and ways to clear of rules about one symbol."""

from collections.abc import Sequence

import numpy as np

from transforms.advice.conditions import Condition
from transforms.advice.evidence import OPPOSITE, Clearing, Evidence
from transforms.advice.measures import MEASURES, at, digits
from transforms.advice.trades import price_at_least
from transforms.advice.view import View


def compared(
    view: View, rule_id: str, line: int, conditions: Sequence[Condition]
) -> list[Evidence]:
    """Each measure with its limit, and the limit's own evidence or the level that clears."""
    found = []
    for condition in conditions:
        limit = condition.limit_at(view, rule_id, line)
        found.append(piece(view, line, condition.measure, limit, condition.operator))
        if condition.limit in MEASURES:
            found.append(piece(view, line, condition.limit))
        else:
            clear, unit = condition.clears_at(view.variant, rule_id), condition.source.unit
            name = f"{condition.measure}_clear_level"
            found.append(Evidence(name, clear, unit, source_table="policy"))
    return found


def piece(
    view: View, line: int, name: str, limit: float | None = None, compare: str | None = None
) -> Evidence:
    """One measure of a line or its symbol, and where it can be looked up."""
    measure, code = MEASURES[name], int(view.grid.codes[line])
    count, instant = int(view.symbols.field("count")[code]), int(view.symbols.bar_instant[code])
    keys: dict[str, object] = {"symbol": view.grid.names[code]}
    if measure.per == "symbol":
        keys |= {"interval": view.grid.label, "bar_start": instant - view.grid.interval}
    else:
        keys["portfolio_id"] = view.grid.portfolios[int(view.grid.layout.rows[line])]
    return Evidence(
        name=name,
        value=at(view, name, line),
        unit=measure.unit,
        threshold=limit,
        operator=compare,
        window=measure.window,
        n=count if measure.per == "symbol" else None,
        source_table=measure.table,
        source_keys=keys,
        source_time=instant if measure.per == "symbol" else view.time,
        stable_digits=digits(measure.column, count) if measure.column else None,
    )


def cleared(view: View, rule_id: str, line: int, conditions: Sequence[Condition]) -> list[Evidence]:
    """Each measure as it is when the row clears, where it still can be told."""
    found = []
    for condition in conditions:
        value = at(view, condition.measure, line)
        if not np.isnan(value):
            limit = condition.limit_at(view, rule_id, line, clearing=True)
            opened = piece(view, line, condition.measure, limit, condition.operator)
            found.append(opened.at_clearing(value, limit, view.time))
    return found


def ways(
    view: View, rule_id: str, line: int, conditions: Sequence[Condition], bars: int
) -> list[Clearing]:
    """What would end each of the conditions, all else staying as it is."""
    symbol, found = view.grid.symbol(line), []
    for condition in conditions:
        value = condition.limit_at(view, rule_id, line, clearing=True)
        what = "price" if condition.measure == "close" else "indicator"
        compare, unit = OPPOSITE[condition.operator], condition.source.unit
        found.append(Clearing(symbol, what, condition.measure, compare, value, unit, bars))
        if condition.measure == "drop_in_atr":
            price = _price_back(view, line, value)
            found.append(Clearing(symbol, "price", "close", ">=", price, "price", bars))
    return found


def _price_back(view: View, line: int, multiple: float) -> float:
    """The close at which the drop is within ``multiple`` ATR, highest close and ATR staying."""
    highest, unit = at(view, "highest_close_22", line), at(view, "atr_22", line)
    exact = highest - multiple * unit
    price = price_at_least(exact)
    while price < highest and (highest - price) / unit > multiple:
        exact += abs(exact) * 1e-8  # a rounding error of the division is still in the way
        price = price_at_least(exact)
    return price
