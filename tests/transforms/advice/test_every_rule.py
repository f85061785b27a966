"""What holds for each rule of the registry, in the scenes of ``scenes``."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.transforms.advice.risk_scenes import EVERY as SCENES
from tests.transforms.advice.risk_scenes import GOOD
from tests.transforms.advice.scenes import Scene
from tests.transforms.advice.ways import apply
from transforms.advice.evidence import Evidence
from transforms.advice.registry import RULES

StageOf = Callable[..., Any]
NAMES = pytest.mark.parametrize("name", SCENES)
BOTH = pytest.mark.parametrize("wording", ["factual", "imperative"])


def test_every_rule_of_the_registry_has_a_scene() -> None:
    assert {scene.opens[0] for scene in SCENES.values()} == {rule.rule_id for rule in RULES}


def test_rules_are_told_apart_by_id_and_measure() -> None:
    names = [(rule.rule_id, getattr(rule, "measure", "")) for rule in RULES]
    assert len(set(names)) == len(names)


@NAMES
def test_its_scene_opens_one_row_that_says_how_to_clear_it(stage: StageOf, name: str) -> None:
    row = stage(SCENES[name]).open().opened()
    assert row.clears_if
    assert all(np.isfinite(way["value"]) for way in row.clears_if)
    assert all(way["closed_bars"] >= 1 for way in row.clears_if)


@NAMES
def test_evidence_says_what_the_rule_compared(stage: StageOf, name: str) -> None:
    row = stage(SCENES[name]).open().opened()
    pieces = [Evidence(**piece) for piece in row.evidence]
    compare = {
        ">": lambda value, limit: value > limit,
        "<": lambda value, limit: value < limit,
        ">=": lambda value, limit: value >= limit,
        "<=": lambda value, limit: value <= limit,
    }
    held = [p for p in pieces if p.operator and p.name != "sessions_missed"]
    assert held
    for piece in held:
        assert piece.threshold is not None
        assert compare[piece.operator](piece.value, piece.threshold), piece


@NAMES
def test_wording_is_factual_unless_it_is_switched(stage: StageOf, name: str) -> None:
    first, second = (
        stage(SCENES[name], wording=wording).open().opened().sentence
        for wording in ("factual", "imperative")
    )
    rule = SCENES[name].opens[0]
    untold = name in GOOD or name in {"P03, too few", "P04, unknown"}
    if rule in {"P02", "S01", "S05", "D01"} or untold:
        assert first == second  # nothing to ask for
    else:
        assert first != second


@NAMES
def test_each_way_to_clear_clears_and_not_a_bar_too_early(stage: StageOf, name: str) -> None:
    ways = stage(SCENES[name]).open().opened().clears_if
    for way in ways:
        shown = stage(SCENES[name]).open()
        opened = shown.opened()
        apply(shown.scene, way)
        shown.show(way["closed_bars"] - 1)
        if way["closed_bars"] > 1:
            assert shown.world.tables.advice[opened.advice_id].state == "open", way
        shown.close()
        assert shown.world.tables.advice[opened.advice_id].state == "cleared", way


def rests_on(scene: Scene) -> str:
    """A symbol whose price the rule's finding uses."""
    subject = scene.opens[1]
    return subject if subject in scene.lines else next(iter(scene.lines))


PRICED = pytest.mark.parametrize(
    "name",
    [name for name in SCENES if SCENES[name].opens[0] not in ("D01", "D02", "P16")
     and name not in ("P17, fund", "G08")],
)  # fmt: skip


@PRICED
def test_it_is_withheld_while_a_price_is_too_old_and_comes_back(stage: StageOf, name: str) -> None:
    made = stage(SCENES[name], SCENES[name].opens[0], "D01").show(7)
    before, symbol = made.opened(), rests_on(made.scene)
    made.close(6, symbol)
    [row] = made.rows()
    assert (row.state, row.cause, row.advice_id) == ("withheld", f"D01 {symbol}", before.advice_id)
    made.close()
    assert made.rows() == [before]


@PRICED
def test_it_is_withheld_while_its_last_bar_has_a_gap_and_comes_back(
    stage: StageOf, name: str
) -> None:
    made = stage(SCENES[name], SCENES[name].opens[0], "D01").open()
    before, symbol = made.opened(), rests_on(made.scene)
    made.scene.bars.setdefault(symbol, {})["gap"] = 0.001
    made.close()
    [row] = made.rows()
    assert (row.state, row.cause, row.advice_id) == ("withheld", f"D01 {symbol}", before.advice_id)
    made.scene.bars[symbol]["gap"] = 0.0
    made.close()
    assert made.rows() == [before]


@PRICED
def test_it_is_withheld_while_two_sources_differ_and_comes_back(stage: StageOf, name: str) -> None:
    made = stage(SCENES[name], SCENES[name].opens[0], "D02").open()
    before, symbol = made.opened(), rests_on(made.scene)
    made.scene.bars.setdefault(symbol, {})["other_close"] = 1.006 * made.scene.price(symbol)
    made.close()
    [row] = made.rows()
    assert (row.state, row.cause, row.advice_id) == ("withheld", f"D02 {symbol}", before.advice_id)
    made.scene.bars[symbol]["other_close"] = 1.005 * made.scene.price(symbol)
    made.close()
    assert made.rows() == [before]


@PRICED
def test_nothing_opens_on_a_price_in_dispute(stage: StageOf, name: str) -> None:
    made = stage(SCENES[name], SCENES[name].opens[0], "D02", "D03")
    symbol = rests_on(made.scene)
    made.scene.bars.setdefault(symbol, {})["other_close"] = 1.2 * made.scene.price(symbol)
    made.show()
    assert made.world.rows(state="open") == made.world.rows("D02")
    withheld = made.world.rows(made.scene.opens[0], "withheld")
    if name in GOOD:
        assert withheld == []  # what is not claimed needs no word
        return
    assert {(row.subject, row.severity, row.cause) for row in withheld} == {
        ("", "alert", f"D02 {symbol}")
    }
    assert withheld[0].sentence == (f"Withheld: two sources differ on the price of 1 ({symbol}).")


@NAMES
def test_a_rule_that_is_off_says_nothing(stage: StageOf, name: str) -> None:
    shown = stage(SCENES[name], "D03")
    assert shown.open().rows() == []
