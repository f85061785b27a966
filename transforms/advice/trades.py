"""Levels at which a position is small enough, and trades in whole lots that get it there."""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor

from transforms.advice.evidence import Trade
from transforms.portfolio.valuation import MICROS

PRICE_DIGITS = 8  # significant digits of a price level


@dataclass(frozen=True)
class Holding:
    """One position, as trades need it.

    Attributes:
        symbol: of the position.
        quantity: units, negative when short; price: currency per unit.
        lot: units of one lot.
        cost_bps: cost of trading in hundredths of a percent; None when the policy names none.
    """

    symbol: str
    quantity: float
    price: float
    lot: int
    cost_bps: float | None = None

    @property
    def units(self) -> float:
        """Magnitude of the quantity."""
        return abs(self.quantity)

    def size(self, units: float) -> int:
        """Micros that so many units are worth, rounded as the book rounds."""
        return round(units * self.price * MICROS)


def decimals_of(quantity: float) -> int:
    """Decimal places of a quantity as it is written."""
    exponent = Decimal(repr(quantity)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def units_within(holding: Holding, limit: int) -> float:
    """Most units worth at most ``limit`` micros that whole lots leave over.

    A quantity that is no multiple of the lot is traded in steps of its own last decimal place.
    """
    whole = holding.units % holding.lot == 0
    step = Decimal(holding.lot) if whole else Decimal(1).scaleb(-decimals_of(holding.units))
    held = Decimal(repr(holding.units))
    most = Decimal(limit) / (Decimal(repr(holding.price)) * MICROS)
    sold = Decimal(ceil(max(Decimal(0), held - most) / step)) * step
    while sold < held and holding.size(float(held - sold)) > limit:
        sold += step
    return float(max(Decimal(0), held - sold))


def price_within(units: float, limit: int) -> float:
    """Highest price, of eight digits, at which ``units`` are worth at most ``limit`` micros."""
    if units == 0.0:
        return 0.0
    exact = limit / (units * MICROS)
    if exact <= 0.0:
        return 0.0
    step = _last_digit(exact)
    price = Decimal(floor(Decimal(exact) / step)) * step
    while price > 0 and round(units * float(price) * MICROS) > limit:
        price -= step
    return float(price)


def _last_digit(price: float) -> Decimal:
    """Worth of the last of the significant digits of a price."""
    return Decimal(1).scaleb(int(f"{price:e}".split("e")[1]) - PRICE_DIGITS + 1)


def price_at_least(exact: float) -> float:
    """The lowest price with eight significant digits that is not below ``exact``."""
    if exact <= 0.0:
        return exact
    step = _last_digit(exact)
    return float(Decimal(ceil(Decimal(exact) / step)) * step)


def trade_to(holding: Holding, units: float, before: float, after: float) -> Trade:
    """The trade that leaves ``units`` of a position; a short one is bought back."""
    traded = float(Decimal(repr(holding.units)) - Decimal(repr(units)))
    amount = holding.size(traded)
    cost = None if holding.cost_bps is None else round(amount * holding.cost_bps / 10_000)
    return Trade(
        symbol=holding.symbol,
        side="sell" if holding.quantity > 0 else "buy",
        quantity=traded,
        price=holding.price,
        amount_micros=amount,
        cost_est=cost,
        metric_before=before,
        metric_after=after,
    )
