"""Portfolios of random walks, and what every report on them must satisfy."""

import math
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from transforms.portfolio.assess import assess
from transforms.portfolio.risk_report import NUMBERS, RiskReport

DAY = 86_400_000_000


def _report(
    closes: np.ndarray, weights: list[float] | np.ndarray | None = None, **other: Any
) -> RiskReport:
    sessions, k = closes.shape
    given_ = {
        "benchmark": None,
        "quantity": np.full(k, 100.0),
        "volume": np.full((sessions, k), 1000.0),
        "names": [f"S{place:02}" for place in range(k)],
    } | other
    held = np.full(k, 1.0 / k) if weights is None else np.asarray(weights, float)
    return assess(held, closes, np.arange(1, sessions + 1) * DAY, **given_)


def _walk(sessions: int, k: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    moves = 0.01 * (rng.normal(size=(sessions, 1)) + rng.normal(size=(sessions, k)))
    return 100.0 * np.cumprod(1.0 + moves, axis=0)


def _assert_sound(found: RiskReport) -> None:
    """Numbers are finite or have a reason, never both."""
    for name in NUMBERS:
        value = getattr(found, name)
        assert (value is None) == (name in found.reasons), name
        assert value is None or math.isfinite(value), name
    for name in ("contribution", "days_to_liquidate"):
        values = getattr(found, name)
        assert np.isnan(values).any() == (name in found.reasons), name
        assert not np.isinf(values).any()
    assert all(value is None or 0.0 <= value <= 100.0 for value in found.parts.values())


def _same(one: RiskReport, other: RiskReport) -> bool:
    """Equal bit for bit, NaN equal to NaN."""
    pairs = [(getattr(one, f.name), getattr(other, f.name)) for f in fields(RiskReport)]
    return all(
        np.array_equal(a, b, equal_nan=True) if isinstance(a, np.ndarray) else a == b
        for a, b in pairs
    )


@pytest.fixture(scope="session")
def report() -> Callable[..., RiskReport]:
    """Assesses closes: ``report(closes, weights, **other)``; sessions end at days 1, 2, 3 ..."""
    return _report


@pytest.fixture(scope="session")
def walk() -> Callable[..., np.ndarray]:
    """Makes closes that move together a little: ``walk(sessions, k, seed)``."""
    return _walk


@pytest.fixture(scope="session")
def assert_sound() -> Callable[[RiskReport], None]:
    """Fails unless every number is finite or has a reason."""
    return _assert_sound


@pytest.fixture(scope="session")
def same() -> Callable[[RiskReport, RiskReport], bool]:
    """Tells whether two reports are equal bit for bit."""
    return _same
