"""From goals to orders in whole lots: sells first, then buys, all paid for."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from transforms.portfolio.optimise.goals import Bounds, Goals, bounds_of
from transforms.portfolio.optimise.plan import PlannedTrade
from transforms.portfolio.optimise.request import Limits, Line, Portfolio
from transforms.portfolio.valuation import MICROS


@dataclass(slots=True)
class Desk:
    """Takes orders one by one and keeps account of cash, lots and turnover. Money in micros.

    Attributes:
        lines: what is held at the start.
        cash: left. room: most that may be bought, and most that may be sold.
        cost_bps: of each trade.
        values: of the lines after the trades so far. sold, bought, cost: of these trades.
    """

    lines: Sequence[Line]
    cash: int
    room: int
    cost_bps: float
    values: list[int] = field(init=False)
    sold: int = 0
    bought: int = 0
    cost: int = 0
    trades: list[PlannedTrade] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start from what is held."""
        self.values = [line.value for line in self.lines]

    def held(self, at: int) -> int:
        """Whole steps that are held of a line at the start."""
        return int(self.lines[at].held // self.lines[at].step)

    def worth(self, at: int, steps: int) -> int:
        """Micros that so many steps of a line are worth."""
        return self.lines[at].size(steps * self.lines[at].step)

    def fits(self, at: int, micros: int) -> int:
        """Most steps of a line that are worth at most so many micros."""
        line = self.lines[at]
        steps = int(max(0, micros) // (float(line.step) * line.price * line.rate * MICROS))
        if self.worth(at, steps + 1) <= micros:
            steps += 1
        while steps > 0 and self.worth(at, steps) > micros:
            steps -= 1
        return steps

    def covers(self, at: int, micros: int) -> int:
        """Fewest steps of a line that are worth so many micros."""
        steps = self.fits(at, micros)
        return steps + 1 if self.worth(at, steps) < micros else steps

    def nearest(self, at: int, micros: int) -> int:
        """Steps of a line whose worth is nearest to so many micros; the fewer of two."""
        steps = self.fits(at, micros)
        nearer = self.worth(at, steps + 1) - micros < micros - self.worth(at, steps)
        return steps + 1 if nearer else steps

    def sell(self, at: int, steps: int) -> None:
        """Sell so many steps of a line, as far as they are held and turnover allows."""
        line = self.lines[at]
        steps = min(steps, self.held(at), self.fits(at, self.room - self.sold))
        if steps > 0:
            amount, fee = self._trade(at, "sell", steps)
            self.values[at] = line.size(line.held - steps * line.step)
            self.sold, self.cash = self.sold + amount, self.cash + amount - fee

    def buy(self, at: int, steps: int) -> None:
        """Buy so many steps of a line, as far as cash and turnover allow."""
        line, payable = self.lines[at], int(self.cash / (1.0 + self.cost_bps / 10_000))
        steps = min(steps, self.fits(at, min(self.room - self.bought, payable)))
        if steps > 0:
            amount, fee = self._trade(at, "buy", steps)
            self.values[at] = line.size(line.held + steps * line.step)
            self.bought, self.cash = self.bought + amount, self.cash - amount - fee

    def _trade(self, at: int, side: str, steps: int) -> tuple[int, int]:
        line, amount = self.lines[at], self.worth(at, steps)
        # Rounded down: what is paid for an amount within ``payable`` is then within the cash.
        fee = int(amount * self.cost_bps / 10_000)
        units = steps * line.step
        self.cost += fee
        self.trades.append(PlannedTrade(line.symbol, side, units, line.price, amount, fee))
        return amount, fee


def trade_towards(portfolio: Portfolio, goals: Goals, limits: Limits) -> Desk:
    """Trade whole lots towards the goals, the largest distance first.

    After the trades no line and no known sector is above its limit, unless turnover or the size of
    a lot keeps it there.
    """
    room = int(limits.max_turnover * portfolio.value)
    desk = Desk(portfolio.lines, portfolio.cash, room, limits.cost_bps)
    bounds = bounds_of(portfolio, goals, limits)
    _sell(desk, goals, bounds)
    _buy(desk, goals, bounds)
    return desk


def _sell(desk: Desk, goals: Goals, bounds: Bounds) -> None:
    planned = {}
    for at, (value, goal) in enumerate(zip(desk.values, goals.values, strict=True)):
        if goal < value:
            above = value - bounds.lines[at]
            planned[at] = max(desk.nearest(at, value - goal), desk.covers(at, above))
    _sell_rest_of_sectors(desk, goals, bounds, planned)
    for at in sorted(planned, key=lambda at: (goals.values[at] - desk.values[at], at)):
        desk.sell(at, planned[at])


def _sell_rest_of_sectors(
    desk: Desk, goals: Goals, bounds: Bounds, planned: dict[int, int]
) -> None:
    """Add to the largest sales of a sector what rounding has left above the sector's bound."""
    left = _sector_sums(desk)
    for at, steps in planned.items():
        left[desk.lines[at].sector] -= desk.worth(at, steps)
    for sector in sorted(left):
        sales = [at for at in planned if desk.lines[at].sector == sector]
        excess = left[sector] - bounds.sectors[sector]
        for at in sorted(sales, key=lambda at: (goals.values[at] - desk.values[at], at)):
            more = max(0, min(desk.covers(at, excess), desk.held(at) - planned[at]))
            planned[at] += more
            excess -= desk.worth(at, more)


def _buy(desk: Desk, goals: Goals, bounds: Bounds) -> None:
    sums = _sector_sums(desk)
    short = [goal - line.value for goal, line in zip(goals.values, desk.lines, strict=True)]
    for at in sorted(range(len(short)), key=lambda at: (-short[at], at)):
        if short[at] <= 0:
            break
        before, sector = desk.values[at], desk.lines[at].sector
        room = min(bounds.lines[at] - before, bounds.sectors[sector] - sums[sector])
        desk.buy(at, min(desk.nearest(at, short[at]), desk.fits(at, room)))
        sums[sector] += desk.values[at] - before


def _sector_sums(desk: Desk) -> Counter[str]:
    sums: Counter[str] = Counter()
    for line, value in zip(desk.lines, desk.values, strict=True):
        sums[line.sector] += value
    return sums
