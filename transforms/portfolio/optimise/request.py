"""What is asked of an optimisation: the portfolio, its daily returns, the limits, the methods."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from transforms.advice.trades import decimals_of
from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.returns import common_rows, sample_of, shortage
from transforms.portfolio.valuation import MICROS

CAPPED = "capped"
HRP = "hrp"
SOLVED = ("min_variance", "risk_parity", HRP, "min_cvar")
DEFAULT_METHODS = (CAPPED, *SOLVED)
METHODS = (*DEFAULT_METHODS, "max_sharpe")  # the last on request alone: historical means are noise

CRYPTO_STEP = Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a plan must keep to. Shares are of the portfolio's value with its cash.

    Attributes:
        max_weight: of one name. max_sector_weight: of the names of one known sector together.
        max_turnover: of what is bought or of what is sold, whichever is more.
        cost_bps: of what is traded, in hundredths of a percent.
    """

    max_weight: float = 0.15
    max_sector_weight: float = 0.30
    max_turnover: float = 0.20
    cost_bps: float = 10.0

    def __post_init__(self) -> None:
        """Refuse shares outside (0, 1] and costs outside [0, 1000]."""
        for name in ("max_weight", "max_sector_weight", "max_turnover"):
            value = getattr(self, name)
            if not 0.0 < value <= 1.0:
                raise ValueError(f"`{name}` must be above 0 and at most 1, was {value}")
        if not 0.0 <= self.cost_bps <= 1000.0:
            raise ValueError(f"`cost_bps` must be between 0 and 1000, was {self.cost_bps}")


@dataclass(frozen=True, slots=True)
class Line:
    """A position that may be traded; long. ``sector`` is '' when unknown.

    Attributes:
        quantity: units held, positive. price: per unit in its own currency, positive.
        step: the least that is traded, in units.
        rate: price of its currency in the portfolio's.
    """

    symbol: str
    quantity: float
    price: float
    sector: str = ""
    step: Decimal = Decimal(1)
    rate: float = 1.0

    def size(self, units: Decimal) -> int:
        """Micros of the portfolio's currency that so many units are worth, as the book rounds."""
        return round(float(units) * (self.price * self.rate) * MICROS)

    @property
    def held(self) -> Decimal:
        """Quantity as it is written."""
        return Decimal(repr(self.quantity))

    @property
    def value(self) -> int:
        """Market value in micros."""
        return self.size(self.held)


@dataclass(frozen=True)
class Portfolio:
    """What there is to rearrange.

    Attributes:
        lines: at least one, each worth something. cash: micros to be put to work.
        returns: [k, n] simple daily returns of the lines, oldest first; n is 0 when history is too
            short. short_history: why, '' otherwise.
        periods: sessions per year.
    """

    lines: Sequence[Line]
    cash: int
    returns: Floats
    short_history: str = ""
    periods: float = 252.0

    @cached_property
    def values(self) -> Sequence[int]:
        """Market value of each line, micros."""
        return [line.value for line in self.lines]

    @property
    def value(self) -> int:
        """Of all lines and the cash, micros."""
        return sum(self.values) + self.cash

    @property
    def sectors(self) -> Sequence[str]:
        """Sector of each line."""
        return [line.sector for line in self.lines]


def step_of(quantity: float, lot_size: int, asset_class: str) -> Decimal:
    """The least that is traded: a lot, or the last decimal place of a quantity that is not whole.

    Crypto trades in steps of ``CRYPTO_STEP`` units.
    """
    if asset_class == "crypto":
        return CRYPTO_STEP
    if Decimal(repr(quantity)) % lot_size == 0:
        return Decimal(lot_size)
    return Decimal(1).scaleb(-decimals_of(quantity))


def returns_of(
    symbols: Sequence[str], ends: Ints, closes: Floats, *, window: int = 252, minimum: int = 60
) -> tuple[Floats, str]:
    """Daily returns over the last sessions that all symbols have.

    Args:
        symbols: one per column of ``closes``.
        ends: of the sessions, one per row.
        closes: [T, k], oldest first; NaN where a symbol had no session.
        window: most returns looked at.
        minimum: fewer say nothing about how positions move together.

    Returns:
        ([k, n] returns, ''), or (k rows without any, why).
    """
    ordered = np.ascontiguousarray(closes.T)
    sample = sample_of(ordered, common_rows(ordered), window)
    reason = shortage(ordered, ends, symbols, sample, minimum)
    if reason is None:
        return np.ascontiguousarray(sample.returns), ""
    return np.empty((len(symbols), 0)), reason
