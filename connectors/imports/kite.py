"""Kite Connect (Zerodha): the body of GET /portfolio/holdings, /mf/holdings or /trades.

Described at https://kite.trade/docs/connect/v3/portfolio. ``quantity`` is said to contain what was
bought yesterday (``t1_quantity``), yet real answers have quantity 0 beside t1_quantity 1; what is
pledged (``collateral_quantity``) is in neither. All three are owned. T1 units count as contained
exactly where quantity is realised_quantity plus t1_quantity.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any, Final

from connectors.imports.content import Content, record_of
from connectors.imports.draft import BadLine, Draft, Entry, Lot, Record
from connectors.imports.imported import ImportRefused, Kind
from connectors.imports.numerals import shown
from connectors.imports.tabular import cost_of, read_records

NAME: Final = "kite_json"
ZONE: Final = "Asia/Kolkata"
CURRENCY: Final = "INR"
_SIDES: Final[dict[str, Kind]] = {"buy": "buy", "sell": "sell"}


def matches(content: Content) -> bool:
    """Whether a file is an answer of Kite Connect."""
    value = content.value
    if not isinstance(value, dict):
        return False
    if value.get("status") == "error":
        return "error_type" in value
    return value.get("status") == "success" or _is_instruments(value.get("data"))


def read(content: Content, draft: Draft) -> None:
    """Holdings, funds or trades.

    Raises:
        ImportRefused: the answer is an error, or of another call.
    """
    body = content.value
    if body.get("status") == "error":
        raise ImportRefused(f"Kite answered with an error: {body.get('message', '')}")
    items = body.get("data")
    if not isinstance(items, list):
        raise ImportRefused("`data` is no list of holdings: save the body of /portfolio/holdings")
    for place, item in enumerate(items, 1):
        members = item if isinstance(item, dict) else {"item": item}
        record = record_of(place, members)
        read_records([record], draft, partial(_read_item, item=members, draft=draft))


def _is_instruments(items: object) -> bool:
    if not isinstance(items, Sequence) or isinstance(items, str) or not items:
        return False
    return isinstance(items[0], dict) and "tradingsymbol" in items[0]


def _read_item(record: Record, item: dict[str, Any], draft: Draft) -> None:
    if record.get("transactiontype"):
        draft.entries.append(_trade(record))
        return
    symbol = record.need("tradingsymbol")
    own = Lot(
        line=record.line,
        symbol=symbol,
        quantity=_owned(record, symbol, draft),
        avg_cost=cost_of(record, symbol, draft, "averageprice"),
        currency=CURRENCY,
        name=record.get("fund"),
        isin=record.get("isin") or (symbol if "folio" in record.cells else ""),
    )
    mtf = item.get("mtf")
    funded = _funded(own, record_of(record.line, mtf), draft) if isinstance(mtf, dict) else None
    if own.quantity or funded is None:
        draft.lots.append(own)
    if funded is not None:
        draft.lots.append(funded)


def _owned(record: Record, symbol: str, draft: Draft) -> Decimal:
    """Units in the demat account, on their way there, and pledged."""
    quantity, t1 = record.need_number("quantity"), record.number("t1quantity") or Decimal()
    realised, pledged = record.number("realisedquantity"), record.number("collateralquantity")
    if t1:
        inside = realised is not None and quantity == realised + t1
        told = "contained in" if inside else "added to"
        draft.note(
            record.line, "t1_quantity", f"{shown(t1)} bought yesterday, {told} quantity", symbol
        )
        quantity += Decimal() if inside else t1
    if pledged:
        text = f"{shown(pledged)} pledged, counted as held"
        draft.note(record.line, "pledged_quantity", text, symbol)
        quantity += pledged
    if record.get("discrepancy") == "true":
        draft.note(record.line, "discrepant", "Kite marks this holding as discrepant", symbol)
    return quantity


def _funded(own: Lot, record: Record, draft: Draft) -> Lot | None:
    """Units bought with borrowed money (margin trading facility) have a price of their own."""
    quantity = record.number("quantity")
    if not quantity:
        return None
    text = f"{shown(quantity)} financed by the broker (MTF), counted as held; what is owed is not"
    draft.note(own.line, "mtf_quantity", text, own.symbol)
    cost = cost_of(record, own.symbol, draft, "averageprice")
    return replace(own, quantity=quantity, avg_cost=cost)


def _trade(record: Record) -> Entry:
    side = record.get("transactiontype").lower()
    if side not in _SIDES:
        raise BadLine("unknown_kind", f"transaction_type {side!r} is neither BUY nor SELL")
    time = record.moment("filltimestamp", "exchangetimestamp", zone=ZONE)
    trade = record.get("tradeid")
    return Entry(
        line=record.line,
        ts_event=time,
        kind=_SIDES[side],
        symbol=record.need("tradingsymbol"),
        quantity=abs(record.need_number("quantity")),
        price=record.need_number("averageprice"),
        currency=CURRENCY,
        isin=record.get("isin"),
        key=f"{record.get('exchange')} {trade} {time // 86_400_000_000}" if trade else "",
    )
