"""Forecasts against a loop that does literally what their definitions say."""

import math
import random
from collections.abc import Callable

import numpy as np
import pytest

from transforms.insights.forecast import LEARNT, MINIMUM, advantage, covered, forecast, quantile
from transforms.insights.methods import ALPHAS, BASELINE, SES, THETA, forecasts_of, picked


def walk(count: int, seed: int = 4, drift: float = 0.0) -> list[float]:
    chance, log = random.Random(seed), math.log(100.0)
    found = []
    for _ in range(count):
        log += drift + chance.gauss(0, 0.01)
        found.append(math.exp(log))
    return found


def noise(count: int) -> list[float]:
    """No memory at all: the best forecast is the mean."""
    chance = random.Random(9)
    return [100.0 * math.exp(chance.gauss(0, 0.02)) for _ in range(count)]


def ses(values: list[float], alpha: float) -> tuple[float, float]:
    """Level after the values, and the sum of squared one-step errors."""
    level, squares = values[0], 0.0
    for value in values[1:]:
        squares += (value - level) ** 2
        level += alpha * (value - level)
    return level, squares


def best_level(values: list[float]) -> float:
    found = [(ses(values, alpha)[1], -alpha, ses(values, alpha)[0]) for alpha in ALPHAS]
    return min(found)[2]


def literal_theta(values: list[float], horizon: int) -> float:
    """Lines 0 and 2 of the series, one extrapolated, one smoothed, and their mean."""
    times = np.arange(1, len(values) + 1)
    slope, start = np.polyfit(times, values, 1)
    line = [2 * value - (start + slope * time) for value, time in zip(values, times, strict=True)]
    return float(0.5 * (start + slope * (len(values) + horizon) + best_level(line)))


@pytest.mark.parametrize("horizon", [1, 5, 20])
@pytest.mark.parametrize("made", [walk, noise])
def test_methods_are_their_definitions_at_every_origin(
    horizon: int, made: Callable[[int], list[float]]
) -> None:
    logs = [math.log(one) for one in made(90)]
    found = forecasts_of(np.array(logs), horizon)
    for origin in (10, 40, 61, 90):
        past = logs[:origin]
        assert found[BASELINE][origin - 1] == past[-1]
        assert found[SES][origin - 1] == pytest.approx(best_level(past), abs=1e-12)
        assert found[THETA][origin - 1] == pytest.approx(literal_theta(past, horizon), abs=1e-9)


def test_a_forecast_knows_nothing_of_what_comes_after_it() -> None:
    logs = np.log(walk(120))
    early, late = forecasts_of(logs[:100], 5), forecasts_of(logs, 5)
    for name, given in early.items():
        np.testing.assert_array_equal(given, late[name][:100])


def test_of_equal_alphas_the_one_next_to_the_random_walk_is_taken() -> None:
    values = np.arange(20.0)[None, :]
    assert picked(values, np.zeros((1, 20)))[0] == 19.0


def test_a_random_walk_is_forecast_by_itself_but_for_chance() -> None:
    beaten = looked_better = 0
    for seed in range(20):
        closes = walk(400, seed)
        for found in forecast(closes):
            beaten += found.beaten
            looked_better += found.best != BASELINE
            assert set(found.errors or {}) == {BASELINE, SES, THETA}
            if not found.beaten:
                assert found.price == pytest.approx(closes[-1])
                assert found.error_pct == found.baseline_error_pct
    assert beaten <= 6 < looked_better  # of 60


def test_what_really_beats_the_random_walk_is_published() -> None:
    closes = noise(400)
    for found in forecast(closes):
        assert found.beaten
        assert found.error_pct is not None
        assert found.baseline_error_pct is not None
        assert found.error_pct < 0.8 * found.baseline_error_pct
        assert found.price == pytest.approx(100.0, rel=0.01)
        assert found.edge is not None
        assert found.edge > 1.645


def test_errors_are_those_of_a_rolling_origin() -> None:
    closes = walk(200)
    found = {one.horizon: one for one in forecast(closes)}
    for horizon in (1, 5, 20):
        logs = [math.log(one) for one in closes]
        misses = [
            abs(logs[origin + horizon] - logs[origin])
            for origin in range(LEARNT - 1, len(logs) - horizon)
        ]
        assert found[horizon].n == len(misses)
        assert found[horizon].baseline_error_pct == pytest.approx(100 * np.mean(misses))
    scale = np.mean(np.abs(np.diff(np.log(closes))))
    assert found[5].mase == pytest.approx((found[5].error_pct or 0) / 100 / scale)


def test_the_interval_is_made_of_past_errors_and_covers_what_it_says() -> None:
    inside = []
    for seed in range(10):
        closes = walk(500, seed)
        for found in forecast(closes):
            logs = np.log(closes)
            misses = logs[LEARNT - 1 + found.horizon :] - logs[LEARNT - 1 : -found.horizon]
            low, high = np.quantile(misses, [0.1, 0.9])
            assert found.low == pytest.approx(closes[-1] * math.exp(low))
            assert found.high == pytest.approx(closes[-1] * math.exp(high))
            inside.append(found.coverage)
    assert np.mean([one for one in inside if one is not None]) == pytest.approx(0.8, abs=0.04)


def test_coverage_uses_only_errors_that_were_known() -> None:
    misses = [float(place) for place in range(200)]  # ever larger: never inside
    assert covered(misses, 1) == (0.0, 200 - MINIMUM)
    assert covered(misses, 20) == (0.0, 200 - MINIMUM - 19)
    assert covered(misses[:100], 1) == (None, 40)
    assert covered([0.0] * 200, 5)[0] == 1.0


def test_short_history_and_flat_prices_are_not_forecast() -> None:
    for closes, reason in ((walk(119), "short_history"), ([100.0] * 300, "flat_price")):
        for found in forecast(closes):
            assert (found.price, found.low, found.error_pct, found.reason) == (
                None,
                None,
                None,
                reason,
            )
    assert [one.reason for one in forecast(walk(130))] == ["", "", "short_history"]
    assert [one.required for one in forecast(walk(130))] == [120, 124, 139]
    assert forecast([])[0].reason == "short_history"


def test_the_same_closes_give_the_same_forecast_whatever_else_is_asked() -> None:
    closes = walk(300)
    first = forecast(closes)
    forecast(noise(200))
    assert forecast(closes) == first


def test_an_advantage_is_counted_in_standard_errors() -> None:
    chance = np.random.default_rng(5)
    gains = chance.normal(0.1, 1.0, 400)
    naive = gains.mean() / (gains.std() / 20)
    assert advantage(gains, 1) == pytest.approx(naive)
    assert advantage(-np.abs(gains), 1) == 0.0
    assert advantage(np.zeros(50), 5) == 0.0
    shared = np.convolve(gains, np.ones(5) / 5, "valid")  # overlapping: far less is known
    assert advantage(shared, 5) < 0.7 * advantage(shared, 1)


def test_quantiles_are_linear_between_order_statistics() -> None:
    values = sorted(random.Random(2).random() for _ in range(61))
    for part in (0.0, 0.1, 0.5, 0.9, 1.0):
        assert quantile(values, part) == pytest.approx(np.quantile(values, part))
