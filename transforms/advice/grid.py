"""Where the lines of a block of portfolios belong, and what is owned at an instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.instruments import CAP_BANDS, InstrumentTable
from transforms.portfolio.lines import Flags, GroupLayout, Layout


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
    sectors: GroupLayout
    instruments: InstrumentTable
    currencies: Sequence[str]
    interval: int
    label: str

    def symbol(self, line: int) -> str:
        """Symbol of a line."""
        return self.names[self.codes[line]]

    @cached_property
    def cash(self) -> Flags:
        """Lines that are cash."""
        return self.instruments.is_cash(self.names)[self.codes]

    @cached_property
    def asset_classes(self) -> GroupLayout:
        """(portfolio, asset class) of each line."""
        numbers = self.instruments.class_numbers(self.names)[self.codes]
        return self.grouped(numbers, len(self.instruments.asset_classes))

    @cached_property
    def cap_bands(self) -> GroupLayout:
        """(portfolio, band of market value) of each line."""
        numbers = self.instruments.cap_bands(self.names)[self.codes]
        return self.grouped(numbers, len(CAP_BANDS))

    def grouped(self, label: Ints, labels: int) -> GroupLayout:
        """Lines grouped by portfolio and a label of theirs."""
        return GroupLayout(self.layout.rows, label, self.layout.portfolios, labels)


@dataclass(frozen=True)
class Held:
    """What is owned at an instant, by line. Never changed in place.

    Attributes:
        quantity: units; 0 where the line is not held.
        cost: average price paid; NaN when unknown.
        foreign: in another currency than the portfolio's base.
        currency: number of the line's currency; base: of its portfolio's base currency.
        place: of the line in its document. target: weight it should have; NaN without one.
    """

    quantity: Floats
    cost: Floats
    foreign: Flags
    currency: Ints
    base: Ints
    place: Ints
    target: Floats

    @cached_property
    def has_targets(self) -> bool:
        """Any line has a target."""
        return not bool(np.isnan(self.target).all())
