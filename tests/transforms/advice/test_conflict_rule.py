from collections.abc import Callable
from typing import Any

import pytest

from tests.transforms.advice.scenes import SCENES

StageOf = Callable[..., Any]
DISPUTED = SCENES["D02"]


@pytest.mark.parametrize(
    ("other", "opens"),
    [(100.5, False), (99.5, False), (100.51, True), (99.49, True), (float("nan"), False)],
)
def test_it_opens_above_half_a_percent_either_way(
    stage: StageOf, other: float, opens: bool
) -> None:
    made = stage(DISPUTED)
    made.scene.bars["A"]["other_close"] = other
    assert made.show().states() == (["open"] if opens else [])


def test_it_names_both_prices_and_is_an_alert(stage: StageOf) -> None:
    row = stage(DISPUTED).open().opened()
    assert row.severity == "alert"
    assert row.sentence == (
        "Two sources differ by 1 % on the price of A, more than 0.5 %: 100.00 and 101.00. "
        "Advice that uses its price is withheld."
    )


def test_it_clears_on_the_first_bar_on_which_they_agree(stage: StageOf) -> None:
    made = stage(DISPUTED).open()
    made.scene.bars = {}
    [row] = made.close().rows()
    assert row.state == "cleared"
    assert "at_clearing" not in row.evidence_json  # one source is left: nothing to compare


def test_what_is_not_held_and_cash_are_in_nobodys_dispute(stage: StageOf) -> None:
    made = stage(SCENES["P17"], "D02")
    made.scene.bars = {"INDEX": {"other_close": 50.0}}
    made.world.close(1, INR={"close": 2.0, "other_close": 3.0})
    assert made.show().world.rows("D02") == []


def test_stale_and_disputed_prices_are_both_named(stage: StageOf) -> None:
    made = stage(SCENES["P01"], "P01", "D01", "D02").show(7).close(3, "X1")
    made.scene.bars["X3"] = {"other_close": 50.0}
    made.close(1, "X1")
    [row] = made.rows()
    assert (row.state, row.cause) == ("withheld", "D01 X1, D02 X3")


def test_a_tolerated_weight_in_dispute_withholds_only_the_symbols_own_advice(
    stage: StageOf, every_rule: dict[str, Any]
) -> None:
    tolerant = {
        **{rule_id: every_rule[rule_id] for rule_id in ("P01", "S06")},
        "D02": {**every_rule["D02"], "withhold_when_conflict_weight_over": 0.2},
    }
    made = stage(SCENES["P01"], portfolios={"p": tolerant})
    made.scene.bars = {"X1": {"other_close": 50.0, "rvol_20": 5.0}}
    made.show()
    assert made.states() == ["open"]
    assert [row.state for row in made.world.rows("S06")] == ["withheld"]


def test_switched_off_it_withholds_nothing(stage: StageOf) -> None:
    made = stage(SCENES["P01"])
    made.scene.bars = {"X1": {"other_close": 50.0}}
    assert made.show().states() == ["open"]
