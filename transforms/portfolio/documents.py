"""Holding documents: the JSON list of one portfolio's lines, read once and merged by symbol."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class HoldingLine:
    """One owned symbol of one portfolio.

    Attributes:
        symbol: name of the instrument.
        quantity: units, negative when short; 0 only where a target above 0 is given.
        avg_cost: price paid per unit; None when unknown.
        currency: '' when the document does not say.
        position: 1-based place in the document, of the first line of the symbol.
        target: weight it should have, 0 to 1; None when the document does not say.
    """

    symbol: str
    quantity: float
    avg_cost: float | None
    currency: str
    position: int
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Defect:
    """A line of a document that cannot count: its place, why, and its text."""

    position: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Document:
    """What one portfolio owns from ``ts_event`` on. Later (ts_event, revision) replaces earlier.

    Attributes:
        portfolio_id: owner.
        revision: orders documents of one ts_event.
        ts_event: microseconds UTC; 0 counts from the start.
        lines: merged by symbol, in document order.
        defects: lines that were left out.
    """

    portfolio_id: str
    revision: int
    ts_event: int
    lines: tuple[HoldingLine, ...]
    defects: tuple[Defect, ...] = ()


def read_document(portfolio_id: str, revision: int, ts_event: int, document: bytes) -> Document:
    """Parse a holding document.

    Lines of one symbol are added up (the average cost weighted by quantity, unknown when one of
    them is; the first target counts); a line that nets to 0 is not held, and is kept only for its
    target. A line without a symbol or without a finite quantity becomes a defect; a target that is
    no weight becomes one too, but its line counts. Raises ``ValueError`` when the document is no
    JSON list of objects.
    """
    entries = orjson.loads(document)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f"holdings of `{portfolio_id}` must be a JSON list of objects")
    merged: dict[str, HoldingLine] = {}
    defects: list[Defect] = []
    for found in _lines(entries):
        if isinstance(found, Defect):
            defects.append(found)
        else:
            known = merged.get(found.symbol)
            merged[found.symbol] = found if known is None else _added(known, found)
    lines = tuple(line for line in merged.values() if line.quantity != 0.0 or line.target)
    return Document(portfolio_id, revision, ts_event, lines, tuple(defects))


def _lines(entries: list[Mapping[str, Any]]) -> Iterator[HoldingLine | Defect]:
    for position, entry in enumerate(entries, 1):
        symbol, quantity, cost = entry.get("symbol"), entry.get("quantity"), entry.get("avg_cost")
        if not isinstance(symbol, str) or not symbol or quantity is None:
            yield Defect(position, "missing_field", _text(entry))
        elif not _is_number(quantity):
            yield Defect(position, "not_a_number", _text(entry))
        else:
            price = None if cost is None or not _is_number(cost) else float(cost)
            currency, target = entry.get("currency") or "", _target(entry)
            if target is None and entry.get("target_weight") is not None:
                yield Defect(position, "not_a_weight", _text(entry))
            yield HoldingLine(symbol, float(quantity), price, currency, position, target)


def _target(entry: Mapping[str, Any]) -> float | None:
    """The line's target weight; None when it has none, or none that can be meant."""
    target: Any = entry.get("target_weight")
    return float(target) if _is_number(target) and 0.0 <= target <= 1.0 else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _text(entry: Mapping[str, Any]) -> str:
    return orjson.dumps(entry).decode()[:2000]


def _added(first: HoldingLine, second: HoldingLine) -> HoldingLine:
    quantity = first.quantity + second.quantity
    cost = None
    if first.avg_cost is not None and second.avg_cost is not None and quantity != 0.0:
        cost = (first.quantity * first.avg_cost + second.quantity * second.avg_cost) / quantity
    return replace(
        first,
        quantity=quantity,
        avg_cost=cost,
        currency=first.currency or second.currency,
        target=second.target if first.target is None else first.target,
    )
