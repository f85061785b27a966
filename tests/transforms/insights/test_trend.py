from typing import Any

import pytest

from transforms.insights.trend import NEEDED, Trend, label_of, trend

UP = {
    "close": 110.0,
    "ema_50": 105.0,
    "ema_200": 100.0,
    "adx_14": 30.0,
    "plus_di_14": 25.0,
    "minus_di_14": 15.0,
    "supertrend_direction": 1.0,
}


def score(**changed: float) -> Any:
    return trend(UP | changed).score


def test_everything_up_is_100_and_down_is_minus_100() -> None:
    down = {"close": 90.0, "ema_50": 95.0, "plus_di_14": 15.0, "minus_di_14": 25.0}
    assert (score(), score(**down, supertrend_direction=-1.0)) == (100.0, -100.0)


def test_each_part_has_25_points() -> None:
    assert score(close=99.0) == 50.0
    assert score(ema_50=99.0) == 50.0
    assert score(supertrend_direction=-1.0) == 50.0
    assert score(plus_di_14=10.0) == 50.0


def test_direction_counts_by_adx_up_to_25() -> None:
    assert score(adx_14=10.0) == 75.0 + 10.0
    assert score(adx_14=25.0) == score(adx_14=60.0) == 100.0
    assert score(adx_14=10.0, plus_di_14=10.0) == 75.0 - 10.0


def test_lines_that_touch_count_nothing() -> None:
    assert score(close=100.0) == 75.0
    assert score(plus_di_14=15.0) == 75.0


@pytest.mark.parametrize(
    ("points", "label"),
    [(40.0, "bull"), (39.9, "neutral"), (0.0, "neutral"), (-39.9, "neutral"), (-40.0, "bear")],
)
def test_bull_and_bear_begin_at_40(points: float, label: str) -> None:
    assert label_of(points) == label


@pytest.mark.parametrize("name", NEEDED)
def test_without_history_there_is_no_score(name: str) -> None:
    found = trend(UP | {name: float("nan")})
    assert found == Trend(None, {}, None, f"not enough history for {name}")
    assert trend({key: UP[key] for key in UP if key != name}) == found


def test_the_parts_add_up_to_the_score() -> None:
    found = trend(UP | {"adx_14": 12.5, "close": 99.0})
    assert found.parts == {
        "close_to_ema_200": -25.0,
        "ema_50_to_ema_200": 25.0,
        "direction": 12.5,
        "supertrend": 25.0,
    }
    assert sum(found.parts.values()) == found.score
