"""P09 to P14 where something is not known: what they say, and whether they say it again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.transforms.advice.risk_scenes import ALL_IN, KNOWN, ONLY, RISK_SCENES, moving
from tests.transforms.advice.scenes import Scene

StageOf = Callable[..., Any]


@pytest.mark.parametrize("rule", ["P09", "P10", "P11", "P12", "P13", "P14"])
def test_short_history_is_told_without_numbers_that_run(stage: StageOf, rule: str) -> None:
    closed = {name: prices[-30:] for name, prices in moving(0.02, "A", "B").items()}
    closed["INDEX"] = closed["A"]
    made = stage(
        Scene((rule, ""), **ALL_IN, closes=closed, risk=RISK_SCENES["P14, above"].risk),
        *(rule, "D03"),
    )
    made.show()
    [row] = made.world.rows(rule)
    assert (row.state, row.cause) == ("not_evaluated", "D03 short_history")
    assert row.sentence == (
        "Not evaluated: there are fewer than 60 sessions common to all holdings."
    )
    assert [(way["what"], way["value"]) for way in row.clears_if] == [("bar", 60)]
    made.scene.later = {name: [prices[-1]] for name, prices in closed.items()}
    made.show()
    assert made.world.rows(rule) == [row]  # one session more is no news


def test_the_holding_that_is_too_young_is_named(stage: StageOf) -> None:
    closed = moving(0.02, "A", "B", "C2")
    closed["C2"] = [float("nan")] * 61 + closed["C2"][61:]
    lines = {"A": 6.0, "B": 4.0, "C2": 1.0}
    made = stage(Scene(("P12", ""), lines, closes=closed), "P12", "D03").show()
    [row] = made.world.rows("P12")
    assert row.sentence == (
        "Not evaluated: there are fewer than 60 sessions common to all holdings (too few of C2)."
    )


def test_another_reason_is_told_as_soon_as_it_is_the_reason(stage: StageOf) -> None:
    """Sixty sessions are there, and now the benchmark is missing; beta is unknown throughout."""
    closed = {name: prices[:60] for name, prices in moving(0.02, "A", "B").items()}
    made = stage(Scene(("P14", ""), **ALL_IN, closes=closed), "P14", "D03").show()
    assert made.world.one("P14").cause == "D03 short_history"
    made.scene.later = {name: [prices[-1]] for name, prices in closed.items()}
    made.show()
    assert made.world.one("P14").sentence == "Not evaluated: no benchmark."
    young = made.world.document("p", 100, {"A": 6.0, "YOUNG": 1.0})
    made.close(20, "YOUNG").world.close(100, "A", "B", "YOUNG")
    made.world.book.apply_holdings([young])
    assert "(too few of YOUNG)" in made.world.settle().one("P14").sentence


def test_without_a_benchmark_beta_is_not_evaluated(stage: StageOf) -> None:
    scene = replace(RISK_SCENES["P14, above"], risk=RISK_SCENES["P10"].risk)
    made = stage(scene, "P14", "D03").show(3)
    [row] = made.world.rows("P14")
    assert (row.state, row.sentence) == ("not_evaluated", "Not evaluated: no benchmark.")


def test_too_young_a_benchmark_is_told_apart_from_too_young_a_holding(stage: StageOf) -> None:
    scene = replace(RISK_SCENES["P14, above"])
    scene.closes = scene.closes | {
        "INDEX": [float("nan")] * 40 + scene.closes["INDEX"][40:],
    }
    made = stage(scene, "P14", "P12", "D03").show()
    [row] = made.world.rows("P14")
    assert row.sentence == (
        "Not evaluated: there are fewer than 60 sessions common to the benchmark and all holdings."
    )
    assert made.world.rows("P12", "not_evaluated") == []


def test_a_portfolio_that_does_not_move_is_calm_and_not_unknown(stage: StageOf) -> None:
    still = {name: [100.0] * 81 for name in "AB"}
    made = stage(Scene(("P10", ""), **ALL_IN, closes=still), "P10", "P12", "P13", "G05", "G06")
    made.show(3)
    assert [row.rule_id for row in made.world.rows()] == ["G05", "G06"]
    assert {row.state for row in made.world.rows()} == {"open"}


def test_cash_alone_is_neither_risky_nor_strong(stage: StageOf) -> None:
    rules = [*(f"P{number:02}" for number in range(9, 15)), *(f"G0{n}" for n in range(1, 9))]
    made = stage(Scene(("P10", ""), {"INR": 100.0}, KNOWN), *rules, "D03")
    assert made.show(3).world.rows() == []


@pytest.mark.parametrize(
    ("lines", "volatility", "states"),
    [
        ({"A": 6.0, "WHO": 4.0}, 0.3, ["open"]),  # six tenths are no crypto
        ({"A": 4.0, "WHO": 6.0}, 0.3, ["not_evaluated"]),  # 0.3 is too much unless it is crypto
        ({"A": 4.0, "WHO": 6.0}, 0.2, []),  # whatever it is
        ({"A": 4.0, "WHO": 6.0}, 0.61, ["open"]),
        ({"COIN": 6.0, "WHO": 4.0}, 0.6, []),
        ({"COIN": 6.0, "WHO": 4.0}, 0.61, ["open"]),
        ({"COIN": 5.0, "A": 5.0}, 0.3, ["open"]),  # not more than half
        ({"COIN": 3.0, "A": 2.0, "INR": 900.0}, 0.3, []),  # cash aside
    ],
)
def test_what_is_not_known_to_be_crypto_may_be(
    stage: StageOf, lines: dict[str, float], volatility: float, states: list[str]
) -> None:
    facts = KNOWN | {"COIN": RISK_SCENES["P10, crypto"].facts["A"]}
    made = stage(Scene(("P10", ""), lines, facts, numbers={"volatility": volatility}))
    made.show()
    assert [row.state for row in made.world.rows("P10")] == states
    for row in made.world.rows("P10", "not_evaluated"):
        assert row.cause == "no_asset_class"
        assert row.sentence == "Not evaluated: no asset class known of 1 (WHO)."


def test_a_portfolio_that_turns_into_a_crypto_one_is_held_to_the_other_target(
    stage: StageOf,
) -> None:
    facts = KNOWN | {"COIN": RISK_SCENES["P10, crypto"].facts["A"]}
    made = stage(Scene(("P10", ""), ONLY, facts, numbers={"volatility": 0.7}, measure="volatility"))
    made.show()
    made.scene.lines = {"COIN": 6.0, "A": 4.0}
    made.show()
    found = {row.state: row for row in made.world.rows("P10")}
    assert found["open"].sentence.startswith(
        "At its present weights the portfolio has a volatility of 70 % a year over 80 sessions, "
        "above the target of 60 % for a portfolio that is mostly crypto."
    )
    assert found["cleared"].evidence[-1]["threshold"] is None  # 0.7 is not within 0.18
