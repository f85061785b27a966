"""What rules look at: a block of portfolios valued at one instant, as columns."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from transforms.advice.bands import bands_of
from transforms.advice.grid import Grid, Held
from transforms.advice.policy import Variant
from transforms.book_symbols import SymbolState
from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.concentration import TOP, herfindahl
from transforms.portfolio.fx import FxTable
from transforms.portfolio.lines import Flags
from transforms.portfolio.risk_columns import RiskColumns
from transforms.portfolio.valuation import market_value, share, too_large


@dataclass(frozen=True)
class View:
    """A block of portfolios at one instant.

    Attributes:
        time: the instant, microseconds UTC.
        closes: bars have closed at it (else only holdings have changed).
        grid, held, symbols, variant: what it is made of.
        passed: instants since the portfolio's first one, by portfolio.
        drained: the feed has ended and this is the last instant.
        fx: exchange rates.
        risk: reports on the portfolios.
        fees: share of fees in what was bought and sold, by portfolio; NaN without transactions.
    """

    time: int
    closes: bool
    grid: Grid
    held: Held
    symbols: SymbolState
    variant: Variant
    passed: Ints
    drained: bool
    fx: FxTable
    risk: RiskColumns = field(default_factory=RiskColumns)
    fees: Floats = field(default_factory=lambda: np.empty(0))

    @cached_property
    def memo(self) -> dict[tuple[Any, ...], Any]:
        """What several rows need, computed once."""
        return {}

    @cached_property
    def owned(self) -> Flags:
        """Lines that are held."""
        return self.held.quantity != 0.0

    @property
    def cash(self) -> Flags:
        """Lines of cash: worth 1 of their currency, never unknown or stale."""
        return self.grid.cash

    @cached_property
    def judged(self) -> Flags:
        """Lines that rules about single positions judge: held, and no cash."""
        return self.owned & ~self.cash

    @cached_property
    def price(self) -> Floats:
        """Last close of each line's symbol, NaN before the first; 1 for cash, whatever trades."""
        return np.where(self.cash, 1.0, self.symbols.field("close")[self.grid.codes])

    @cached_property
    def rate(self) -> Floats:
        """Units of the portfolio's base currency for one of the line's; NaN where unknown."""
        rate = np.ones(len(self.owned))
        names = self.grid.currencies
        for line in np.flatnonzero(self.held.foreign & self.owned).tolist():
            pair = int(self.held.currency[line]), int(self.held.base[line])
            if ("rate", *pair) not in self.memo:
                self.memo["rate", *pair] = self.fx.rate(names[pair[0]], names[pair[1]], self.time)
            rate[line] = self.memo["rate", *pair]
        return rate

    @cached_property
    def unrated(self) -> Flags:
        """Held in a currency that cannot be converted."""
        return self.owned & np.isnan(self.rate)

    @cached_property
    def left_out(self) -> Flags:
        """Held, and after waiting long enough taken for an unknown symbol."""
        given_up = (self.passed >= self.variant.unknown_after_bars) | self.drained
        return self.owned & np.isnan(self.price) & given_up[self.grid.layout.rows]

    @cached_property
    def waiting(self) -> Flags:
        """Held, and its first price is still awaited."""
        return self.owned & np.isnan(self.price) & ~self.left_out

    @cached_property
    def oversized(self) -> Flags:
        """Worth more than can be added up exactly."""
        return self.owned & too_large(self.held.quantity, self.price * self.rate)

    @cached_property
    def counted(self) -> Flags:
        """Lines that make up the value."""
        return self.owned & ~np.isnan(self.price) & ~self.unrated & ~self.oversized

    @cached_property
    def stale(self) -> Flags:
        """Held lines whose price is too old to rest advice on."""
        if "D01" not in self.variant.rules:
            return np.zeros(len(self.owned), np.bool_)
        factor = self.variant.number("D01", "stale_gap_factor")
        sessions = int(self.variant.number("D01", "stale_sessions", 1))
        return self.judged & self.symbols.stale(factor, sessions)[self.grid.codes]

    @cached_property
    def value(self) -> Ints:
        """Market value of each line in the base currency, micros; 0 where it does not count."""
        price = np.where(self.counted, self.price * self.rate, 0.0)
        return market_value(np.where(self.counted, self.held.quantity, 0.0), price)

    @cached_property
    def size(self) -> Ints:
        """Magnitude of ``value``: what weights are shares of; a short position weighs too."""
        return np.abs(self.value)

    @cached_property
    def net(self) -> Ints:
        """Value of each portfolio, micros."""
        return self.grid.layout.sums(self.value)

    @cached_property
    def gross(self) -> Ints:
        """Sum of sizes of each portfolio, micros; equals ``net`` when nothing is short."""
        return self.grid.layout.sums(self.size)

    @cached_property
    def weight(self) -> Floats:
        """Share of each line in its portfolio's gross value, 0 to 1."""
        return share(self.size, self.gross[self.grid.layout.rows])

    @cached_property
    def hhi(self) -> Floats:
        """Herfindahl index of each portfolio."""
        return herfindahl(self.weight, self.grid.layout)

    @cached_property
    def top_weight(self) -> Floats:
        """Share of the five largest positions of each portfolio, cash left out."""
        sizes = np.where(self.cash, 0, self.size)
        return share(self.grid.layout.top(sizes, TOP), self.gross)

    @cached_property
    def sector_size(self) -> Ints:
        """Micros by portfolio x sectors + sector."""
        return self.grid.sectors.sums(self.size)

    @cached_property
    def sector_weight(self) -> Floats:
        """Share of each sector in its portfolio, same places as ``sector_size``."""
        return share(self.sector_size, np.repeat(self.gross, self.sectors))

    def row_of(self, subject: str, element: int) -> int:
        """Portfolio number of an element of the arrays of a rule about such subjects."""
        if subject == "line":
            return int(self.grid.layout.rows[element])
        return element // self.width(subject)

    def width(self, subject: str) -> int:
        """How many subjects of such a kind each portfolio has; lines vary and are not asked for."""
        if subject == "sector":
            return self.sectors
        return len(bands_of(self.variant)) if subject == "asset_class" else 1

    @property
    def sectors(self) -> int:
        """How many sectors are told apart, the unknown one (number 0) included."""
        return len(self.grid.instruments.sectors)

    def currency(self, row: int) -> str:
        """Base currency of a portfolio that holds something."""
        lines = self.grid.layout.lines_of(row)
        owned = lines[self.owned[lines]]
        return self.grid.currencies[self.held.base[owned[0]]]

    @cached_property
    def owner(self) -> Flags:
        """Portfolios that hold anything."""
        return self.grid.layout.any(self.owned)

    @cached_property
    def unpriced(self) -> Flags:
        """Portfolios whose value is not known, or not in one currency."""
        doubtful = self.waiting | self.unrated | self.oversized
        return self.grid.layout.any(doubtful) | (self.owner & (self.gross == 0))
