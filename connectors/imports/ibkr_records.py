"""Interactive Brokers: what a line of open positions, trades, cash or corporate actions means.

Fields are those of the Flex Queries reference (ibkrguides.com/reportingreference/reportguide:
Open Positions, Trades, Cash Transactions, Corporate Actions), by the names that both XML and CSV
share once only letters and digits are left. Times are those of New York.
"""

import re
from decimal import Decimal
from typing import Final

from connectors.imports.draft import BadLine, Draft, Entry, Lot, Record
from connectors.imports.imported import Kind
from connectors.imports.numerals import shown
from connectors.imports.tabular import cost_of

ZONE: Final = "America/New_York"
QUANTITY: Final = ("position", "quantity")
CURRENCY: Final = ("currency", "currencyprimary")
ASSET: Final = ("assetcategory", "assetclass")
COST: Final = ("costbasisprice", "openprice")
AMOUNTS: Final = ("proceeds", "netcash", "taxes", "amount", "tradeprice", "multiplier")
NUMERIC: Final = frozenset((*QUANTITY, *COST, *AMOUNTS, "ibcommission", "tax"))
_TIMES: Final = ("datetime", "tradedate", "reportdate", "date", "settledate")
_SIDES: Final[dict[str, Kind]] = {"buy": "buy", "sell": "sell"}
_SUMMARIES: Final = ("SYMBOL_SUMMARY", "ASSET_SUMMARY", "CLOSED_LOT", "WASH_SALE", "SUMMARY")
_CASH: Final[tuple[tuple[str, Kind], ...]] = (  # beginnings of `type`
    ("dividends", "dividend"),
    ("payment in lieu", "dividend"),
    ("withholding tax", "tax"),
    ("871(m)", "tax"),
    ("broker interest", "interest"),
    ("bond interest", "interest"),
    ("other fees", "fee"),
    ("broker fees", "fee"),
    ("commission adjustments", "fee"),
    ("advisor fees", "fee"),
    ("deposits", "deposit"),
    ("withdrawals", "withdrawal"),
)
_RATIO: Final = re.compile(r"SPLIT\s+(\d+(?:\.\d+)?)\s+FOR\s+(\d+(?:\.\d+)?)", re.IGNORECASE)


def level(record: Record) -> str:
    """Level of detail, upper case; '' when the line has none."""
    return record.get("levelofdetail").upper()


def symbol_of(record: Record) -> str:
    """The symbol without the blanks that IBKR pads some with."""
    return " ".join(record.need("symbol").split())


def lot(record: Record, draft: Draft) -> Lot:
    """An open position, or a lot of one."""
    symbol = symbol_of(record)
    quantity = record.need_number(*QUANTITY)
    _tell_contracts(record, symbol, draft)
    return Lot(
        line=record.line,
        symbol=symbol,
        quantity=quantity,
        avg_cost=cost_of(record, symbol, draft, *COST),
        currency=record.get(*CURRENCY),
        name=record.get("description"),
        isin=record.get("isin"),
    )


def add_trade(record: Record, draft: Draft) -> None:
    """A trade and the tax on it.

    Raises:
        BadLine: it is a sum or a part of other lines, an exchange of currencies, or unreadable.
    """
    if level(record) in _SUMMARIES:
        raise BadLine("detail_of_others", f"{level(record).lower()}: other lines say the same")
    if record.get(*ASSET).upper() == "CASH":
        raise BadLine("currency_conversion", "an exchange of currencies moves no holding")
    side, quantity = record.get("buysell").lower().split(" ")[0], record.need_number(*QUANTITY)
    kind = _SIDES.get(side) or ("buy" if quantity > 0 else "sell")
    symbol, times = symbol_of(record), _multiplier(record)
    _tell_contracts(record, symbol, draft)
    proceeds, price = record.number("proceeds"), record.need_number("tradeprice")
    fee, tax = record.number("ibcommission"), record.number("taxes")
    trade = Entry(
        line=record.line,
        ts_event=record.moment(*_TIMES, zone=ZONE),
        kind=kind,
        symbol=symbol,
        quantity=abs(quantity),
        price=price,
        amount=abs(proceeds) if proceeds else abs(quantity) * price * times,
        fee=-fee if fee else fee,
        currency=record.get(*CURRENCY),
        name=record.get("description"),
        isin=record.get("isin"),
        key=record.get("transactionid", "ibexecid", "tradeid"),
    )
    _tell_net_cash(record, trade, tax, draft)
    draft.entries.append(trade)
    if tax:
        draft.entries.append(_moneyed(trade, "tax", abs(tax)))


