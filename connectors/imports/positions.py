"""Transactions -> what is held afterwards, at its average cost.

Average cost: a purchase moves the cost per unit to the mean of what is held and what is bought,
weighted by units; a sale leaves it as it is; a split divides it. Fees and taxes are not part of it.
Of one instant splits come first, then purchases, then sales: dates without a time are midnights.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from connectors.imports.draft import Entry, Lot

_ORDER: Final = {"split": 0, "buy": 1, "sell": 2}
_GRAIN: Final = Decimal(1).scaleb(-12)  # units below it are what a division has left

_COARSE: Final = Decimal(10) ** 15


@dataclass
class _Position:
    """One symbol while its transactions are walked through."""

    first: Entry
    quantity: Decimal = Decimal()
    cost: Decimal | None = None
    currencies: set[str] = field(default_factory=set)

    def trade(self, entry: Entry) -> None:
        """Buy or sell."""
        units = entry.quantity or Decimal()
        signed = units if entry.kind == "buy" else -units
        held, self.quantity = self.quantity, self.quantity + signed
        self.currencies.add(entry.currency)
        if held * signed >= 0:
            self.cost = _mean(held, self.cost, signed, _price(entry))
        elif held * self.quantity < 0:  # past nothing to the other side
            self.cost = _price(entry)

    def split(self, ratio: Decimal) -> None:
        """Count in new units."""
        self.quantity *= ratio
        self.cost = None if self.cost is None else self.cost / ratio

    def lot(self) -> Lot:
        """What is held now."""
        currency = self.first.currency if len(self.currencies) == 1 else ""
        quantity = self.quantity
        if abs(quantity) < _COARSE:
            quantity = quantity.quantize(_GRAIN)
        cost = self.cost if len(self.currencies) == 1 else None
        first = self.first
        return Lot(first.line, first.symbol, quantity, cost, currency, first.name, first.isin)


def walked(entries: Iterable[Entry]) -> tuple[list[Entry], list[Lot]]:
    """What is held after all transactions, short positions too; what nets to 0 is not there.

    Returns:
        The transactions as they came, with the ratio of each split that says how many units it
        added (0 where nothing was held that it could be of), and what is held. The line of a lot
        is that of the first transaction of its symbol.
    """
    known = list(entries)
    found: dict[str, _Position] = {}
    for place in sorted(range(len(known)), key=lambda place: _when(known[place])):
        entry = known[place]
        if entry.kind == "split":
            position = found.get(entry.symbol)
            known[place] = entry = _with_ratio(entry, position)
            if position is not None and entry.quantity:
                position.split(entry.quantity)
        elif entry.kind in _ORDER:
            found.setdefault(entry.symbol, _Position(entry)).trade(entry)
    lots = [position.lot() for position in found.values()]
    return known, [lot for lot in lots if lot.quantity]


def _with_ratio(entry: Entry, position: _Position | None) -> Entry:
    if entry.added is None:
        return entry
    held = Decimal() if position is None else position.quantity
    ratio = (held + entry.added) / held if held else Decimal()
    return replace(entry, quantity=max(ratio, Decimal()), added=None)


def _when(entry: Entry) -> tuple[int, int, int]:
    return entry.ts_event, _ORDER.get(entry.kind, len(_ORDER)), entry.line


def _price(entry: Entry) -> Decimal | None:
    if entry.price is not None:
        return entry.price
    return entry.amount / entry.quantity if entry.amount is not None and entry.quantity else None


def _mean(
    held: Decimal, cost: Decimal | None, added: Decimal, price: Decimal | None
) -> Decimal | None:
    if not held:
        return price
    if cost is None or price is None:
        return None
    return (held * cost + added * price) / (held + added)
