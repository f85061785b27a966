from collections.abc import Callable
from typing import Any

import pytest

from tests.transforms.advice.scenes import SCENES, Scene

StageOf = Callable[..., Any]
PAIR = Scene(("P06", "A"), {"A": 40.0, "B": 60.0}, targets={"A": 0.4})


def put(scene: Scene, weight: float) -> None:
    scene.lines = {"A": weight * 100, "B": 100 - weight * 100}


@pytest.mark.parametrize(
    ("target", "weight", "opens"),
    [
        (0.4, 0.45, True),  # five points
        (0.4, 0.4499, False),
        (0.4, 0.35, True),
        (0.4, 0.3501, False),
        (0.1, 0.125, True),  # a quarter of the target
        (0.1, 0.1249, False),
        (0.1, 0.075, True),
        (0.1, 0.0751, False),
        (0.0, 0.05, True),  # nothing wanted has no quarter
        (0.0, 0.0499, False),
    ],
)
def test_it_opens_at_five_points_or_a_quarter_of_the_target(
    stage: StageOf, target: float, weight: float, opens: bool
) -> None:
    made = stage(PAIR)
    made.scene.targets = {"A": target}
    put(made.scene, weight)
    assert made.show().states() == (["open"] if opens else [])


@pytest.mark.parametrize(("far", "between", "near"), [(0.46, 0.446, 0.445), (0.34, 0.354, 0.355)])
def test_it_clears_after_two_bars_at_nine_tenths_of_that(
    stage: StageOf, far: float, between: float, near: float
) -> None:
    made = stage(PAIR)
    for weight in (far, between, near, between, near):
        put(made.scene, weight)
        made.show()
        assert made.states() == ["open"]
    made.close()
    assert made.states() == ["cleared"]
    last = made.rows()[0].evidence[-1]
    assert (last["name"], last["operator"]) == ("weight_drift_at_clearing", "<=")
    assert last["value"] == pytest.approx(0.045) == last["threshold"]


def test_a_portfolio_without_targets_has_no_row_at_all(stage: StageOf) -> None:
    made = stage(PAIR)
    made.scene.targets = {}
    assert made.show(3).world.rows("P06") == []


def test_only_lines_with_a_target_are_judged(stage: StageOf) -> None:
    made = stage(PAIR)
    put(made.scene, 0.9)
    assert [row.subject for row in made.show().world.rows("P06")] == ["A"]


def test_a_target_that_is_withdrawn_clears_the_row(stage: StageOf) -> None:
    made = stage(PAIR)
    put(made.scene, 0.9)
    made.show()
    made.scene.targets = {}
    [row] = made.show().rows()
    assert (row.state, row.cause) == ("cleared", "holdings")
    assert row.evidence[-1]["name"] == "position_weight_at_clearing"


def test_the_other_side_takes_the_place_of_the_one(stage: StageOf) -> None:
    made = stage(PAIR)
    for weight in (0.6, 0.2):
        put(made.scene, weight)
        made.show()
    sides = [(row.state, "below its target" in row.sentence) for row in made.rows()]
    assert sorted(sides) == [("cleared", False), ("open", True)]


def test_what_is_wanted_and_not_owned_is_said(stage: StageOf) -> None:
    row = stage(SCENES["P06, not owned"]).open().opened()
    assert row.sentence.startswith(
        "C is 0 % of the portfolio's value, 10 % below its target of 10 %; "
        "2.5 % or more is too far."
    )
    assert {way["what"] for way in row.clears_if} == {"quantity", "amount"}


def test_awaiting_a_price_is_not_evaluated(stage: StageOf) -> None:
    made = stage(PAIR)
    made.scene.lines["WAITS"] = 1.0
    made.show(0)
    made.world.close(1, A={}, B={})
    assert [(row.state, row.cause) for row in made.world.rows("P06")] == [
        ("not_evaluated", "no_price")
    ]


def test_a_portfolio_may_have_tolerances_of_its_own(
    stage: StageOf, every_rule: dict[str, Any]
) -> None:
    own = {**every_rule["P06"], "points": 0.3, "part": 1.0}
    made = stage(PAIR, portfolios={"p": {"P06": own}})
    put(made.scene, 0.6)
    assert made.show().rows() == []
