"""Risk score: 0 (calm) to 100, from five parts."""

from bisect import bisect_right
from collections.abc import Mapping

SHARES = {"volatility": 0.30, "cvar": 0.20, "drawdown": 0.20, "concentration": 0.20, "beta": 0.10}
TABLES: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "volatility": ((0.0, 0.10, 0.20, 0.35, 0.60), (0.0, 20.0, 50.0, 80.0, 100.0)),
    "cvar": ((0.005, 0.015, 0.03, 0.06), (10.0, 40.0, 70.0, 100.0)),
    "drawdown": ((0.05, 0.15, 0.30, 0.50), (10.0, 40.0, 75.0, 100.0)),
    "concentration": ((1.0, 3.0, 5.0, 10.0, 20.0), (100.0, 65.0, 45.0, 20.0, 5.0)),
    "beta": ((0.5, 1.0, 1.5, 2.0), (15.0, 40.0, 70.0, 95.0)),
}


def piecewise(value: float, points: tuple[float, ...], levels: tuple[float, ...]) -> float:
    """Linear between the points of a table, level beyond its ends."""
    place = bisect_right(points, value)
    if place == 0:
        return levels[0]
    if place == len(points):
        return levels[-1]
    low, high = points[place - 1], points[place]
    share = (value - low) / (high - low)
    return levels[place - 1] + (levels[place] - levels[place - 1]) * share


def score_parts(values: Mapping[str, float | None]) -> dict[str, float | None]:
    """The five parts, each 0 to 100, None where its value is missing.

    Args:
        values: by part: volatility per year, expected shortfall of a session, present drawdown,
            effective number of positions (concentration), beta.
    """
    parts: dict[str, float | None] = {}
    for name, (points, levels) in TABLES.items():
        value = values.get(name)
        parts[name] = None if value is None else piecewise(value, points, levels)
    return parts


def score_of(parts: Mapping[str, float | None]) -> float | str:
    """Weighted sum of the parts, or which are missing: the others never stand in for them."""
    missing = [name for name in SHARES if parts.get(name) is None]
    if missing:
        return f"without {', '.join(missing)}"
    return sum(share * (parts[name] or 0.0) for name, share in SHARES.items())
