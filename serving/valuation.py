"""A portfolio at the latest prices: value, profit, weights. Computed per request from views.

Weights are shares of the gross value (the sum of magnitudes), as in the positions table, so that a
short position weighs too. Money is in the portfolio's base currency, at the rate of the last closed
bar; a holding without a rate has no row in the positions table and is in no sum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from serving.money import to_micros
from serving.rows import integer, number, optional_integer, text
from serving.views import Row, View


@dataclass(frozen=True, slots=True)
class Line:
    """One position at its latest price. Money in micros; ``cost`` None: not known."""

    symbol: str
    quantity: float
    price: float
    ts_price: int
    market_value: int
    cost: int | None
    sector: str
    currency: str
    rate: float = 1.0

    @property
    def pnl(self) -> int | None:
        """Profit not yet realised; None without a cost."""
        return None if self.cost is None else self.market_value - self.cost


@dataclass(frozen=True)
class Valuation:
    """All priced positions of one portfolio; sums in micros of its ``currency``."""

    lines: Sequence[Line]
    currency: str

    @cached_property
    def value(self) -> int:
        """Net value."""
        return sum(line.market_value for line in self.lines)

    @cached_property
    def gross(self) -> int:
        """Sum of magnitudes: what weights are shares of."""
        return sum(abs(line.market_value) for line in self.lines)

    @property
    def pnl(self) -> int | None:
        """Sum over the positions whose cost is known; None when there is none."""
        known = [line.pnl for line in self.lines if line.pnl is not None]
        return sum(known) if known else None

    @property
    def as_of(self) -> int | None:
        """Time of the newest price used; None without any."""
        return max((line.ts_price for line in self.lines), default=None)

    @cached_property
    def weights(self) -> Mapping[str, float]:
        """Share by symbol, 0 to 1; empty when there is no value."""
        if self.gross == 0:
            return {}
        return {line.symbol: abs(line.market_value) / self.gross for line in self.lines}

    @cached_property
    def sector_weights(self) -> Mapping[str, float]:
        """Share by sector; '' collects what has no known sector. Empty when there is no value."""
        if self.gross == 0:
            return {}
        sums: dict[str, int] = {}
        for line in self.lines:
            sums[line.sector] = sums.get(line.sector, 0) + abs(line.market_value)
        return {sector: total / self.gross for sector, total in sums.items()}


def price_of(position: Row, quotes: View) -> tuple[float, int]:
    """Latest price and its time: the quote where it is newer than the closed bar."""
    price, instant = number(position, "price"), integer(position, "ts_event")
    quote = quotes.get(position["symbol"])
    if quote is not None and integer(quote, "ts_event") > instant:
        return number(quote, "price"), integer(quote, "ts_event")
    return price, instant


def mark(position: Row, quotes: View) -> Line:
    """One row of the positions table at the latest price."""
    price, instant = price_of(position, quotes)
    quantity, rate = number(position, "quantity"), number(position, "fx_rate")
    return Line(
        symbol=text(position, "symbol"),
        quantity=quantity,
        price=price,
        ts_price=instant,
        market_value=to_micros(quantity * (price * rate)),
        cost=optional_integer(position, "cost_micros"),
        sector=text(position, "sector"),
        currency=text(position, "currency"),
        rate=rate,
    )


def value_portfolio(positions: Sequence[Row], quotes: View, currency: str) -> Valuation:
    """Mark all positions of a portfolio to their latest prices.

    Args:
        positions: rows of one portfolio.
        quotes: latest prices by symbol.
        currency: of the market: the base where positions are converted or do not agree.
    """
    lines = [mark(position, quotes) for position in positions]
    used = {line.currency for line in lines if line.rate == 1.0}
    converted = any(line.rate != 1.0 for line in lines)
    return Valuation(lines, used.pop() if len(used) == 1 and not converted else currency)
