"""The planted events make the documented rules open and clear when events.json says they will.

The rules are worked out here with TA-Lib and numpy on one-minute bars, apart from the engine.
"""

import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import talib
from numpy.typing import NDArray

MINUTE = 60_000_000
SESSION = 375
RSI_STABLE = 140  # bars after which four digits of RSI 14 no longer depend on where history starts
REPLAY = Path(__file__).parents[2] / "data" / "replay"
PLANTED = [
    event
    for event in json.loads((REPLAY / "events.json").read_text())["events"]
    if event["advice"] and event["advice"]["rule_id"] != "D01"
]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Day:
    """Bars of every symbol and weights of every portfolio at each close."""

    def __init__(self, trades: list[Any], opened: int) -> None:
        self.bars: dict[str, tuple[NDArray[np.int64], Floats]] = {}
        ordered: defaultdict[str, dict[int, list[float]]] = defaultdict(dict)
        for trade in sorted(trades, key=lambda trade: (trade.ts, trade.trade_id)):
            minute = (trade.ts - opened) // MINUTE
            bar = ordered[trade.symbol].setdefault(minute, [trade.price] * 3)
            bar[:] = max(bar[0], trade.price), min(bar[1], trade.price), trade.price
        for symbol, bars in ordered.items():
            minutes = np.array(list(bars))
            self.bars[symbol] = minutes, np.array(list(bars.values())).T.copy()
        with (REPLAY / "instruments.csv").open() as file:
            self.sector = {row["symbol"]: row["sector"] for row in csv.DictReader(file)}
        self.holdings: defaultdict[str, dict[str, int]] = defaultdict(dict)
        with (REPLAY / "holdings.csv").open() as file:
            for row in csv.DictReader(file):
                self.holdings[row["portfolio_id"]][row["symbol"]] = int(row["quantity"])

    def close(self, symbol: str) -> Floats:
        """Last close at every minute."""
        minutes, (_, _, close) = self.bars[symbol]
        return close[np.searchsorted(minutes, np.arange(SESSION), side="right") - 1]

    def weights(self, portfolio: str) -> dict[str, Floats]:
        values = {s: self.close(s) * q for s, q in self.holdings[portfolio].items()}
        total = sum(values.values())
        return {symbol: value / total for symbol, value in values.items()}


def robust_z(close: Floats) -> Floats:
    moves = np.diff(np.log(close), prepend=np.nan)
    z = np.zeros(len(close))
    for at in range(61, len(close)):
        before = moves[max(1, at - 250) : at]
        middle = np.median(before)
        z[at] = 0.6745 * (moves[at] - middle) / np.median(np.abs(before - middle))
    return np.abs(z)


def bar_rule(rule: str, bars: Floats) -> tuple[Mask, Mask]:
    """Where a symbol rule fires and where it still holds, per bar."""
    high, low, close = bars
    if rule == "S01":
        upper, _, lower = talib.BBANDS(close, 20, 2, 2)
        rsi, percent = talib.RSI(close, 14), (close - lower) / (upper - lower)
        hot = (rsi > 70) & (percent > 1), (rsi > 63) & (percent > 0.9)
        cold = (rsi < 30) & (percent < 0), (rsi < 37) & (percent < 0.1)
        stable = np.arange(1, len(close) + 1) >= RSI_STABLE
        return stable & (hot[0] | cold[0]), hot[1] | cold[1]
    if rule == "S03":
        peak, range_ = talib.MAX(close, 22), talib.ATR(high, low, close, 22)
        return close < peak - 3 * range_, close < peak - 2.7 * range_
    if rule == "S05":
        z = robust_z(close)
        return z >= 3.5, z >= 3.15
    strong, down = talib.ADX(high, low, close, 14), talib.MINUS_DI(high, low, close, 14)
    broken = (close < talib.EMA(close, 200)) & (down > talib.PLUS_DI(high, low, close, 14))
    return broken & (strong > 25), broken & (strong > 22.5)


def portfolio_rule(day: Day, advice: dict[str, Any], kind: str) -> tuple[Mask, Mask]:
    weights, subject = day.weights(advice["portfolio_id"]), advice["subject"]
    if advice["rule_id"] == "P01":
        metric, limit = weights[subject], 0.25 if kind == "weight_alert" else 0.10
    elif advice["rule_id"] == "P03":
        metric, limit = sum(w * w for w in weights.values()), 0.18
    else:
        metric = sum(w for symbol, w in weights.items() if day.sector[symbol] == subject)
        limit = 0.30
    return metric > limit, metric >= 0.9 * limit


def spans(minutes: NDArray[np.int64], fires: Mask, holds: Mask) -> list[tuple[int, int | None]]:
    """(close at which it opens, close at which it is gone): gone after two closes without."""
    found: list[tuple[int, int | None]] = []
    since, misses = None, 0
    for minute, fire, hold in zip((minutes + 1).tolist(), fires, holds, strict=True):
        if since is None:
            since, misses = (minute if fire else None), 0
            continue
        misses = 0 if hold else misses + 1
        if misses == 2:
            found.append((since, minute))
            since = None
    return found if since is None else [*found, (since, None)]


@pytest.fixture(scope="module")
def day(trades: list[Any], planted: dict[str, Any]) -> Day:
    return Day(trades, planted["session"]["open"])


def advice_spans(day: Day, event: dict[str, Any]) -> list[tuple[int, int | None]]:
    advice = event["advice"]
    if advice["rule_id"].startswith("P"):
        return spans(np.arange(SESSION), *portfolio_rule(day, advice, event["kind"]))
    minutes, bars = day.bars[advice["subject"]]
    return spans(minutes, *bar_rule(advice["rule_id"], bars))


@pytest.mark.parametrize("event", PLANTED, ids=lambda e: f"{e['local']}-{e['kind']}-{e['symbol']}")
def test_planted_advice_opens_and_clears_in_its_window(
    day: Day, planted: dict[str, Any], event: dict[str, Any]
) -> None:
    opened = planted["session"]["open"]
    assert event["advice"]["subject"] in {"", *day.sector, *day.sector.values()}
    windows = [event["advice"]["opens"], event["advice"]["clears"]]
    (first, last), clears = ([(t - opened) // MINUTE for t in w] if w else None for w in windows)
    at_that_time = [span for span in advice_spans(day, event) if first <= span[0] <= last]
    assert len(at_that_time) == 1
    gone = at_that_time[0][1]
    if clears is None:
        assert gone is None
    else:
        assert gone is not None
        assert clears[0] <= gone <= clears[1]


def test_abnormal_moves_are_at_least_six_robust_deviations(
    day: Day, planted: dict[str, Any]
) -> None:
    moves = [event for event in planted["events"] if event["kind"] == "abnormal_move"]
    for event in moves:
        minutes, (_, _, close) = day.bars[event["symbol"]]
        at = (event["from"] - planted["session"]["open"]) // MINUTE
        assert robust_z(close)[list(minutes).index(at)] >= 6
    assert len(moves) == 2
