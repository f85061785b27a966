"""Ghostfolio: activities as JSON (an export) or as CSV (what it imports).

Columns of the CSV are known by several names; dates stand in any of the ways of
``connectors.imports.moments``. An ITEM is a thing of value that is owned, as BUY of a symbol of
data source MANUAL is. A LIABILITY is owed, which no holding can say: it is told and left out.
"""

from decimal import Decimal
from typing import Any, Final

from connectors.imports.content import Content, Names, record_of
from connectors.imports.draft import BadLine, Draft, Entry, Record
from connectors.imports.imported import ImportRefused, Kind
from connectors.imports.tabular import read_records, read_table

NAME: Final = "ghostfolio"
_DATE: Final = ("date", "tradedate", "datetime")
_SYMBOL: Final = ("symbol", "code", "ticker")
_TYPE: Final = ("type", "action")
_PRICE: Final = ("unitprice", "price", "tradeprice", "value")
_QUANTITY: Final = ("quantity", "qty", "shares", "units")
_FEE: Final = ("fee", "commission", "ibcommission")
_CURRENCY: Final = ("currency", "ccy", "currencyprimary")
_NEEDED: Final = (_DATE, _SYMBOL, _TYPE, _PRICE, _QUANTITY)
_NUMERIC: Final = frozenset((*_PRICE, *_QUANTITY, *_FEE))
_KINDS: Final[dict[str, Kind]] = {
    "buy": "buy",
    "item": "buy",
    "sell": "sell",
    "dividend": "dividend",
    "interest": "interest",
    "fee": "fee",
}


def matches(content: Content) -> bool:
    """Whether a file holds activities of Ghostfolio."""
    if content.kind == "json":
        return isinstance(content.value, dict) and "activities" in content.value
    return content.header(_fits) is not None


def read(content: Content, draft: Draft) -> None:
    """Activities.

    Raises:
        ImportRefused: ``activities`` is no list.
    """
    if content.kind == "json":
        _read_json(content, draft)
        return
    read_table(
        content,
        _fits,
        _NUMERIC,
        draft,
        lambda _: lambda record: draft.entries.append(_activity(record, "", draft)),
    )


def _fits(names: Names) -> bool:
    return all(names & set(known) for known in _NEEDED)


def _read_json(content: Content, draft: Draft) -> None:
    activities = content.value["activities"]
    if not isinstance(activities, list):
        raise ImportRefused("`activities` is no list")
    names = {
        str(profile.get("symbol")): str(profile.get("name") or "")
        for profile in _objects(content.value.get("assetProfiles"))
    }
    records = [
        record_of(place, item if isinstance(item, dict) else {"item": item})
        for place, item in enumerate(activities, 1)
    ]
    read_records(
        records,
        draft,
        lambda record: draft.entries.append(
            _activity(record, names.get(record.get(*_SYMBOL), ""), draft)
        ),
    )
    if any(account.get("balances") for account in _objects(content.value.get("accounts"))):
        draft.note(0, "balances_not_read", "cash balances of accounts are no transactions")


def _objects(value: object) -> list[dict[str, Any]]:
    """The objects of a list; none when it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _activity(record: Record, name: str, draft: Draft) -> Entry:
    said = record.need(*_TYPE).lower()
    if said == "liability":
        raise BadLine("liability", "what is owed cannot be held")
    if said not in _KINDS:
        raise BadLine("unknown_kind", f"type {said!r} is none of {', '.join(_KINDS)}, liability")
    kind, symbol = _KINDS[said], record.need(*_SYMBOL)
    quantity, price = record.number(*_QUANTITY), record.number(*_PRICE)
    fee = abs(record.number(*_FEE) or Decimal())
    time = record.moment(*_DATE)
    if record.get("datasource").upper() == "MANUAL" and kind in ("buy", "sell"):
        draft.note(record.line, "manual_asset", f"{name or symbol} has no market price", symbol)
    entry = Entry(
        line=record.line,
        ts_event=time,
        kind=kind,
        symbol=symbol,
        quantity=quantity,
        price=price,
        fee=fee,
        currency=record.get(*_CURRENCY),
        name=name,
        isin=symbol if _is_isin(symbol) else "",
        key=record.get("id"),
    )
    return entry if kind in ("buy", "sell") else _moneyed(entry)


def _moneyed(entry: Entry) -> Entry:
    """A dividend, interest or fee: quantity times price; a fee may stand under fee instead."""
    amount = abs(entry.quantity or Decimal()) * (entry.price or Decimal())
    fee = entry.fee or Decimal()
    if entry.kind == "fee":
        amount, fee = amount + fee, Decimal()
    symbol = "" if entry.kind in ("fee", "interest") else entry.symbol
    return Entry(
        line=entry.line,
        ts_event=entry.ts_event,
        kind=entry.kind,
        symbol=symbol,
        amount=amount,
        fee=fee,
        currency=entry.currency,
        name=entry.name,
        isin=entry.isin if symbol else "",
        key=entry.key,
    )


def _is_isin(symbol: str) -> bool:
    return len(symbol) == 12 and symbol[:2].isalpha() and symbol[2:].isalnum() and symbol.isascii()
