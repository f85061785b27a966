"""Where the lines of a block of portfolios belong, and what is owned at an instant."""

from collections.abc import Sequence
from dataclasses import dataclass

from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.instruments import InstrumentTable
from transforms.portfolio.lines import Flags, Layout, SectorLayout


@dataclass(frozen=True)
class Grid:
    """Where lines belong; shared by all instants until a line or an instrument is added.

    Attributes:
        portfolios: ids by row.
        names: symbols by code.
        codes: symbol of each line.
        layout: portfolio of each line.
        sectors: (portfolio, sector) of each line.
        instruments: facts by symbol.
        currencies: names by number.
        interval: length of a bar, microseconds; label: its name.
    """

    portfolios: Sequence[str]
    names: Sequence[str]
    codes: Ints
    layout: Layout
    sectors: SectorLayout
    instruments: InstrumentTable
    currencies: Sequence[str]
    interval: int
    label: str

    def symbol(self, line: int) -> str:
        """Symbol of a line."""
        return self.names[self.codes[line]]


@dataclass(frozen=True)
class Held:
    """What is owned at an instant, by line. Never changed in place.

    Attributes:
        quantity: units; 0 where the line is not held.
        cost: average price paid; NaN when unknown.
        foreign: in another currency than the portfolio's first line, for which there is no rate.
        currency: number of the line's currency; place: of the line in its document.
    """

    quantity: Floats
    cost: Floats
    foreign: Flags
    currency: Ints
    place: Ints
