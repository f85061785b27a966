"""Portfolios from a few numbers."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import numpy as np
import pytest

from transforms.portfolio.optimise.request import Line, Portfolio

MICROS = 1_000_000


def portfolio_of(
    *held: tuple[float, float], cash: float = 0.0, sectors: Sequence[str] = (), step: str = "1"
) -> Portfolio:
    """Lines A, B, C ... of (quantity, price), each in a sector of its own unless told."""
    names = [chr(ord("A") + at) for at in range(len(held))]
    given = sectors or [f"of {name}" for name in names]
    lines = [
        Line(name, quantity, price, sector, Decimal(step))
        for name, (quantity, price), sector in zip(names, held, given, strict=True)
    ]
    noise = np.random.default_rng(7).normal(0.0, 0.01, (len(lines), 100))
    return Portfolio(lines, round(cash * MICROS), noise)


@pytest.fixture(scope="session")
def make() -> Callable[..., Portfolio]:
    return portfolio_of
