"""Weights within limits per name and per sector, as near to given ones as pro rata goes.

Every name keeps its share relative to the others of its sector, and every sector relative to the
others, but for what is at its limit: ``w = min(max_weight, scale of the sector x given weight)``,
where all sectors below their limit have one scale. That is what cutting everything to its limit
and handing the excess to the rest in proportion comes to, done until nothing is above.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from transforms.kernels.columns import Floats
from transforms.portfolio.optimise.request import Limits

DIGITS = 9  # weights are rounded to billionths: equal inputs give equal plans everywhere
SLACK = 1e-9


def groups_of(sectors: Sequence[str]) -> list[list[int]]:
    """Places of each known sector in the order of their names; the unknown ones one by one."""
    known = sorted({sector for sector in sectors if sector})
    found = [[at for at, one in enumerate(sectors) if one == sector] for sector in known]
    return found + [[at] for at, sector in enumerate(sectors) if not sector]


def infeasible(sectors: Sequence[str], limits: Limits) -> str:
    """Why no weights that sum to 1 keep to the limits; '' when some do."""
    count = len(sectors)
    if count * limits.max_weight < 1.0 - SLACK:
        return (
            f"{count} positions of at most {limits.max_weight:.4g} each are less than the whole: "
            f"`max_weight` must be at least {_rounded_up(1.0 / count)} or more names be held"
        )
    room = sum(_room(len(group), limits) for group in groups_of(sectors))
    if room < 1.0 - SLACK:
        return (
            f"positions of at most {limits.max_weight:.4g} in {len(groups_of(sectors))} sectors of "
            f"at most {limits.max_sector_weight:.4g} add up to {room:.4g}, less than the whole: "
            "raise `max_sector_weight` or `max_weight`, or hold other sectors"
        )
    return ""


def _room(names: int, limits: Limits) -> float:
    return min(limits.max_sector_weight, names * limits.max_weight)


def _rounded_up(share: float) -> float:
    return math.ceil(share * 10_000 - SLACK) / 10_000


def capped(base: Floats, sectors: Sequence[str], limits: Limits) -> Floats:
    """Weights within the limits that sum to 1, pro rata to ``base``.

    Args:
        base: positive, of any sum.
        sectors: of each name; '' when unknown, which has no sector limit.
        limits: per name and per sector.

    Raises:
        ValueError: no weights keep to the limits, or one of ``base`` is not positive.
    """
    reason = infeasible(sectors, limits)
    if reason or not (base > 0.0).all():
        raise ValueError(reason or "`base` must be positive throughout")
    groups, most = groups_of(sectors), limits.max_weight
    highest = most / float(base.min())

    def within(group: list[int], scale: float) -> float:
        return min(limits.max_sector_weight, math.fsum(np.minimum(most, scale * base[group])))

    def total(scale: float) -> float:
        return math.fsum(within(group, scale) for group in groups)

    common = _scale(total, 1.0, highest)
    weights = np.empty(len(base))
    for group in groups:
        goal, scale = within(group, common), common
        if goal >= limits.max_sector_weight:
            scale = _scale(_sum_of(base[group], most), goal, highest)
        weights[group] = np.minimum(most, scale * base[group])
    return np.round(weights, DIGITS)


def _sum_of(base: Floats, most: float) -> Callable[[float], float]:
    return lambda scale: math.fsum(np.minimum(most, scale * base))


def _scale(total: Callable[[float], float], goal: float, highest: float) -> float:
    """Least scale at which the total, which grows with it, reaches the goal."""
    low, high = 0.0, highest
    while True:
        middle = (low + high) / 2.0
        if not low < middle < high:
            return high
        low, high = (low, middle) if total(middle) >= goal else (middle, high)
