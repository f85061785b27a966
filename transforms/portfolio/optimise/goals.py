"""How far each line goes towards its target, and what it may be worth at most."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from transforms.kernels.columns import Floats
from transforms.portfolio.optimise.request import Limits, Portfolio

DUST = 1_000_000  # a line within a millionth of the portfolio's value of its target is there


@dataclass(frozen=True, slots=True)
class Goals:
    """Where the trades should lead.

    Attributes:
        values: micros each line should be worth. share: of the way to the target.
        left: value of the portfolio when costs, as far as they can be told, are paid.
    """

    values: Sequence[int]
    share: float
    left: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """Most that lines, and known sectors together, may be worth after the trades, micros.

    Where turnover keeps a line or a sector above its limit, its goal is the bound, and it may not
    grow. (A sector's goal may exceed what it is worth while cash is spent and nothing is sold yet.)
    """

    lines: Sequence[int]
    sectors: Counter[str]


def goals_of(portfolio: Portfolio, target: Floats, limits: Limits) -> Goals:
    """How far the limit on turnover lets each line go towards its target.

    Cash is spent first: what is bought is scaled to the limit, and only what cash does not pay for
    is sold, every line in proportion to its distance from the target. Targets and limits are
    shares of what costs leave.
    """
    free = _towards(portfolio, target, limits, portfolio.value)
    moved = sum(
        abs(goal - value) for goal, value in zip(free.values, portfolio.values, strict=True)
    )
    cost = round(moved * limits.cost_bps / 10_000)
    return _towards(portfolio, target, limits, portfolio.value - cost) if cost else free


def _towards(portfolio: Portfolio, target: Floats, limits: Limits, left: int) -> Goals:
    whole, values = portfolio.value, portfolio.values
    distance = [
        _moved(int(share * left) - value, whole)
        for share, value in zip(target.tolist(), values, strict=True)
    ]
    short = sum(part for part in distance if part > 0)
    over = -sum(part for part in distance if part < 0)
    room = int(limits.max_turnover * whole)
    buying = min(short, room)
    selling = min(over, room, max(0, buying + whole - left - portfolio.cash))
    moves = [
        part * buying // short if part > 0 else -(-part * selling // over) if part < 0 else 0
        for part in distance
    ]
    goals = [value + move for value, move in zip(values, moves, strict=True)]
    return Goals(goals, buying / short if short else 1.0, left)


def _moved(distance: int, whole: int) -> int:
    return distance if abs(distance) * DUST > whole else 0


def bounds_of(portfolio: Portfolio, goals: Goals, limits: Limits) -> Bounds:
    """The bounds for given goals."""
    values = portfolio.values

    def bound(value: int, goal: int, limit: float) -> int:
        return max(int(limit * goals.left), min(value, goal))

    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for line, value, goal in zip(portfolio.lines, values, goals.values, strict=True):
        before[line.sector] += value
        after[line.sector] += goal
    most = limits.max_sector_weight
    sectors = Counter({name: bound(before[name], goal, most) for name, goal in after.items()})
    sectors[""] = goals.left  # the unknown ones have no limit together
    pairs = zip(values, goals.values, strict=True)
    return Bounds([bound(value, goal, limits.max_weight) for value, goal in pairs], sectors)
