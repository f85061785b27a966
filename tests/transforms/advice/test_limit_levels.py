"""P07, P08, P15, P16 and P17: where they open, rise, stay and clear."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.transforms.advice.scenes import SCENES, Scene

StageOf = Callable[..., Any]
NEAR = 1e-4  # part of a limit

# scene: (limit, level that clears, limit of the graver level)
LEVELS: dict[str, tuple[float, float, float | None]] = {
    "P07": (0.50, 0.45, 0.70),
    "P08": (0.35, 0.315, 0.60),
    "P15": (5.0, 4.5, 20.0),
    "P16": (0.01, 0.009, 0.05),
    "P17": (0.05, 0.055, None),
    "P17, fund": (300.0, 330.0, None),
}
ABOVE = ("P07", "P08", "P15", "P16")


def put(scene: Scene, name: str, level: float) -> None:
    """Bring the measure of a rule to a level; everything is worth 10,000 together."""
    part, rest = level * 100, 100 - level * 100
    if name == "P07":
        scene.lines = {"A": rest, "U": part / 2}
    elif name == "P08":
        scene.lines = {"I0": rest, "S1": part}
    elif name == "P15":
        scene.lines["A"] = level * scene.capacity["A"]
    elif name == "P16":
        scene.fees = level
    elif name == "P17":
        scene.lines = {"A": rest, "INR": part * 100}
    else:
        scene.lines["INR"] = level


def shown(stage: StageOf, name: str, level: float, **policy: Any) -> Any:
    made = stage(SCENES[name], **policy)
    put(made.scene, name, level)
    return made.show()


@pytest.mark.parametrize("name", LEVELS)
def test_it_opens_beyond_its_limit_and_not_at_it(stage: StageOf, name: str) -> None:
    limit = LEVELS[name][0]
    beyond = limit * (1 + NEAR if name in ABOVE else 1 - NEAR)
    assert shown(stage, name, limit).rows() == []
    row = shown(stage, name, beyond).opened()
    assert (row.severity, row.cause) == ("warn", "new_bar")
    assert row.evidence[0]["threshold"] == limit
    assert row.evidence[0]["value"] == pytest.approx(beyond)


@pytest.mark.parametrize("name", LEVELS)
def test_between_its_limit_and_the_clearing_level_an_open_row_stays(
    stage: StageOf, name: str
) -> None:
    limit, clear, _ = LEVELS[name]
    between = (limit + clear) / 2
    assert shown(stage, name, between).rows() == []
    made = stage(SCENES[name]).open()
    put(made.scene, name, between)
    made.show(6)
    assert made.states() == ["open"]


@pytest.mark.parametrize("name", LEVELS)
def test_it_clears_after_two_bars_in_a_row_at_the_clearing_level(stage: StageOf, name: str) -> None:
    limit, clear, _ = LEVELS[name]
    within = clear * (1 - NEAR if name in ABOVE else 1 + NEAR)
    made = stage(SCENES[name]).open()
    for level in (within, (limit + clear) / 2, within):  # the second one interrupts the count
        put(made.scene, name, level)
        made.show()
        assert made.states() == ["open"]
    made.close()
    [row] = made.rows()
    assert (row.state, row.cause) == ("cleared", "new_bar")
    last = row.evidence[-1]
    assert last["threshold"] == clear
    assert last["operator"] == ("<=" if name in ABOVE else ">=")
    assert last["value"] == pytest.approx(within)


@pytest.mark.parametrize("name", ABOVE)
def test_a_graver_level_supersedes_and_a_lesser_one_takes_its_place(
    stage: StageOf, name: str
) -> None:
    limit, _, graver = LEVELS[name]
    assert graver is not None
    made = stage(SCENES[name]).open()
    put(made.scene, name, graver)
    made.show()
    assert [row.severity for row in made.rows("open")] == ["warn"]
    put(made.scene, name, graver * (1 + NEAR))
    made.show()
    found = [(row.severity, row.state, row.cause) for row in made.rows()]
    assert ("warn", "cleared", "superseded by alert") in found
    assert [row.severity for row in made.rows("open")] == ["alert"]
    put(made.scene, name, limit * 1.1)
    made.show(2)
    assert [row.severity for row in made.rows("open")] == ["warn"]


@pytest.mark.parametrize("name", LEVELS)
def test_a_portfolio_may_have_limits_of_its_own(
    stage: StageOf, every_rule: dict[str, Any], name: str
) -> None:
    rule_id = SCENES[name].opens[0]
    loose = {"P15": {"warn": 99.0, "alert": 100.0}, "P17": {"min_cash": 0.001}}
    own = {**every_rule[rule_id], **loose.get(rule_id, {"warn": 0.98, "alert": 0.99})}
    if rule_id == "P17":
        own.pop("emergency_fund")
    made = stage(SCENES[name], portfolios={"p": {rule_id: own}}).open()
    assert made.rows() == []


@pytest.mark.parametrize("name", ["P16", "P17, fund"])
def test_what_rests_on_no_price_is_never_withheld(stage: StageOf, name: str) -> None:
    made = stage(SCENES[name], SCENES[name].opens[0], "D01", "D02").show(7).close(6, "A")
    assert [row.state for row in made.world.rows("D01")] == ["open"]
    assert made.states() == ["open"]
