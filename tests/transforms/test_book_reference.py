"""The book against a plain Python account of the same law, written apart from it."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

MINUTE = 60_000_000
NAMES = [f"S{number}" for number in range(9)]
Shown = dict[tuple[str, str, int], tuple[str, str]]


class Plain:
    """P01, P03, S01 and S05 of one portfolio, one instant after the other, in exact fractions."""

    def __init__(self, units: dict[str, int]) -> None:
        self.units = units
        self.last: dict[str, dict[str, float]] = {}
        self.level: dict[tuple[str, str], int] = {}
        self.count: dict[tuple[str, str], int] = {}
        self.row: dict[tuple[str, str], tuple[str, str, int]] = {}
        self.shown: Shown = {}

    def step(self, minute: int, bars: dict[str, dict[str, float]]) -> None:
        self.last |= bars
        value = {s: round(self.units[s] * self.last[s]["close"] * 1e6) for s in self.units}
        whole = sum(value.values())
        weight = {symbol: Fraction(size, whole) for symbol, size in value.items()}
        index = sum(share * share for share in weight.values())
        for symbol, share in weight.items():
            self.judge(minute, "P01", symbol, share, (0.10, 0.25), (0.09, 0.225))
        self.judge(minute, "P03", "", index, (0.18, 0.25), (0.162, 0.225))
        for symbol in self.units:
            bar, fresh = self.last[symbol], symbol in bars
            self.overbought(minute, symbol, bar, fresh=fresh)
            if not np.isnan(bar["robust_z_250"]):
                self.judge(
                    minute, "S05", symbol, abs(bar["robust_z_250"]), (3.5, 5.0), (3.15, 4.5),
                    strict=False, fresh=fresh,
                )  # fmt: skip
            else:
                self.count["S05", symbol] = 0

    def judge(
        self,
        minute: int,
        rule: str,
        subject: str,
        metric: Any,
        opens: tuple[float, float],
        clears: tuple[float, float],
        *,
        strict: bool = True,
        fresh: bool = True,
    ) -> None:
        def beyond(limit: float) -> bool:
            return metric > limit if strict else metric >= limit

        fires = sum(beyond(limit) for limit in opens)
        level = self.level.get((rule, subject), 0)
        holds = level > 0 and beyond(clears[level - 1])
        self.move(minute, rule, subject, fires, rises=fires > level, holds=holds, fresh=fresh)

    def overbought(self, minute: int, symbol: str, bar: dict[str, float], *, fresh: bool) -> None:
        rsi, band = bar["rsi_14"], bar["bb_percent_b"]
        fires = 1 if rsi > 70 and band > 1 else 2 if rsi < 30 and band < 0 else 0
        level = self.level.get(("S01", symbol), 0)
        holds = (rsi > 63 and band > 0.9) if level == 1 else (rsi < 37 and band < 0.1)
        rises = fires not in (0, level)
        self.move(minute, "S01", symbol, fires, rises=rises, holds=holds, fresh=fresh)

    def move(
        self,
        minute: int,
        rule: str,
        subject: str,
        fires: int,
        *,
        rises: bool,
        holds: bool,
        fresh: bool,
    ) -> None:
        key = rule, subject
        level = self.level.get(key, 0)
        self.count[key] = self.count.get(key, 0) + fresh if level and not holds else 0
        if rises or (level and self.count[key] >= 2):
            if level:
                row = self.row[key]
                self.shown[row] = (self.shown[row][0], "cleared")
            if fires:
                self.row[key] = (rule, subject, minute * MINUTE)
                severity = "info" if rule == "S01" else ("warn", "alert")[fires - 1]
                self.shown[self.row[key]] = (severity, "open")
            self.level[key], self.count[key] = fires, 0


def a_bar(rng: np.random.Generator, close: float) -> dict[str, float]:
    return {
        "close": round(close, 2),
        "count": 300.0,
        "rsi_14": float(rng.uniform(20, 80)),
        "bb_percent_b": float(rng.uniform(-0.4, 1.4)),
        "robust_z_250": float(rng.choice([np.nan, rng.normal(0, 3)], p=[0.1, 0.9])),
    }


@pytest.mark.parametrize("seed", range(5))
def test_rows_equal_those_of_plain_python(
    world: Callable[..., Any], rules: dict[str, Any], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    few = {rule: rules[rule] for rule in ("P01", "P03", "S01", "S05")}
    units = {symbol: int(rng.integers(1, 40)) for symbol in NAMES}
    made, plain = world(few).hold(**units), Plain(units)
    price = dict.fromkeys(NAMES, 100.0)
    for minute in range(1, 120):
        bars = {}
        for symbol in NAMES:
            price[symbol] *= float(np.exp(rng.normal(0, 0.08)))
            if minute == 1 or rng.random() < 0.7:
                bars[symbol] = a_bar(rng, price[symbol])
        made.close(minute, **bars)
        plain.step(minute, bars)
    found = {
        (row.rule_id, row.subject, row.as_of): (row.severity, row.state)
        for row in made.rows()
        if row.state in ("open", "cleared")
    }
    assert found == plain.shown
    assert len(found) > 100
