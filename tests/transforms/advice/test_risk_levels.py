"""P09 to P14 and the strengths of risk: where they open, rise, stay and clear."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from tests.transforms.advice.risk_scenes import EVERY, RISK_SCENES
from tests.transforms.advice.scenes import Scene

StageOf = Callable[..., Any]
NEAR = 1e-4  # part of a limit
UNKNOWN = float("nan")


class Levels(NamedTuple):
    """What opens a rule about one number of the report.

    Attributes:
        number: of the report. up: opens above and not below. at_limit: and at it.
        limit, clears: levels. graver: limit of the second one.
    """

    number: str
    up: bool
    at_limit: bool
    limit: float
    clears: float
    graver: float | None = None


LEVELS = {
    "P09, average": Levels("average_correlation", True, False, 0.6, 0.54),
    "P10": Levels("volatility", True, False, 0.20, 0.18),
    "P10, crypto": Levels("volatility", True, False, 0.60, 0.54),
    "P12": Levels("cvar95", True, False, 0.03, 0.027, 0.06),
    "P13": Levels("drawdown", True, True, 0.10, 0.09, 0.20),
    "P14, above": Levels("beta", True, False, 1.3, 1.17),
    "P14, below": Levels("beta", False, False, 0.3, 0.33),
    "G04": Levels("average_correlation", False, True, 0.30, 0.33),
    "G05": Levels("cvar95", False, True, 0.015, 0.0165),
    "G06": Levels("drawdown", False, False, 0.05, 0.055),
    "G07": Levels("sharpe_low", True, False, 0.0, 0.0),
}
NAMES = pytest.mark.parametrize("name", LEVELS)
GRADED = [name for name, levels in LEVELS.items() if levels.graver]
STATUS = [name for name in LEVELS if name[0] == "P" and name != "P09, average"]


def put(scene: Scene, name: str, value: float) -> None:
    scene.numbers = {"volatility": 0.1} | scene.numbers | {LEVELS[name].number: value}


def shown(stage: StageOf, name: str, value: float, *rules: str, **policy: Any) -> Any:
    """A stage on which the number has a value."""
    scene = replace(EVERY[name], closes={}, numbers={}, risk=RISK_SCENES["P10"].risk)
    made = stage(scene, *rules, **policy)
    put(made.scene, name, value)
    return made.show()


def beyond(name: str) -> float:
    """A little on the side on which it opens."""
    levels = LEVELS[name]
    return levels.limit + (1 if levels.up else -1) * NEAR * (levels.limit or 1.0)


def within(name: str) -> float:
    """A little on the side on which it clears."""
    levels = LEVELS[name]
    return levels.clears - (1 if levels.up else -1) * NEAR * (levels.limit or 1.0)


@NAMES
def test_it_opens_beyond_its_limit_and_at_it_only_if_it_says_so(stage: StageOf, name: str) -> None:
    at_limit = shown(stage, name, LEVELS[name].limit)
    assert at_limit.states() == (["open"] if LEVELS[name].at_limit else [])
    row = shown(stage, name, beyond(name)).opened()
    assert row.severity == ("strength" if name[0] == "G" else "warn")
    measure = row.evidence[0]
    assert (measure["value"], measure["threshold"]) == (
        pytest.approx(beyond(name)),
        LEVELS[name].limit,
    )
    assert (measure["window"], measure["n"]) == (252, 80)
    assert measure["source_table"] == "portfolio_risk"
    assert measure["source_keys"] == {"portfolio_id": "p"}
    assert measure["source_time"] == row.as_of


@NAMES
def test_on_the_other_side_of_its_limit_it_says_nothing(stage: StageOf, name: str) -> None:
    assert shown(stage, name, within(name)).rows() == []


@pytest.mark.parametrize("name", [name for name in LEVELS if LEVELS[name].limit])
def test_between_its_limit_and_the_clearing_level_an_open_row_stays(
    stage: StageOf, name: str
) -> None:
    between = (LEVELS[name].limit + LEVELS[name].clears) / 2
    assert shown(stage, name, between).rows() == []
    made = shown(stage, name, beyond(name))
    put(made.scene, name, between)
    assert made.show(6).states() == ["open"]


@NAMES
def test_it_clears_after_two_bars_in_a_row_at_the_clearing_level(stage: StageOf, name: str) -> None:
    made = shown(stage, name, beyond(name))
    level = LEVELS[name].clears
    for value in (level, beyond(name), within(name)):  # the second one interrupts the count
        put(made.scene, name, value)
        assert made.show().states() == ["open"]
    [row] = made.close().rows()
    assert (row.state, row.cause) == ("cleared", "new_bar")
    last = row.evidence[-1]
    assert last["name"].endswith("_at_clearing")
    assert (last["value"], last["threshold"]) == (pytest.approx(within(name)), LEVELS[name].clears)
    assert last["operator"] == ("<=" if LEVELS[name].up else ">=")


@pytest.mark.parametrize("name", GRADED)
def test_a_graver_level_supersedes_and_a_lesser_one_takes_its_place(
    stage: StageOf, name: str
) -> None:
    graver = LEVELS[name].graver
    assert graver is not None
    made = shown(stage, name, beyond(name))
    put(made.scene, name, graver * (1 + NEAR))
    made.show()
    found = [(row.severity, row.state, row.cause) for row in made.rows()]
    assert ("warn", "cleared", "superseded by alert") in found
    assert [row.severity for row in made.rows("open")] == ["alert"]
    put(made.scene, name, beyond(name))
    made.show(2)
    assert [row.severity for row in made.rows("open")] == ["warn"]


@NAMES
def test_a_portfolio_may_have_limits_of_its_own(
    stage: StageOf, every_rule: dict[str, Any], name: str
) -> None:
    rule_id = name[:3]
    own = {
        "P09": {"average_over": 0.99},
        "P10": {"over": 5.0, "crypto_over": 6.0},
        "P12": {"warn": 0.5, "alert": 0.6},
        "P13": {"warn": 0.5, "alert": 0.6},
        "P14": {"beta_over": 9.0, "beta_under": 0.01},
        **{rule: {"limit": 0.001} for rule in ("G04", "G05", "G06")},
        "G07": {"limit": 2.0},
    }[rule_id]
    rules = {rule_id: every_rule[rule_id] | own}
    assert shown(stage, name, beyond(name), portfolios={"p": rules}).rows() == []
    assert shown(stage, name, beyond(name), portfolios={"q": rules}).states() == ["open"]


@pytest.mark.parametrize("name", STATUS)
def test_what_cannot_be_told_is_not_evaluated(stage: StageOf, name: str) -> None:
    made = shown(stage, name, UNKNOWN, EVERY[name].opens[0], "D03")
    [row] = made.world.rows(EVERY[name].opens[0])
    assert (row.state, row.severity, row.subject) == ("not_evaluated", "info", "")
    put(made.scene, name, beyond(name))
    assert made.show().states() == ["open"]


@pytest.mark.parametrize("name", STATUS)
def test_an_open_row_waits_for_a_value_before_it_clears(stage: StageOf, name: str) -> None:
    made = shown(stage, name, beyond(name))
    put(made.scene, name, UNKNOWN)
    made.show(5)
    found = [row.state for row in made.world.rows(EVERY[name].opens[0])]
    assert sorted(found) == ["not_evaluated", "open"]


@pytest.mark.parametrize("name", [name for name in LEVELS if name[0] == "G"])
def test_a_strength_is_neither_claimed_nor_kept_on_what_is_not_known(
    stage: StageOf, name: str
) -> None:
    assert shown(stage, name, UNKNOWN, name, "D03").world.rows() == []
    made = shown(stage, name, beyond(name), name, "D03")
    put(made.scene, name, UNKNOWN)
    [row] = made.show().world.rows()
    assert row.state == "cleared"
    assert "at_clearing" not in row.evidence_json
    put(made.scene, name, beyond(name))
    assert [row.state for row in made.show().rows()] == ["cleared", "open"]


def test_a_holding_that_has_no_price_yet_ends_a_strength_without_a_level(stage: StageOf) -> None:
    made = stage(EVERY["G02"], "G02", "D03").open()
    made.world.hold("p", at=2, **made.scene.lines, WAITS=1.0)
    [row] = made.world.rows()
    assert row.state == "cleared"
    last = row.evidence[-1]
    assert last["name"] == "largest_position_weight_at_clearing"
    assert (last["threshold"], last["operator"]) == (None, None)
