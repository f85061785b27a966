"""Trade Republic: the CSV of all transactions, semicolons between its columns.

A line has shares (negative when sold), price, amount (what reached or left the account, negative
when it left, without fee and tax), fee and tax (negative when paid). The symbol is the ISIN.
A bond that is repaid and a warrant that is exercised are two lines, one of shares and one of cash:
together they are a sale. A split says how many shares were added.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain
from typing import Final

from connectors.imports.content import Content, Names
from connectors.imports.draft import BadLine, Draft, Entry, Record
from connectors.imports.imported import Kind
from connectors.imports.numerals import shown
from connectors.imports.tabular import read_table

NAME: Final = "trade_republic"
_NEEDED: Final = frozenset(("datetime", "category", "type", "symbol", "shares", "transactionid"))
_NUMERIC: Final = frozenset(("shares", "price", "amount", "fee", "tax"))
_CASH: Final[dict[str, Kind]] = {
    "DIVIDEND": "dividend",
    "DISTRIBUTION": "dividend",
    "DIVIDEND_EQUIVALENT_PAYMENT": "dividend",
    "INTEREST_PAYMENT": "interest",
    "SEC_ACCOUNT": "interest",
    "EARNINGS": "tax",
    "PRE_DETERMINED_TAX_BASE": "tax",
    "TAX_OPTIMIZATION": "tax",
}
_FLOWS: Final = (
    *("CUSTOMER_INPAYMENT", "CUSTOMER_INBOUND", "CUSTOMER_OUTBOUND_REQUEST", "GIFT"),
    *("TRANSFER_INBOUND", "TRANSFER_OUTBOUND", "CARD_TRANSACTION", "BENEFITS_SAVEBACK"),
    *("TRANSFER_INSTANT_INBOUND", "TRANSFER_INSTANT_OUTBOUND"),
)
_Key = tuple[str, Decimal | None]
_REPAID: Final = ("FINAL_MATURITY", "TILG", "REDEMPTION", "WARRANT_EXERCISE")


def matches(content: Content) -> bool:
    """Whether a file is such a table."""
    return content.header(_fits) is not None


def read(content: Content, draft: Draft) -> None:
    """Transactions."""
    statement = _Statement(draft)
    read_table(content, _fits, _NUMERIC, draft, lambda _: statement.add)
    statement.settle()


def _fits(names: Names) -> bool:
    return names >= _NEEDED


@dataclass
class _Statement:
    """Lines of the file, and halves of sales that wait for the other half."""

    draft: Draft
    shares: list[Entry] = field(default_factory=list)
    cash: dict[_Key, deque[Entry]] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        """Take one line in."""
        category = record.need("category").upper()
        readers: dict[str, Callable[[Record, Entry], None]] = {
            "TRADING": self._trade,
            "CASH": self._cash,
            "CORPORATE_ACTION": self._action,
        }
        if category not in readers:
            raise BadLine("unknown_kind", f"category {category!r} is not known")
        readers[category](record, _entry(record))

    def _trade(self, record: Record, entry: Entry) -> None:
        kind = record.need("type").upper()
        if kind not in ("BUY", "SELL"):
            raise BadLine("unknown_kind", f"type {kind!r} of TRADING is neither BUY nor SELL")
        record.need("symbol")
        self._book(record, replace(entry, kind="buy" if kind == "BUY" else "sell"))

    def _cash(self, record: Record, entry: Entry) -> None:
        kind, amount = record.need("type").upper(), record.number("amount") or Decimal()
        if kind == "PRIVATE_MARKET_BUY":
            self._book(record, replace(entry, kind="buy"))
        elif kind in _REPAID:
            self.cash.setdefault(_key(entry), deque()).append(replace(entry, kind="sell"))
            self._add_tax(record, entry)
        elif kind in _FLOWS:
            flow: Kind = "deposit" if amount >= 0 else "withdrawal"
            self._book(record, replace(entry, kind=flow, quantity=None))
        elif kind in _CASH:
            self._earn(record, replace(entry, kind=_CASH[kind], quantity=None, amount=amount))
        else:
            raise BadLine("unknown_kind", f"type {kind!r} of CASH is not known")

    def _earn(self, record: Record, entry: Entry) -> None:
        if entry.amount:
            self.draft.entries.append(entry)
        elif not record.number("tax"):
            raise BadLine("nothing_moved", "the line moves neither money nor tax")
        self._add_tax(record, entry)

    def _action(self, record: Record, entry: Entry) -> None:
        kind, shares = record.need("type").upper(), record.need_number("shares")
        record.need("symbol")
        if kind == "SPLIT":
            split = replace(entry, kind="split", quantity=None, price=None, added=shares)
            self.draft.entries.append(split)
        elif kind in _REPAID and shares < 0:
            self.shares.append(replace(entry, kind="sell"))
        else:
            raise BadLine("unknown_kind", f"corporate action {kind!r} is not known")

    def _book(self, record: Record, entry: Entry) -> None:
        self.draft.entries.append(entry)
        self._add_tax(record, entry)

    def _add_tax(self, record: Record, entry: Entry) -> None:
        """Tax that a line withholds; what is paid back is booked as interest, and told."""
        tax = record.number("tax")
        if not tax:
            return
        kind: Kind = "tax" if tax < 0 else "interest"
        if tax > 0:
            text = f"{shown(tax)} of tax paid back, booked as interest"
            self.draft.note(record.line, "tax_refund", text, entry.symbol)
        key = f"{entry.key} tax" if entry.key else ""
        self.draft.entries.append(
            replace(entry, kind=kind, quantity=None, price=None, amount=abs(tax), fee=None, key=key)
        )

    def settle(self) -> None:
        """Join the halves of sales: the cash counts, and its line of shares is told."""
        for half in self.shares:
            waiting = self.cash.get(_key(half))
            if not waiting:
                text = "shares that went without money: a sale at the price of the line, or at 0"
                self.draft.note(half.line, "no_cash", text, half.symbol)
                amount = Decimal() if half.price is None else None
                self.draft.entries.append(replace(half, amount=amount))
                continue
            match = waiting.popleft()
            text = f"the money of this sale stands in line {match.line}"
            self.draft.note(half.line, "other_half", text, half.symbol)
            self.draft.entries.append(replace(match, price=None))
        for half in chain.from_iterable(self.cash.values()):
            self.draft.note(half.line, "no_shares", "no line takes these shares away", half.symbol)
            self.draft.entries.append(half)


def _key(half: Entry) -> _Key:
    """What both halves of a sale share."""
    return half.symbol, half.quantity


def _entry(record: Record) -> Entry:
    """What all lines have in common; what they are is not known yet."""
    shares, amount, fee = (record.number(name) for name in ("shares", "amount", "fee"))
    symbol = record.get("symbol")
    isin = symbol if len(symbol) == 12 else ""
    return Entry(
        line=record.line,
        ts_event=record.moment("datetime", "date"),
        kind="deposit",
        symbol=symbol,
        quantity=None if shares is None else abs(shares),
        price=record.number("price"),
        amount=None if amount is None else abs(amount),
        fee=None if fee is None else abs(fee),
        currency=record.get("currency"),
        name=record.get("name"),
        isin=isin,
        key=record.get("transactionid"),
    )
