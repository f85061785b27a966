"""What an account was worth at any instant, rebuilt from its transactions and session closes."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np

from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.returns import traded
from transforms.portfolio.transactions import EXTERNAL, TRADES, Transaction
from transforms.portfolio.valuation import LARGEST, MICROS, market_value

Flow = tuple[int, int]  # instant, micros paid in; negative when taken out
Closes = Mapping[str, tuple[Ints, Floats]]  # by symbol: ends of sessions, closes


class Account:
    """Positions, cash and flows of one account.

    Without deposits and withdrawals it keeps no cash: whoever owns it pays each purchase in and
    takes each sale and dividend out at once.

    Args:
        transactions: in order of time, none after the instants asked for.
        closes: adjusted for splits alone. A symbol without one is worth what was last paid for it.
    """

    def __init__(self, transactions: Sequence[Transaction], closes: Closes) -> None:
        self.transactions, self._closes = transactions, closes
        self.keeps_cash = any(found.kind in EXTERNAL for found in transactions)
        self.symbols = sorted({found.symbol for found in transactions if found.kind in TRADES})
        self._ratios = _later_splits(transactions)
        self._marks = {name: self._marks_of(name, closes) for name in self.symbols}
        self._times = np.array([found.ts for found in transactions], np.int64)

    @property
    def sessions(self) -> Ints:
        """Ends of the sessions in which any of its symbols was traded, in order."""
        ends = [self._closes[name][0] for name in self.symbols if name in self._closes]
        return np.unique(np.concatenate(ends)) if ends else np.empty(0, np.int64)

    def flows(self) -> list[Flow]:
        """Payments between the account and its owner, one per instant, none of them 0."""
        sums: dict[int, int] = {}
        for found in self.transactions:
            sums[found.ts] = sums.get(found.ts, 0) + self._paid_in(found)
        return [(ts, amount) for ts, amount in sums.items() if amount]

    def values(self, instants: Ints, *, before: bool = False) -> Ints:
        """Micros at each instant, after (or before) the transactions of that very instant."""
        total = self._cash(instants, before=before)
        for name in self.symbols:
            total += self._value(name, instants, before=before)
        return total

    def cash_at(self, instant: int) -> int:
        """Micros of cash left at an instant."""
        return int(self._cash(np.array([instant]), before=False)[0])

    def gains(self, instant: int) -> dict[str, int]:
        """Micros won by symbol until ``instant``; '' is what belongs to no symbol."""
        at = np.array([instant])
        won = {name: int(self._value(name, at, before=False)[0]) for name in self.symbols}
        for found in self.transactions:
            if found.kind not in EXTERNAL:
                won[found.symbol] = won.get(found.symbol, 0) + found.cash
            elif found.fee:
                won[""] = won.get("", 0) - abs(found.fee)
        return won

    @property
    def adds_up(self) -> bool:
        """Whether no sum of it can outgrow the integers: else its values mean nothing."""
        moved = sum(found.value + abs(found.fee) for found in self.transactions)
        if moved > 50 * LARGEST:
            return False
        for name, (_, prices) in self._marks.items():
            most = np.abs(self._units(name, self._times, before=False)).max()
            if len(prices) and not most * prices.max() * MICROS <= LARGEST:
                return False
        return True

    def _paid_in(self, found: Transaction) -> int:
        if not self.keeps_cash:
            return -found.cash
        return found.cash + abs(found.fee) if found.kind in EXTERNAL else 0

    def _cash(self, instants: Ints, *, before: bool) -> Ints:
        if not self.keeps_cash:
            return np.zeros(len(instants), np.int64)
        moved = [0, *accumulate(found.cash for found in self.transactions)]
        done = np.searchsorted(self._times, instants, side="left" if before else "right")
        return np.array(moved, np.int64)[done]

    def _value(self, name: str, instants: Ints, *, before: bool) -> Ints:
        times, prices = self._marks[name]
        known = np.concatenate(([np.nan], prices))[np.searchsorted(times, instants, side="right")]
        return market_value(self._units(name, instants, before=before), known)

    def _units(self, name: str, instants: Ints, *, before: bool) -> Floats:
        """Units held, as splits have left them by now."""
        own = [place for place, found in enumerate(self.transactions) if found.symbol == name]
        moved = [self.transactions[place].units * self._ratios[place] for place in own]
        done = np.searchsorted(self._times[own], instants, side="left" if before else "right")
        held: Floats = np.array([0.0, *accumulate(moved)])[done]
        return held

    def _marks_of(self, name: str, closes: Closes) -> tuple[Ints, Floats]:
        """Instants and prices of a symbol: its closes and its own trades, in order of time."""
        paid = [
            (found.ts, found.value / MICROS / (abs(found.quantity) * ratio))
            for found, ratio in zip(self.transactions, self._ratios, strict=True)
            if found.symbol == name and found.units * ratio
        ]
        ends, prices = closes.get(name, (np.empty(0, np.int64), np.empty(0)))
        times = np.concatenate((np.array([ts for ts, _ in paid], np.int64), ends))
        marks = np.concatenate((np.array([price for _, price in paid]), prices))
        order = np.argsort(times, kind="stable")
        order = order[traded(marks[order])]
        return times[order], marks[order]


def _later_splits(transactions: Sequence[Transaction]) -> list[float]:
    """Units today for one unit moved by each transaction."""
    ratios: dict[str, float] = {}
    found: list[float] = []
    for one in reversed(transactions):
        found.append(ratios.get(one.symbol, 1.0))
        if one.kind == "split":
            ratios[one.symbol] = found[-1] * abs(one.quantity)
    return found[::-1]
