"""Rows of views -> what insights are computed from, and insights -> rows of the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from serving.rows import number
from serving.views import Row
from transforms.advice.evidence import as_json
from transforms.insights.anomaly import WINDOW, Candle
from transforms.insights.forecast import Forecast
from transforms.insights.statements import Statement
from transforms.insights.summaries import Outlook
from transforms.kernels.columns import Floats

LOOKED_BACK = WINDOW + 2  # bars: one more for the first return, and the last one itself


def candles(rows: Sequence[Row]) -> list[Candle]:
    """The latest closed bars, oldest first."""
    closed = [row for row in rows[-LOOKED_BACK - 1 :] if row["is_final"]]
    names = ("open", "high", "low", "close", "volume")
    return [Candle(*(number(row, name) for name in names)) for row in closed[-LOOKED_BACK:]]


def last_returns(symbols: Sequence[str], closes: Floats) -> Mapping[str, float]:
    """Returns of the last session by symbol; without a close in it, or before it, there is none."""
    found: dict[str, float] = {}
    for symbol, column in zip(symbols, closes.T, strict=True):
        known = column[~np.isnan(column)]
        if len(known) > 1 and not np.isnan(column[-1]) and known[-2] > 0.0:
            found[symbol] = float(known[-1] / known[-2] - 1.0)
    return found


def symbol_row(symbol: str, known: Outlook, checked: str) -> Row:
    """One symbol of ``GET /v1/insights``."""
    return {
        "symbol": symbol,
        "trend": asdict(known.trends[symbol]),
        "checks_interval": checked,
        "checks": [asdict(check) for check in known.checks[symbol]],
        "forecasts": [forecast_row(one) for one in known.forecasts[symbol]],
    }


def forecast_row(found: Forecast) -> dict[str, Any]:
    """One horizon."""
    return {**asdict(found), "beaten": found.beaten}


def statement_row(told: Statement) -> Row:
    """A sentence with its evidence as advice rows have it."""
    return {"text": told.text, "evidence": [as_json(piece) for piece in told.evidence]}
