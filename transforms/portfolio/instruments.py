"""What the book needs of instruments: sector, currency and lot of each symbol."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transforms.kernels.columns import Ints

UNKNOWN_SECTOR = 0  # number of the sector ''


@dataclass(frozen=True, slots=True)
class InstrumentFacts:
    """Of one symbol. ``sector`` and ``currency`` are '' when unknown; ``lot_size`` counts units."""

    sector: str = ""
    currency: str = ""
    lot_size: int = 1


NOTHING_KNOWN = InstrumentFacts()


class InstrumentTable:
    """Facts by symbol; numbers of sectors."""

    def __init__(self) -> None:
        self._facts: dict[str, InstrumentFacts] = {}
        self.sectors: list[str] = [""]
        self._numbers = {"": UNKNOWN_SECTOR}
        self._column: Ints = np.empty(0, np.int64)

    def put(self, symbol: str, facts: InstrumentFacts | None) -> bool:
        """Set or (None) remove the facts of a symbol; whether that changed anything."""
        before = self.facts(symbol)
        if facts is None:
            self._facts.pop(symbol, None)
        else:
            self._facts[symbol] = facts
            self._number(facts.sector)
        self._column = np.empty(0, np.int64)
        return self.facts(symbol) != before

    def facts(self, symbol: str) -> InstrumentFacts:
        """Of a symbol; unknown sector and lots of 1 where nothing was said."""
        return self._facts.get(symbol, NOTHING_KNOWN)

    def sector_numbers(self, names: Sequence[str]) -> Ints:
        """Number of each symbol's sector, by code."""
        if len(self._column) != len(names):
            found = (self._numbers[self.facts(name).sector] for name in names)
            self._column = np.fromiter(found, np.int64, len(names))
        return self._column

    def _number(self, sector: str) -> None:
        if sector not in self._numbers:
            self._numbers[sector] = len(self.sectors)
            self.sectors.append(sector)