def add_cash(record: Record, draft: Draft) -> None:
    """Money that came or went.

    Raises:
        BadLine: it is a sum of other lines, of an unknown type, or unreadable.
    """
    if level(record) in _SUMMARIES:
        raise BadLine("detail_of_others", "summary: other lines say the same")
    said, amount = record.need("type").lower(), record.need_number("amount")
    kind = next((kind for start, kind in _CASH if said.startswith(start)), None)
    if kind is None:
        raise BadLine("unknown_kind", f"type {record.get('type')!r} of cash is not known")
    if not amount:
        raise BadLine("nothing_moved", "the amount is 0")
    symbol = " ".join(record.get("symbol").split())
    if kind in ("deposit", "withdrawal"):
        kind = "deposit" if amount > 0 else "withdrawal"
    if kind in ("tax", "fee") and amount > 0:
        draft.note(record.line, f"{kind}_refund", f"{kind} paid back, booked as interest", symbol)
        kind = "interest"
    base = Entry(
        line=record.line,
        ts_event=record.moment(*_TIMES, zone=ZONE),
        kind=kind,
        symbol="" if kind in ("deposit", "withdrawal") else symbol,
        currency=record.get(*CURRENCY),
        isin=record.get("isin"),
        key=record.get("transactionid"),
    )
    signed = kind in ("dividend", "interest")
    draft.entries.append(_moneyed(base, kind, amount if signed else abs(amount), own=True))


def add_action(record: Record, draft: Draft) -> None:
    """A split.

    Raises:
        BadLine: any other corporate action, which no transaction of ours says.
    """
    found = _RATIO.search(record.get("actiondescription", "description"))
    if found is None or record.get("type").upper() not in ("FS", "RS", "FI", ""):
        raise BadLine("corporate_action", "only splits are read: check quantity and cost by hand")
    draft.entries.append(
        Entry(
            line=record.line,
            ts_event=record.moment(*_TIMES, zone=ZONE),
            kind="split",
            symbol=symbol_of(record),
            quantity=Decimal(found[1]) / Decimal(found[2]),
            isin=record.get("isin"),
            key=record.get("transactionid"),
        )
    )


def _moneyed(entry: Entry, kind: Kind, amount: Decimal, *, own: bool = False) -> Entry:
    return Entry(
        line=entry.line,
        ts_event=entry.ts_event,
        kind=kind,
        symbol=entry.symbol,
        amount=amount,
        currency=entry.currency,
        isin=entry.isin,
        key=entry.key if own or not entry.key else f"{entry.key} {kind}",
    )


def _multiplier(record: Record) -> Decimal:
    return record.number("multiplier") or Decimal(1)


def _tell_contracts(record: Record, symbol: str, draft: Draft) -> None:
    times = _multiplier(record)
    if times != 1:
        text = f"quantity counts contracts of {shown(times)} units each"
        draft.note(record.line, "contracts", text, symbol)


def _tell_net_cash(record: Record, trade: Entry, tax: Decimal | None, draft: Draft) -> None:
    """Say so where what reached the account is not the proceeds less commission and tax."""
    net, amount = record.number("netcash"), trade.amount or Decimal()
    if net is None:
        return
    signed = amount if trade.kind == "sell" else -amount
    expected = signed - (trade.fee or Decimal()) - abs(tax or Decimal())
    if abs(net - expected) > Decimal("0.01"):
        text = f"netCash {shown(net)} is not proceeds less commission and tax, {shown(expected)}"
        draft.note(record.line, "amount_mismatch", text, trade.symbol)
