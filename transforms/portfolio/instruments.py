"""What the book needs of instruments: class, sector, currency, lot and size of each symbol."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from transforms.kernels.columns import Ints
from transforms.portfolio.cap_bands import cap_bands
from transforms.portfolio.lines import Flags

UNKNOWN_SECTOR = UNKNOWN_CLASS = UNKNOWN_BAND = 0  # numbers of ''
CASH = "cash"
CAP_BANDS = ("", "large", "mid", "small")
SMALL = CAP_BANDS.index("small")


@dataclass(frozen=True, slots=True)
class InstrumentFacts:
    """Of one symbol. Texts are '' when unknown.

    Attributes:
        sector: name. currency: of prices.
        lot_size: units of one lot.
        asset_class: ``equity``, ``cash``, ``crypto`` ...; cash is worth 1 of its currency.
        market_cap: units of currency; None when unknown.
        exchange: where it trades.
    """

    sector: str = ""
    currency: str = ""
    lot_size: int = 1
    asset_class: str = ""
    market_cap: float | None = None
    exchange: str = ""


NOTHING_KNOWN = InstrumentFacts()


class InstrumentTable:
    """Facts by symbol; numbers of sectors and asset classes, '' being 0; bands of market value."""

    def __init__(self) -> None:
        self._facts: dict[str, InstrumentFacts] = {}
        self.sectors: list[str] = [""]
        self.asset_classes: list[str] = [""]
        self._sector, self._class = {"": UNKNOWN_SECTOR}, {"": UNKNOWN_CLASS}
        self._columns: dict[str, Ints] = {}

    def put(self, symbol: str, facts: InstrumentFacts | None) -> bool:
        """Set or (None) remove the facts of a symbol; whether that changed anything."""
        before = self.facts(symbol)
        if facts is None:
            self._facts.pop(symbol, None)
        else:
            self._facts[symbol] = facts
            _number(facts.sector, self._sector, self.sectors)
            _number(facts.asset_class, self._class, self.asset_classes)
        self._columns = {}
        return self.facts(symbol) != before

    def facts(self, symbol: str) -> InstrumentFacts:
        """Of a symbol; unknown sector and lots of 1 where nothing was said."""
        return self._facts.get(symbol, NOTHING_KNOWN)

    def sector_numbers(self, names: Sequence[str]) -> Ints:
        """Number of each symbol's sector, by code."""
        return self._column("sector", names, lambda name: self._sector[self.facts(name).sector])

    def class_numbers(self, names: Sequence[str]) -> Ints:
        """Number of each symbol's asset class, by code."""
        return self._column("class", names, lambda name: self._class[self.facts(name).asset_class])

    def class_number(self, asset_class: str) -> int | None:
        """Number of an asset class; None when no instrument has it."""
        return self._class.get(asset_class)

    def is_cash(self, names: Sequence[str]) -> Flags:
        """Whether each symbol is cash, by code."""
        return self.class_numbers(names) == self._class.get(CASH, -1)

    def cap_bands(self, names: Sequence[str]) -> Ints:
        """Place in CAP_BANDS of each symbol, by code.

        The rank is that among all instruments known here with a market value, ties by name (SEBI
        and AMFI rank likewise: 1 to 100 large, 101 to 250 mid, 251 and below small). Cash has none.
        """
        known = self._columns.get("cap")
        if known is None or len(known) != len(names):
            bands = self._bands()
            return self._column("cap", names, lambda name: bands.get(name, UNKNOWN_BAND))
        return known

    def _bands(self) -> dict[str, int]:
        known = {
            symbol: facts.market_cap
            for symbol, facts in self._facts.items()
            if facts.asset_class != CASH
        }
        return {symbol: CAP_BANDS.index(band) for symbol, band in cap_bands(known).items()}

    def _column(self, kind: str, names: Sequence[str], number: Callable[[str], int]) -> Ints:
        known = self._columns.get(kind)
        if known is None or len(known) != len(names):
            found = np.fromiter((number(name) for name in names), np.int64, len(names))
            known = self._columns[kind] = found
        return known


def _number(name: str, numbers: dict[str, int], names: list[str]) -> None:
    if name not in numbers:
        numbers[name] = len(names)
        names.append(name)
