"""Scenes of the rules about risk and of strengths, and all scenes together."""

from typing import Any

import numpy as np

from tests.transforms.advice.scenes import (
    CLEARING,
    EQUITY,
    MONEY,
    SCENES,
    TEN,
    Scene,
    replace,
)
from transforms.portfolio.risk_options import RiskOptions

RISKY: dict[str, dict[str, Any]] = {
    "P09": {
        **{"severity": "warn", "correlation_over": 0.85, "weight_over": 0.2, "average_over": 0.6},
        **CLEARING,
    },
    "P10": {"severity": "warn", "over": 0.20, "crypto_over": 0.60, **CLEARING},
    "P11": {"severity": "warn", "share_over": 0.20, "times_weight_over": 2.0, **CLEARING},
    "P12": {"warn": 0.03, "alert": 0.06, **CLEARING},
    "P13": {"warn": 0.10, "alert": 0.20, **CLEARING},
    "P14": {"severity": "warn", "beta_over": 1.3, "beta_under": 0.3, **CLEARING},
    **{
        rule_id: {"limit": limit, **CLEARING}
        for rule_id, limit in [
            *(("G01", 10.0), ("G02", 0.10), ("G03", 0.30), ("G04", 0.30)),
            *(("G05", 0.015), ("G06", 0.05), ("G07", 0.0), ("G08", 0.005)),
        ]
    },
}
SESSIONS = 80
COIN = replace(EQUITY, asset_class="crypto")
ONLY = {"A": 6.0, "B": 4.0}


def noise(place: int) -> np.ndarray:
    """Returns of sessions without mean, no two alike and hardly correlated."""
    found = np.random.default_rng(place).normal(0.0, 1.0, SESSIONS)
    return (found - found.mean()) / found.std()


def closes(**returns: np.ndarray) -> dict[str, list[float]]:
    """Closes with these returns, from 100 on."""
    return {
        name: (100.0 * np.cumprod([1.0, *(1.0 + one)])).tolist() for name, one in returns.items()
    }


def moving(spread: float, *symbols: str, common: float = 0.0) -> dict[str, list[float]]:
    """Each with a standard deviation of ``spread``, ``common`` of its variance shared by all."""
    own, shared = np.sqrt(1.0 - common), np.sqrt(common) * noise(99)
    return closes(
        **{name: spread * (own * noise(place) + shared) for place, name in enumerate(symbols)}
    )


def fallen(spread: float, fall: float, *symbols: str) -> dict[str, list[float]]:
    """At their highest a while ago, and as far below it now."""
    shape = np.concatenate((np.full(SESSIONS - 20, 0.002), np.zeros(20)))
    shape[-12:] = (1.0 - fall) ** (1 / 12) - 1.0
    wiggle = spread * np.resize([1.0, -1.0], SESSIONS)
    return closes(**{name: (1 + shape) / (1 + wiggle[::-1]) * (1 + wiggle) - 1 for name in symbols})


def twins() -> dict[str, list[float]]:
    """A and B nearly alike, ten others not."""
    first = noise(1)
    return closes(
        A=0.01 * first,
        B=0.012 * (0.98 * first + 0.2 * noise(2)),
        **{name: 0.01 * noise(10 + place) for place, name in enumerate(TEN)},
    )


def against(index: float, *symbols: str) -> dict[str, list[float]]:
    """Symbols that move ``index`` times as far as INDEX, with a little of their own."""
    market = noise(50)
    own = {name: 0.01 * index * market + 0.002 * noise(place) for place, name in enumerate(symbols)}
    return closes(INDEX=0.01 * market, **own)


INDEXED = RiskOptions(benchmark="INDEX")
KNOWN = {"A": EQUITY, "B": EQUITY, "INR": MONEY}
ALL_IN: dict[str, Any] = {"lines": ONLY, "facts": KNOWN}
WITH_CASH: dict[str, Any] = {"lines": {"A": 6.0, "B": 3.0, "INR": 100.0}, "facts": KNOWN}
SECTORS = {name: replace(EQUITY, sector=f"Sector {name}") for name in TEN}


def _strength(rule: str, **numbers: float) -> Scene:
    return Scene((rule, ""), {"A": 1.0, "B": 1.0}, numbers=numbers)


RISK_SCENES: dict[str, Scene] = {
    "P09": Scene(("P09", ""), {"A": 15.0, "B": 11.0, **TEN}, closes=twins(), measure="pair_weight"),
    "P09, two pairs": Scene(
        ("P09", ""),
        {"A": 30.0, "B": 20.0, "C": 28.0, "D": 21.0, **TEN},
        closes=twins() | closes(C=0.02 * noise(5), D=0.02 * noise(5) + 0.001 * noise(6)),
        measure="pair_weight",
    ),
    "P09, average": Scene(
        ("P09", ""),
        ONLY,
        numbers={"average_correlation": 0.6543, "volatility": 0.1},
        measure="average_correlation",
    ),
    "P10": Scene(("P10", ""), **ALL_IN, closes=moving(0.03, "A", "B")),
    "P10 with cash": Scene(("P10", ""), **WITH_CASH, closes=moving(0.03, "A", "B")),
    "P10, crypto": Scene(
        ("P10", ""),
        ONLY,
        {**KNOWN, "A": COIN},
        closes=moving(0.06, "A", "B"),
        measure="crypto_volatility",
    ),
    "P10, unsolved": Scene(
        ("P10", ""),
        {"A": 6.0, "B": 4.0, "INR": -100.0},
        KNOWN,
        numbers={"volatility": 0.345},
    ),
    "P11": Scene(
        ("P11", "A"),
        {"A": 15.0, **TEN},
        closes=moving(0.01, *TEN) | closes(A=0.03 * noise(70)),
    ),
    "P12": Scene(("P12", ""), **ALL_IN, closes=moving(0.025, "A", "B")),
    "P12, alert": Scene(("P12", ""), **WITH_CASH, closes=moving(0.06, "A", "B")),
    "P13": Scene(("P13", ""), **ALL_IN, closes=fallen(0.01, 0.12, "A", "B")),
    "P13 with cash": Scene(("P13", ""), **WITH_CASH, closes=fallen(0.01, 0.15, "A", "B")),
    "P13, alert": Scene(("P13", ""), **ALL_IN, closes=fallen(0.002, 0.25, "A", "B")),
    "P14, above": Scene(("P14", ""), **ALL_IN, closes=against(1.5, "A", "B"), risk=INDEXED),
    "P14, below": Scene(
        ("P14", ""),
        {"A": 6.0, "B": 3.0, "INR": 500.0},
        KNOWN,
        closes=against(0.4, "A", "B"),
        risk=INDEXED,
    ),
    "P14, unsolved": Scene(
        ("P14", ""), ONLY, numbers={"beta": -0.2}, risk=RiskOptions(benchmark="equal_weight")
    ),
}
GOOD: dict[str, Scene] = {
    "G01": Scene(("G01", ""), {**TEN, "A": 10.0}),
    "G02": Scene(("G02", ""), TEN),
    "G03": Scene(("G03", ""), TEN, SECTORS),
    "G04": _strength("G04", average_correlation=0.2345),
    "G05": _strength("G05", cvar95=0.0123),
    "G06": _strength("G06", drawdown=0.0432),
    "G07": _strength("G07", sharpe_low=0.0321),
    "G08": Scene(("G08", ""), {"A": 1.0}, fees=0.00321),
}
EVERY: dict[str, Scene] = {**SCENES, **RISK_SCENES, **GOOD}
