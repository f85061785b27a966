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
        quantity: units, negative when short; price: of its own currency per unit.
        lot: units of one lot.
        cost_bps: cost of trading in hundredths of a percent; None when the policy names none.
        rate: units of the portfolio's currency for one of the price's.
    """

    symbol: str
    quantity: float
    price: float
    lot: int
    cost_bps: float | None = None
    rate: float = 1.0

    @property
    def units(self) -> float:
        """Magnitude of the quantity."""
        return abs(self.quantity)

    def size(self, units: float) -> int:
        """Micros of the portfolio's currency, rounded as the book rounds."""
        return round(units * (self.price * self.rate) * MICROS)


def decimals_of(quantity: float) -> int:
    """Decimal places of a quantity as it is written."""
    exponent = Decimal(repr(quantity)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def step_of(holding: Holding) -> Decimal:
    """Units that are traded together: a lot, or the last decimal place of a broken quantity."""
    whole = holding.units % holding.lot == 0
    return Decimal(holding.lot) if whole else Decimal(1).scaleb(-decimals_of(holding.units))


def _units_worth(holding: Holding, value: int) -> Decimal:
    return Decimal(value) / (Decimal(repr(holding.price * holding.rate)) * MICROS)


def units_reaching(holding: Holding, least: int) -> float:
    """Fewest units worth at least ``least`` micros, the ones held and whole lots beside them."""
    step, held = step_of(holding), Decimal(repr(holding.units))
    bought = Decimal(ceil(max(Decimal(0), _units_worth(holding, least) - held) / step)) * step
    while holding.size(float(held + bought)) < least:
        bought += step
    return float(held + bought)


def units_for(holding: Holding, amount: int) -> float:
    """Most units in whole lots that ``amount`` micros pay for."""
    step = step_of(holding)
    units = Decimal(floor(max(Decimal(0), _units_worth(holding, amount)) / step)) * step
    while units > 0 and holding.size(float(units)) > amount:
        units -= step
    return float(units)


def units_raising(holding: Holding, amount: int) -> float:
    """Fewest units in whole lots that bring in ``amount`` micros."""
    step = step_of(holding)
    units = Decimal(ceil(max(Decimal(0), _units_worth(holding, amount)) / step)) * step
    while holding.size(float(units)) < amount:
        units += step
    return float(units)


def difference(first: float, second: float) -> float:
    """``first - second`` of quantities as they are written."""
    return float(Decimal(repr(first)) - Decimal(repr(second)))


def units_within(holding: Holding, limit: int) -> float:
    """Most units worth at most ``limit`` micros that whole lots leave over.

    A quantity that is no multiple of the lot is traded in steps of its own last decimal place.
    """
    step, held = step_of(holding), Decimal(repr(holding.units))
    most = _units_worth(holding, limit)
    sold = Decimal(ceil(max(Decimal(0), held - most) / step)) * step
    while sold < held and holding.size(float(held - sold)) > limit:
        sold += step
    return float(max(Decimal(0), held - sold))


def price_within(units: float, limit: int, rate: float = 1.0) -> float:
    """Highest price, of eight digits, at which ``units`` are worth at most ``limit`` micros.

    The price is in the instrument's currency, the limit in that of the portfolio.
    """
    if units == 0.0:
        return 0.0
    exact = limit / (units * rate * MICROS)
    if exact <= 0.0:
        return 0.0
    step = _last_digit(exact)
    price = Decimal(floor(Decimal(exact) / step)) * step
    while price > 0 and round(units * (float(price) * rate) * MICROS) > limit:
        price -= step
    return float(price)


def price_reaching(units: float, least: int, rate: float = 1.0) -> float:
    """Lowest price, of eight digits, at which ``units`` are worth at least ``least`` micros."""
    price = Decimal(price_at_least(least / (units * rate * MICROS)))
    while round(units * (float(price) * rate) * MICROS) < least:
        price += _last_digit(float(price))
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
    traded = difference(holding.units, units)
    return trade_of(holding, "sell" if holding.quantity > 0 else "buy", traded, before, after)


def trade_of(holding: Holding, side: str, units: float, before: float, after: float) -> Trade:
    """A trade of ``units``, with the rule's metric before and after it."""
    amount = holding.size(units)
    cost = None if holding.cost_bps is None else round(amount * holding.cost_bps / 10_000)
    return Trade(
        symbol=holding.symbol,
        side=side,
        quantity=units,
        price=holding.price,
        amount_micros=amount,
        cost_est=cost,
        metric_before=before,
        metric_after=after,
    )
