"""What happened on an account: one transaction after the other, and what each one moves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from transforms.portfolio.valuation import LARGEST, MICROS

TRADES: Final = frozenset(("buy", "sell"))
EXTERNAL: Final = frozenset(("deposit", "withdrawal"))
SIGNS: Final = {  # what one micro of ``value`` does to the cash of the account
    **dict.fromkeys(("sell", "dividend", "interest", "deposit"), 1),
    **dict.fromkeys(("buy", "fee", "tax", "withdrawal"), -1),
    "split": 0,
}
KEEP_SIGN: Final = frozenset(("dividend", "interest"))  # may be taken back, or paid


@dataclass(frozen=True, slots=True)
class Transaction:
    """One entry of an account. Signs do not matter but for amounts of dividends and interest.

    Attributes:
        ts: microseconds UTC.
        kind: buy, sell, dividend, interest, fee, tax, deposit, withdrawal or split.
        symbol: '' when it concerns the account as a whole.
        quantity: units; of a split, units afterwards for one unit before (2 for 2:1).
        price: currency per unit.
        amount: micros, without the fee; None for quantity x price.
        fee: micros.
        currency: '' for that of the account.
    """

    ts: int
    kind: str
    symbol: str = ""
    quantity: float = 0.0
    price: float = 0.0
    amount: int | None = None
    fee: int = 0
    currency: str = ""

    @property
    def value(self) -> int:
        """Micros that change hands, without the fee."""
        if self.amount is None:
            return round(abs(self.quantity * self.price) * MICROS)
        return self.amount if self.kind in KEEP_SIGN else abs(self.amount)

    @property
    def cash(self) -> int:
        """Micros by which the cash of the account grows."""
        return SIGNS[self.kind] * self.value - abs(self.fee)

    @property
    def units(self) -> float:
        """Units by which the position grows."""
        if self.kind not in TRADES:
            return 0.0
        return math.copysign(self.quantity, -SIGNS[self.kind])


def read_transactions(document: bytes) -> list[Transaction]:
    """Transactions in order of time, ties as they were written.

    Args:
        document: JSON list of ts_event, kind, symbol, quantity, price, amount, fee, currency;
            amount and fee in units of currency.
    """
    entries: list[dict[str, Any]] = orjson.loads(document)
    found = [
        Transaction(
            int(entry["ts_event"]),
            str(entry["kind"]),
            entry.get("symbol") or "",
            float(entry.get("quantity") or 0.0),
            float(entry.get("price") or 0.0),
            None if entry.get("amount") is None else _micros(entry["amount"]),
            _micros(entry.get("fee") or 0.0),
            entry.get("currency") or "",
        )
        for entry in entries
    ]
    return sorted(found, key=lambda transaction: transaction.ts)


def _micros(amount: float) -> int:
    exact = float(amount) * MICROS
    return round(exact) if abs(exact) <= LARGEST else 2 * LARGEST  # refused by ``defect``


def defect(transactions: Sequence[Transaction]) -> str | None:
    """Why an account cannot be computed from its transactions; None when it can."""
    if not transactions:
        return "no transactions"
    currencies = sorted({found.currency for found in transactions} - {""})
    if len(currencies) > 1:
        return f"transactions in more than one currency: {', '.join(currencies)}"
    for found in transactions:
        if found.kind not in SIGNS:
            return f"unknown kind of transaction: {found.kind}"
        if not _countable(found):
            return f"a {found.kind} of {found.symbol or 'the account'} is too large or no number"
        if found.kind == "split" and not found.quantity > 0.0:
            return f"a split of {found.symbol} without units"
    return None


def _countable(found: Transaction) -> bool:
    exact = found.quantity * found.price * MICROS
    sizes = (abs(exact), abs(found.quantity), abs(found.amount or 0), abs(found.fee))
    return all(size <= LARGEST for size in sizes)  # false for what is no number
