"""Gaps of feeds by chance, as events of worlds."""

from collections.abc import Iterable
from typing import Any

import numpy as np

MINUTE = 60_000_000
LENGTHS = (0, 30 * MINUTE, 180 * MINUTE, 2880 * MINUTE)
Told = tuple[int, tuple[Any, ...]]


def some_gaps(
    rng: np.random.Generator, symbols: Iterable[str], starts: Iterable[int]
) -> list[Told]:
    """Times in which two feeds have missed trades, with their times; some overlap."""
    found, names = {}, [*symbols]
    for start in starts:
        symbol, source = str(rng.choice(names)), str(rng.choice(["left", "right"]))
        begin = start + int(rng.integers(0, 60 * MINUTE))
        end = begin + int(rng.choice(LENGTHS))
        found[source, symbol, begin] = (source, symbol, begin, end, "cut")
    return [(row[2], ("gap", row)) for row in found.values()]


def half(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """As much of a gap as was known before."""
    source, symbol, start, end, cause = row
    return source, symbol, start, (start + end) // 2, cause
