"""Trend score: -100 (down by every measure) to 100 (up by every measure).

Four parts of 25 points: the close against EMA(200), EMA(50) against EMA(200), the sign of +DI less
-DI weighed by ADX up to 25, and the side of SuperTrend. The weights and limits are judgements.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

PART = 25.0
STRONG = 25.0  # ADX from which direction counts in full
LIMIT = 40.0
NEEDED = (
    *("close", "ema_50", "ema_200", "adx_14", "plus_di_14", "minus_di_14"),
    "supertrend_direction",
)


@dataclass(frozen=True)
class Trend:
    """Score and its parts; both empty while ``reason`` says what is missing.

    Attributes:
        label: bull from ``LIMIT`` on, bear from -``LIMIT`` down, else neutral.
    """

    score: float | None
    parts: Mapping[str, float]
    label: str | None
    reason: str = ""


def trend(fields: Mapping[str, float]) -> Trend:
    """The trend at a bar.

    Args:
        fields: ``NEEDED`` by name; NaN or absent where there is not enough history.
    """
    missing = [name for name in NEEDED if math.isnan(fields.get(name, math.nan))]
    if missing:
        return Trend(None, {}, None, f"not enough history for {', '.join(missing)}")
    weight = min(1.0, fields["adx_14"] / STRONG)
    parts = {
        "close_to_ema_200": PART * _sign(fields["close"] - fields["ema_200"]),
        "ema_50_to_ema_200": PART * _sign(fields["ema_50"] - fields["ema_200"]),
        "direction": PART * weight * _sign(fields["plus_di_14"] - fields["minus_di_14"]),
        "supertrend": PART * _sign(fields["supertrend_direction"]),
    }
    score = sum(parts.values())
    return Trend(score, parts, label_of(score))


def label_of(score: float) -> str:
    """In one word."""
    if score >= LIMIT:
        return "bull"
    return "bear" if score <= -LIMIT else "neutral"


def _sign(value: float) -> float:
    return float((value > 0.0) - (value < 0.0))
