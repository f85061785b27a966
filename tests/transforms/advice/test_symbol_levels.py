"""S04 and S06."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.transforms.advice.scenes import SCENES

StageOf = Callable[..., Any]
UP, VOLUME = SCENES["S04, up"], SCENES["S06"]


@pytest.mark.parametrize(
    ("bars", "opens"),
    [
        ({"squeeze_bars": 6.0}, True),
        ({"squeeze_bars": 5.0}, False),
        ({"close": 103.25}, False),  # at the band is not outside it
        ({"bb_upper_20_2": 105.0}, False),
    ],
)
def test_a_breakout_needs_a_squeeze_and_a_close_outside_the_bands(
    stage: StageOf, bars: dict[str, float], opens: bool
) -> None:
    made = stage(UP)
    made.scene.bars["2X"] |= bars
    assert made.show().states() == (["open"] if opens else [])


def test_a_breakout_says_in_which_direction(stage: StageOf) -> None:
    assert stage(UP).open().opened().sentence == (
        "2X closed at 104.50, above its upper Bollinger(20) band of 103.25 after 7 bars in a row "
        "with the bands inside the Keltner channel; 6 are enough: a breakout upwards."
    )
    assert "below its lower" in stage(SCENES["S04, down"]).open().opened().sentence


def test_a_breakout_the_other_way_takes_its_place(stage: StageOf) -> None:
    made = stage(UP).open()
    made.scene.bars["2X"] = SCENES["S04, down"].bars["2X"]
    made.close()
    assert (made.rows()[0].state, made.rows()[0].cause) == ("cleared", "superseded by info")
    assert made.opened().sentence.endswith("downwards.")


def test_a_breakout_stays_for_two_bars_after_it(stage: StageOf) -> None:
    made = stage(UP).open()
    made.scene.bars["2X"] = {}
    assert made.close().states() == ["open"]
    assert made.close().states() == ["cleared"]


def test_too_few_bars_are_not_evaluated(stage: StageOf) -> None:
    made = stage(UP)
    made.scene.bars["2X"]["count"] = 25.0
    [row] = made.show().world.rows("S04")
    assert (row.state, row.cause) == ("not_evaluated", "D03 short_history")
    assert "fewer than 26 closed bars (2X)" in row.sentence


@pytest.mark.parametrize(("ratio", "opens"), [(2.999, False), (3.0, True), (12.5, True)])
def test_three_times_the_usual_volume_is_unusual(stage: StageOf, ratio: float, opens: bool) -> None:
    made = stage(VOLUME)
    made.scene.bars["2X"]["rvol_20"] = ratio
    assert made.show().states() == (["open"] if opens else [])


def test_it_stays_until_two_bars_below_nine_tenths(stage: StageOf) -> None:
    made = stage(VOLUME).open()
    for ratio in (2.71, 2.69, 2.71, 2.69):
        made.scene.bars["2X"]["rvol_20"] = ratio
        assert made.close().states() == ["open"]
    assert made.close().states() == ["cleared"]


def test_fewer_than_twenty_sessions_are_not_evaluated(stage: StageOf) -> None:
    made = stage(VOLUME)
    made.scene.bars["2X"]["rvol_20"] = float("nan")
    [row] = made.show().world.rows("S06")
    assert (row.state, row.cause) == ("not_evaluated", "D03 short_history")
    assert row.sentence == (
        "Not evaluated for holdings: 1 without 20 earlier sessions with volume (2X)."
    )
    assert row.clears_if == []


def test_a_portfolio_may_have_a_ratio_of_its_own(
    stage: StageOf, every_rule: dict[str, Any]
) -> None:
    own = {"S06": {**every_rule["S06"], "ratio_over": 5}}
    assert stage(VOLUME, portfolios={"p": own}).open().rows() == []
    longer = {"S04": {**every_rule["S04"], "min_squeeze_bars": 8}}
    assert stage(UP, portfolios={"p": longer}).open().rows() == []
