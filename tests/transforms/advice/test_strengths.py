"""G01, G02, G03 and G08: strengths of holdings as they are."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.transforms.advice.risk_scenes import GOOD, SECTORS
from tests.transforms.advice.scenes import EQUITY, MONEY, TEN

StageOf = Callable[..., Any]
NEAR = 1e-6
LEVELS = {"G02": (0.10, 0.11), "G03": (0.30, 0.33), "G08": (0.005, 0.0055)}
NAMES = pytest.mark.parametrize("name", LEVELS)


def put(scene: Any, level: float) -> None:
    """Bring the measure of the scene's rule to a level."""
    if scene.opens[0] == "G08":
        scene.fees = level
        return
    others = {"G02": [f"X{n}" for n in range(20)], "G03": [f"X{n}" for n in range(6)]}
    names = others[scene.opens[0]]
    scene.lines = {"BIG": 10_000.0 * level} | dict.fromkeys(
        names, 10_000.0 * (1 - level) / len(names)
    )
    scene.facts = {name: replace(EQUITY, sector=name) for name in scene.lines}


def shown(stage: StageOf, name: str, level: float, **policy: Any) -> Any:
    scene = replace(GOOD[name])
    put(scene, level)
    return stage(scene, **policy).show()


@NAMES
def test_a_share_at_its_limit_is_a_strength_and_above_it_is_none(stage: StageOf, name: str) -> None:
    limit, _ = LEVELS[name]
    row = shown(stage, name, limit).opened()
    assert (row.severity, row.state, row.subject) == ("strength", "open", "")
    assert (row.evidence[0]["operator"], row.evidence[0]["threshold"]) == ("<=", limit)
    assert shown(stage, name, limit * (1 + NEAR)).world.rows() == []


@NAMES
def test_a_strength_ends_after_two_bars_at_a_tenth_above_its_limit(
    stage: StageOf, name: str
) -> None:
    limit, clear = LEVELS[name]
    made = shown(stage, name, limit)
    for level in (clear * (1 + NEAR), (limit + clear) / 2, clear * (1 + NEAR)):
        put(made.scene, level)
        assert made.show().states() == ["open"]
    [row] = made.close().rows()
    last = row.evidence[-1]
    assert (row.state, last["operator"], last["threshold"]) == ("cleared", ">=", clear)


@NAMES
def test_a_portfolio_may_have_limits_of_its_own(
    stage: StageOf, every_rule: dict[str, Any], name: str
) -> None:
    strict = {name: every_rule[name] | {"limit": 0.0001}}
    assert shown(stage, name, LEVELS[name][0], portfolios={"p": strict}).rows() == []
    assert shown(stage, name, LEVELS[name][0], portfolios={"q": strict}).states() == ["open"]


@pytest.mark.parametrize(("names", "states"), [(10, ["open"]), (9, [])])
def test_ten_equal_positions_are_well_spread(stage: StageOf, names: int, states: list[str]) -> None:
    scene = replace(GOOD["G01"], lines={f"N{number}": 3.0 for number in range(names)})
    assert stage(scene).show().states() == states


def test_no_longer_well_spread_below_nine_tenths_of_that(stage: StageOf) -> None:
    made = stage(GOOD["G01"]).open()
    for names, states in [(9, ["open"]), (9, ["open"]), (8, ["open"]), (8, ["cleared"])]:
        made.scene.lines = dict.fromkeys(list(TEN)[:names], 3.0)
        assert made.show().states() == states
    assert made.rows()[0].evidence[-1]["value"] == pytest.approx(8.0)


@pytest.mark.parametrize(("unknown", "states"), [(5.0, ["open"]), (6.0, [])])
def test_what_has_no_sector_may_be_of_the_largest(
    stage: StageOf, unknown: float, states: list[str]
) -> None:
    lines = {**dict.fromkeys(list(TEN)[:3], 25.0), "X3": 25.0 - unknown, "WHO": unknown}
    made = stage(replace(GOOD["G03"], lines=lines, facts=SECTORS))
    assert made.show().states() == states


def test_a_sector_that_is_no_longer_known_ends_the_strength_at_once(stage: StageOf) -> None:
    made = stage(GOOD["G03"]).open()
    made.scene.lines |= {"WHO": 90.0}
    [row] = made.show().rows()
    assert (row.state, row.evidence[-1]["threshold"]) == ("cleared", None)


def test_cash_is_no_position_and_no_sector(stage: StageOf) -> None:
    lines = {**TEN, "INR": 5000.0}
    for rule, states in [("G02", ["open"]), ("G03", ["open"]), ("G01", [])]:
        scene = replace(GOOD[rule], lines=lines, facts=SECTORS | {"INR": MONEY})
        assert stage(scene).show().states() == states  # a third in cash is a heavy part of G01


def test_without_transactions_nothing_is_said_about_fees(stage: StageOf) -> None:
    made = stage(GOOD["G08"]).open()
    made.scene.fees = float("nan")
    [row] = made.show().rows()
    assert row.state == "cleared"
    assert stage(replace(GOOD["G08"], fees=float("nan"))).show(3).world.rows() == []


def test_a_rise_of_fees_turns_the_strength_into_advice_and_never_both(stage: StageOf) -> None:
    made = stage(GOOD["G08"], "G08", "P16").open()
    made.scene.fees = 0.012
    made.show(2)
    assert [(row.rule_id, row.state) for row in made.world.rows()] == [
        ("G08", "cleared"),
        ("P16", "open"),
    ]
