"""What was imported as documents: lists of plain members, as the engine reads them."""

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.imports.imported import ImportedHolding, ImportedTransaction

Line = dict[str, Any]


def holding_lines(
    holdings: Iterable[ImportedHolding], targets: Mapping[str, float] | None = None
) -> list[Line]:
    """Lines of a holding document, sorted by symbol.

    Args:
        holdings: what is held.
        targets: weights that symbols should have: no broker's file knows them. A symbol that is
            not held keeps its target with a quantity of 0.
    """
    wanted = dict(targets or {})
    lines = [
        {
            "symbol": holding.symbol,
            "quantity": holding.quantity,
            "avg_cost": holding.avg_cost,
            "currency": holding.currency or None,
            "target_weight": wanted.pop(holding.symbol, None),
        }
        for holding in holdings
    ]
    empty: Line = {"quantity": 0.0, "avg_cost": None, "currency": None}
    lines += [{"symbol": name, **empty, "target_weight": wanted[name]} for name in wanted]
    return sorted(lines, key=lambda line: str(line["symbol"]))


def transaction_lines(transactions: Iterable[ImportedTransaction]) -> list[Line]:
    """Lines of a transaction document, in order of time."""
    lines = [
        {
            "ts_event": one.ts_event,
            "kind": one.kind,
            "symbol": one.symbol or None,
            "currency": one.currency or None,
            "quantity": one.quantity,
            "price": one.price,
            "amount": one.amount,
            "fee": one.fee,
        }
        for one in transactions
    ]
    return sorted(lines, key=lambda line: int(line["ts_event"]))
