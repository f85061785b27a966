"""What must hold of rows of positions, risk and advice, whatever the market was."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

Row = Mapping[str, Any]
EXACT = 1e-12


def numbers(value: Any, place: str = "") -> Iterable[tuple[str, float]]:
    """Every number in a cell, however deep, and where it is."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        yield place, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from numbers(inner, f"{place}.{name}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from numbers(inner, f"{place}[{number}]")


def assert_finite(row: Any) -> None:
    """No NaN, no infinity in any cell."""
    wrong = [place for place, value in numbers(row) if not math.isfinite(value)]
    assert not wrong, f"{wrong} of {row}"


def assert_risk_is_sound(row: Row) -> None:
    """One row of portfolio_risk."""
    assert_finite(row)
    assert math.fsum(row["sector_weights"].values()) == pytest.approx(1.0, abs=EXACT)
    assert set(row["exposures"]) == {"name", "sector", "asset_class", "currency", "cap_band"}
    for name, spread in row["exposures"].items():
        assert math.fsum(spread["weights"].values()) == pytest.approx(1.0, abs=EXACT), name
        assert all(weight > 0.0 for weight in spread["weights"].values()), name
        count = len(spread["weights"])
        assert 1.0 / count - 1e-8 <= spread["hhi"] <= 1.0 + 1e-8, name  # weights in billionths
        assert spread["n_effective"] == pytest.approx(1.0 / spread["hhi"], rel=EXACT), name
    shares = row["contributions"].values()
    if shares:
        size = max(1.0, math.fsum(abs(share) for share in shares))  # of shorts they may cancel
        assert math.fsum(shares) == pytest.approx(1.0, abs=EXACT * size * len(shares))
    if row["var95_pct"] is not None:
        assert row["var95_pct"] <= row["cvar95_pct"]
        assert row["volatility_pct"] >= 0.0
    if row["drawdown_pct"] is not None:
        assert 0.0 <= row["drawdown_pct"] <= row["max_drawdown_pct"]
    _assert_score(row)


def _assert_score(row: Row) -> None:
    parts = row["score_parts"]
    assert all(part is None or 0.0 <= part <= 100.0 for part in parts.values())
    assert (row["risk_score"] is None) == (not parts or None in parts.values())
    if row["risk_score"] is not None:
        assert min(parts.values()) - EXACT <= row["risk_score"] <= max(parts.values()) + EXACT
    else:
        assert row["reasons"]["risk_score"]


def assert_weights_add_up(positions: Iterable[Row], risks: Iterable[Row]) -> None:
    """Positions of each portfolio that has a value weigh 1 together, and make up its value."""
    held: dict[str, list[Row]] = {}
    for row in positions:
        assert_finite(row)
        held.setdefault(row["portfolio_id"], []).append(row)
    for risk in risks:
        mine = held[risk["portfolio_id"]]
        assert math.fsum(row["weight"] for row in mine) == pytest.approx(1.0, abs=EXACT)
        assert all(0.0 <= row["weight"] <= 1.0 for row in mine)
        assert sum(row["market_value_micros"] for row in mine) == risk["value_micros"]


def assert_advice_is_sound(row: Row) -> None:
    """One row of advice: JSON has no NaN, so that a number that is none would be null."""
    assert_finite(row)
    for piece in row["evidence"]:
        assert piece["value"] is not None, piece
        assert piece["operator"] is None or piece["threshold"] is not None, piece
    for trade in row["suggestion"]:
        assert trade["quantity"] > 0.0, trade
        assert trade["amount_micros"] > 0, trade
        assert None not in (trade["price"], trade["metric_before"], trade["metric_after"]), trade
    for way in row["clears_if"]:
        assert way["value"] is not None, way
        assert way["closed_bars"] >= 1, way
