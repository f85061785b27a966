from collections.abc import Callable
from typing import Any

import pytest

from tests.transforms.advice.scenes import EQUITY, SCENES, Scene

StageOf = Callable[..., Any]
ABOVE, BELOW = SCENES["P05, above"], SCENES["P05, below"]


def put(scene: Scene, equity: float) -> Scene:
    scene.lines = {"A": equity * 100, "BOND": 100 - equity * 100}
    return scene


@pytest.mark.parametrize("equity", [0.6, 0.7, 0.8])
def test_the_band_contains_its_ends(stage: StageOf, equity: float) -> None:
    made = stage(ABOVE)
    put(made.scene, equity)
    assert made.show().rows() == []


@pytest.mark.parametrize(
    ("equity", "words", "clears"),
    [(0.8001, "equity is 80.01 % of the portfolio's value, above its band of 60 % to 80 %.", 0.79),
     (0.5999, "equity is 59.99 % of the portfolio's value, below its band of 60 % to 80 %.", 0.61)],
)  # fmt: skip
def test_outside_it_opens_and_names_the_level_that_clears(
    stage: StageOf, equity: float, words: str, clears: float
) -> None:
    made = stage(ABOVE)
    put(made.scene, equity)
    row = made.show().opened()
    assert row.sentence.startswith(words)
    assert (row.subject, row.severity) == ("equity", "warn")
    levels = [
        one["value"] for one in row.evidence if one["name"] == "asset_class_weight_clear_level"
    ]
    assert levels == [clears]


@pytest.mark.parametrize(("side", "between", "inside"), [(0.85, 0.795, 0.79), (0.5, 0.605, 0.61)])
def test_it_clears_after_two_bars_in_nine_tenths_of_the_band(
    stage: StageOf, side: float, between: float, inside: float
) -> None:
    made = stage(ABOVE)
    for level in (side, between, inside, between, inside):
        put(made.scene, level)
        made.show()
        assert made.states() == ["open"]
    made.close()
    assert made.states() == ["cleared"]
    last = made.rows()[0].evidence[-1]
    assert last["name"] == "asset_class_weight_at_clearing"
    assert last["value"] == pytest.approx(inside) == last["threshold"]


def test_the_other_side_of_the_band_takes_the_place_of_the_one(stage: StageOf) -> None:
    made = stage(ABOVE).open()
    put(made.scene, 0.5)
    made.show()
    states = [(row.state, "below its band" in row.sentence) for row in made.rows()]
    assert sorted(states) == [("cleared", False), ("open", True)]


def test_a_class_of_which_nothing_is_held_is_below_its_band(stage: StageOf) -> None:
    made = stage(ABOVE, portfolios={})
    made.scene.lines = {"BOND": 1.0}
    row = made.show().opened()
    assert row.sentence.startswith("equity is 0 % of the portfolio's value, below its band")
    [way] = row.clears_if
    assert (way["name"], way["operator"]) == ("value of the asset class", ">=")


def test_a_class_that_no_instrument_has_is_judged_too(
    stage: StageOf, every_rule: dict[str, Any]
) -> None:
    gold = {**every_rule["P05"], "min_gold": 0.05, "max_gold": 0.10}
    made = stage(ABOVE, portfolios={"p": {"P05": gold}}).open()
    assert {row.subject for row in made.world.rows("P05", "open")} == {"equity", "gold"}


@pytest.mark.parametrize(
    ("lines", "states"),
    [
        ({"A": 75.0, "BOND": 15.0, "WHO": 10.0}, ["not_evaluated"]),  # 75 % and perhaps 85 %
        ({"A": 55.0, "BOND": 35.0, "WHO": 10.0}, ["not_evaluated"]),  # 55 % and perhaps 65 %
        ({"A": 65.0, "BOND": 25.0, "WHO": 10.0}, []),  # inside whatever it is
        ({"A": 85.0, "BOND": 5.0, "WHO": 10.0}, ["open"]),
        ({"A": 40.0, "BOND": 50.0, "WHO": 10.0}, ["open"]),
    ],
)
def test_what_has_no_class_counts_as_what_it_may_be(
    stage: StageOf, lines: dict[str, float], states: list[str]
) -> None:
    made = stage(ABOVE)
    made.scene.lines = lines
    made.show()
    assert [row.state for row in made.world.rows("P05")] == states
    for row in made.world.rows("P05", "not_evaluated"):
        assert (row.subject, row.cause) == ("", "no_asset_class")
        assert row.sentence == "Not evaluated: no asset class known of 1 (WHO)."


def test_a_portfolio_may_have_bands_of_its_own(stage: StageOf, every_rule: dict[str, Any]) -> None:
    wide = {**every_rule["P05"], "min_equity": 0.0, "max_equity": 1.0}
    assert stage(ABOVE, portfolios={"p": {"P05": wide}}).open().rows() == []


def test_memory_keeps_its_place_when_portfolios_come(
    stage: StageOf, every_rule: dict[str, Any]
) -> None:
    both = {**every_rule["P05"], "min_bond": 0.2, "max_bond": 0.4}
    made = stage(ABOVE, portfolios={"p": {"P05": both}, "q": {"P05": both}}).open()
    before = {row.advice_id for row in made.world.rows("P05", "open")}
    made.world.hold("q", at=2, A=1.0)
    made.close()
    found = {(row.portfolio_id, row.subject) for row in made.world.rows("P05", "open")}
    assert found == {("p", "bond"), ("p", "equity"), ("q", "bond"), ("q", "equity")}
    assert before <= {row.advice_id for row in made.world.rows("P05", "open")}


def test_a_class_that_is_learnt_late_counts_from_the_start(stage: StageOf) -> None:
    late = stage(Scene(("P05", "equity"), ABOVE.lines)).show(2)
    late.world.book.apply_instruments(ABOVE.facts.items())
    late.world.settle()
    early = stage(ABOVE).show(2)
    assert {row.advice_id for row in late.rows()} == {row.advice_id for row in early.rows()}


def test_scaling_everything_changes_no_weight(stage: StageOf) -> None:
    assert EQUITY.asset_class == "equity"
    made = stage(BELOW)
    made.scene.lines = {name: units * 7 for name, units in made.scene.lines.items()}
    assert made.show().opened().evidence[0]["value"] == pytest.approx(0.4)
