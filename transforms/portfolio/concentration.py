"""How concentrated holdings are, and how far they must be trimmed to be less so.

The array functions serve the book; the functions over lists of integers solve the same metrics for
one portfolio and round the same way, so that a solution applied to the book passes there.
"""

import math
from collections.abc import Callable, Sequence

from transforms.kernels.columns import Floats
from transforms.portfolio.lines import Layout
from transforms.portfolio.valuation import PPB, billionths

Metric = Callable[[Sequence[int]], float]
TOP = 5
SQUARE = float(PPB) ** 2


def herfindahl(weight: Floats, layout: Layout) -> Floats:
    """Herfindahl-Hirschman index of each portfolio, 0 to 1: sum of squared weights, in 1e-18ths."""
    parts = billionths(weight)
    return layout.sums(parts * parts) / SQUARE


def herfindahl_of(values: Sequence[int]) -> float:
    """The same for one portfolio given as market values (micros, none negative)."""
    whole = float(sum(values))  # numpy divides int64s as floats: so do we, or large values differ
    if whole == 0.0:
        return 0.0
    return sum(round(float(value) / whole * PPB) ** 2 for value in values) / SQUARE


def herfindahl_beside(cash: Sequence[int]) -> Metric:
    """The same of positions beside cash that stays as it is."""
    return lambda values: herfindahl_of([*values, *cash])


def top_share_of(values: Sequence[int], cash: int = 0) -> float:
    """Share of the five largest values in their sum and ``cash``, 0 to 1."""
    whole = float(sum(values) + cash)
    return float(sum(sorted(values, reverse=True)[:TOP])) / whole if whole else 0.0


def top_share_beside(cash: int) -> Metric:
    """The same of positions beside cash that stays as it is."""
    return lambda values: top_share_of(values, cash)


def largest_part(others: int, limit: float) -> int:
    """Largest part (micros) with ``part / (part + others) <= limit``, the others staying."""
    if limit >= 1.0:
        raise ValueError(f"`limit` must be below 1, was {limit}")
    part = int(others * limit / (1.0 - limit))
    while part > 0 and float(part) / float(part + others) > limit:
        part -= max(1, part >> 52)
    return part


def others_needed(size: int, limit: float) -> int | None:
    """Least value of the others (micros) with which a part of ``size`` is within ``limit``.

    None when no value would do.
    """
    if limit <= 0.0:
        return None
    others = int(size * (1.0 - limit) / limit)
    while float(size) / float(size + others) > limit:
        others += max(1, others >> 52)
    return others


def least_part(others: int, limit: float) -> int:
    """Least part (micros) with ``part / (part + others) >= limit``, the others staying."""
    if limit >= 1.0:
        raise ValueError(f"`limit` must be below 1, was {limit}")
    part = int(others * limit / (1.0 - limit))
    while part + others == 0 or float(part) / float(part + others) < limit:
        part += max(1, part >> 52)
    return part


def others_allowed(size: int, limit: float) -> int | None:
    """Largest value of the others (micros) with which a part of ``size`` is at least ``limit``.

    None when any value would do, or none.
    """
    if limit <= 0.0 or size == 0:
        return None
    others = int(size * (1.0 - limit) / limit)
    while others > 0 and float(size) / float(size + others) < limit:
        others -= max(1, others >> 52)
    return others


def trimming_cap(
    values: Sequence[int], metric: Metric, limit: float, trimmed: int | None = None
) -> int | None:
    """Largest value (micros) to which positions must be trimmed for ``metric <= limit``.

    Trimming makes weights more equal, so the metric falls with the cap and bisection finds it.
    Beside much cash it may not: what is found keeps to the limit, but may not be the largest.

    Args:
        values: market values, none negative.
        metric: of the values after trimming; falls as they become more equal.
        limit: what the metric must not exceed.
        trimmed: how many of the largest positions may be trimmed, down to the next one at most;
            None: all, down to the smallest.

    Returns:
        The cap, or None when even equal positions stay above the limit.
    """
    ordered = sorted((value for value in values if value > 0), reverse=True)
    if not ordered:
        return None
    count = len(ordered) if trimmed is None else min(trimmed, len(ordered))
    low = ordered[count] if count < len(ordered) else ordered[-1]

    def after(cap: int) -> float:
        return metric([min(value, cap) for value in ordered])

    if after(low) > limit:
        return None
    high = ordered[0]
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if after(middle) <= limit else (low, middle - 1)
    return low


def positions_needed(limit: float, counted: int = 1) -> int:
    """Fewest equal positions of which ``counted`` together stay within ``limit`` of the whole."""
    needed = max(counted, math.floor(counted / limit))
    while counted / needed > limit:
        needed += 1
    return needed
