"""Zerodha Console: the holdings statement and the tradebook, and Kite's own table of holdings.

Console gives workbooks; a sheet saved as CSV has titles above its table. Its columns: Symbol, ISIN,
Sector, Quantity Available, Quantity Discrepant, Quantity Long Term, Quantity Pledged (Margin),
Quantity Pledged (Loan), Average Price, ... What is pledged is owned but not in Quantity Available;
long term is a part of it. The table of Kite has Instrument, Qty., Avg. cost. The tradebook:
symbol, isin, trade_date, exchange, segment, series, trade_type, auction, quantity, price, trade_id,
order_id, order_execution_time; its times are those of India.
"""

from typing import Final

from connectors.imports.content import Content, Names
from connectors.imports.draft import BadLine, Draft, Entry, Lot, Record
from connectors.imports.imported import Kind
from connectors.imports.numerals import shown
from connectors.imports.tabular import ReadOne, cost_of, read_table

NAME: Final = "zerodha_console"
ZONE: Final = "Asia/Kolkata"
CURRENCY: Final = "INR"
_CONSOLE: Final = frozenset(("symbol", "quantityavailable", "averageprice"))
_KITE: Final = frozenset(("instrument", "qty", "avgcost"))
_TRADEBOOK: Final = frozenset(("symbol", "tradetype", "quantity", "price", "tradedate"))
_PLEDGED: Final = ("quantitypledgedmargin", "quantitypledgedloan")
_NUMERIC: Final = frozenset(
    (*_PLEDGED, "quantityavailable", "quantitydiscrepant", "averageprice", "qty", "avgcost")
) | frozenset(("quantity", "price"))
_SIDES: Final[dict[str, Kind]] = {"buy": "buy", "b": "buy", "sell": "sell", "s": "sell"}


def matches(content: Content) -> bool:
    """Whether a file is one of these tables."""
    return content.header(_fits) is not None


def read(content: Content, draft: Draft) -> None:
    """Holdings or trades."""

    def reader(names: Names) -> ReadOne:
        if names >= _TRADEBOOK:
            return lambda record: draft.entries.append(_trade(record))
        return lambda record: _read_holding(record, draft)

    read_table(content, _fits, _NUMERIC, draft, reader)


def _fits(names: Names) -> bool:
    return names >= _CONSOLE or names >= _KITE or names >= _TRADEBOOK


def _read_holding(record: Record, draft: Draft) -> None:
    symbol = record.get("symbol", "instrument")
    if not symbol or symbol.lower().startswith("total"):
        raise BadLine("outside_the_table", "a line of totals: it names no symbol")
    quantity = record.need_number("quantityavailable", "qty")
    for name in _PLEDGED:
        pledged = record.number(name)
        if pledged:
            text = f"{shown(pledged)} pledged, counted as held"
            draft.note(record.line, "pledged_quantity", text, symbol)
            quantity += pledged
    _tell_discrepant(record, symbol, draft)
    draft.lots.append(
        Lot(
            line=record.line,
            symbol=symbol,
            quantity=quantity,
            avg_cost=cost_of(record, symbol, draft, "averageprice", "avgcost"),
            currency=CURRENCY,
            isin=record.get("isin"),
        )
    )


def _tell_discrepant(record: Record, symbol: str, draft: Draft) -> None:
    discrepant = record.number("quantitydiscrepant")
    if discrepant:
        text = f"{shown(discrepant)} on which broker and depository disagree, not counted"
        draft.note(record.line, "discrepant", text, symbol)


def _trade(record: Record) -> Entry:
    side = record.need("tradetype").lower()
    if side not in _SIDES:
        raise BadLine("unknown_kind", f"trade_type {side!r} is neither buy nor sell")
    day, trade = record.need("tradedate"), record.get("tradeid")
    return Entry(
        line=record.line,
        ts_event=record.moment("orderexecutiontime", "tradedate", zone=ZONE),
        kind=_SIDES[side],
        symbol=record.need("symbol"),
        quantity=abs(record.need_number("quantity")),
        price=record.need_number("price"),
        currency=CURRENCY,
        isin=record.get("isin"),
        # The exchange counts trades anew every day.
        key=f"{record.get('exchange')} {trade} {day}" if trade else "",
    )
