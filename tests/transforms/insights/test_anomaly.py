import math
import random
from dataclasses import replace
from itertools import pairwise
from statistics import median

import pytest

from transforms.insights.anomaly import (
    Candle,
    Check,
    average_true_range,
    checks,
    gap,
    move,
    price_band,
    volume,
)


def candles(count: int = 100, seed: int = 1) -> list[Candle]:
    """A quiet walk around 1000 on a grid of 0.05."""
    chance, close, found = random.Random(seed), 1000.0, []
    for _ in range(count):
        opened = close
        close = round((close + chance.gauss(0, 8)) * 20) / 20
        high, low = max(opened, close) + 2.0, min(opened, close) - 2.0
        found.append(Candle(opened, high, low, close, math.exp(chance.gauss(10, 0.3))))
    return found


def ended(bars: list[Candle], **changed: float) -> list[Candle]:
    return [*bars[:-1], replace(bars[-1], **changed)]


def test_a_move_is_measured_against_the_returns_before_it() -> None:
    bars = candles(400)
    returns = [now.close / before.close - 1 for before, now in pairwise(bars)]
    earlier = returns[-251:-1]
    middle = median(earlier)
    spread = median(abs(one - middle) for one in earlier)
    found = move(bars)
    assert found.value == pytest.approx(0.6745 * (returns[-1] - middle) / spread, rel=1e-12)
    assert (found.n, found.state) == (250, "normal")


@pytest.mark.parametrize(
    ("size", "state"), [(0.029, "unusual"), (-0.029, "unusual"), (0.1, "anomaly")]
)
def test_a_large_move_is_unusual_and_a_larger_one_an_anomaly(size: float, state: str) -> None:
    bars = candles()
    found = move(ended(bars, close=bars[-2].close * (1 + size)))
    assert found.state == state
    assert found.value is not None
    assert math.copysign(1, found.value) == math.copysign(1, size)


def test_fewer_than_60_earlier_returns_are_not_evaluated() -> None:
    assert move(candles(61)).state == "not_evaluated"
    assert move(candles(62)).state == "normal"
    assert move([]).reason == "short history"


def test_a_flat_price_is_not_evaluated() -> None:
    flat = [Candle(5.0, 5.0, 5.0, 5.0, 10.0)] * 100
    for check in (move(flat), volume(flat), gap(flat)):
        assert (check.state, check.value) == ("not_evaluated", None)
        assert check.reason


def test_volume_is_judged_by_its_logarithm_and_only_where_there_is_some() -> None:
    bars = candles()
    assert volume(bars).state == "normal"
    assert volume(ended(bars, volume=bars[-2].volume * 1e4)).state == "anomaly"
    assert volume(ended(bars, volume=0.0)).reason == "no volume"
    some = [replace(bar, volume=0.0) if place % 2 else bar for place, bar in enumerate(bars)]
    assert volume(ended(some, volume=bars[-1].volume)).reason == "short history"


def test_a_gap_is_measured_in_atr_of_the_bars_before() -> None:
    bars = candles()
    spread = average_true_range(bars[:-1])
    assert spread is not None
    before = bars[-2].close
    found = gap(ended(bars, open=before + 3.5 * spread))
    assert (found.state, found.value) == ("unusual", pytest.approx(3.5))
    assert gap(ended(bars, open=before - 3.5 * spread)).state == "unusual"
    assert gap(ended(bars, open=before + 2.9 * spread)).state == "normal"
    assert gap(bars[:15]).reason == "short history"
    assert gap(bars[:16]).state == "normal"


def test_average_true_range_is_wilders() -> None:
    bars = [Candle(10, 12, 9, 11, 1), Candle(11, 14, 11, 13, 1), Candle(20, 21, 19, 20, 1)]
    bars += [Candle(20, 21, 19, 20, 1)] * 12
    mean = (3 + 8 + 12 * 2) / 14
    assert average_true_range(bars) == pytest.approx(mean)
    assert average_true_range([*bars, Candle(20, 25, 20, 20, 1)]) == pytest.approx(
        (13 * mean + 5) / 14
    )
    assert average_true_range(bars[:14]) is None


@pytest.mark.parametrize("band", [0.05, 0.10, 0.20, -0.05, -0.10, -0.20])
def test_a_close_at_a_daily_limit_and_at_the_extreme_hits_the_band(band: float) -> None:
    limit = round(1000.0 * (1 + band), 2)
    bars = [Candle(1000.0, 1000.0, 1000.0, 1000.0, 1.0)]
    bars.append(Candle(1000.0, max(1000.0, limit), min(1000.0, limit), limit, 1.0))
    found = price_band(bars)
    assert (found.state, found.value) == ("unusual", band)


def test_a_price_that_passed_the_limit_or_came_back_has_not_hit_it() -> None:
    first = Candle(1000.0, 1000.0, 1000.0, 1000.0, 1.0)
    for last in (
        Candle(1000.0, 1060.0, 1000.0, 1050.0, 1.0),
        Candle(1000.0, 1050.0, 1000.0, 1040.0, 1.0),
        Candle(1000.0, 1049.9, 1000.0, 1049.9, 1.0),
    ):
        assert price_band([first, last]).state == "normal"


def test_only_daily_bars_of_nse_have_bands() -> None:
    def kinds(found: list[Check]) -> set[str]:
        return {check.kind for check in found}

    bars = candles()
    common = {"move", "gap", "volume"}
    assert kinds(checks(bars, daily=True, exchange="NSE")) == common | {"price_band"}
    assert kinds(checks(bars, daily=False, exchange="NSE")) == common
    assert kinds(checks(bars, daily=True, exchange="NYSE")) == common
    assert all(check.state == "not_evaluated" for check in checks([], daily=True, exchange="NSE"))
