import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.transforms.advice.scenes import SCENES
from transforms.advice.evidence import Evidence
from transforms.advice.sentences import format_number, format_value, listed, render

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?")
UNITS = {"2X": 20.0, "B7": 12.0, "3MINDIA": 3.0, "D": 20.0}
SECTORS = {"2X": "Sector 9", "B7": "Sector 9", "3MINDIA": "Sector 9", "D": ""}


def numbers_in(sentence: str, names: Sequence[str]) -> list[str]:
    """The numbers of a sentence as text, after taking out ``names`` (symbols may hold digits)."""
    for name in sorted(names, key=len, reverse=True):
        if name:
            sentence = sentence.replace(name, " ")
    return NUMBER.findall(sentence)


def numbers_of(evidence: Evidence) -> set[str]:
    """Every number of a piece of evidence, as sentences would show it."""
    shown = [format_value(evidence)]
    if evidence.threshold is not None:
        shown.append(format_number(evidence.threshold, evidence.unit))
    found = {number for text in shown for number in NUMBER.findall(text)}
    return found | {str(number) for number in (evidence.window, evidence.n) if number is not None}


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.10534, "fraction", "10.53 %"),
        (0.1, "fraction", "10 %"),
        (1574.0, "price", "1,574.00"),
        (0.00012345678, "price", "0.000123457"),
        (0.25, "ratio", "0.25"),
        (-3.456, "sigma", "-3.46"),
        (-0.001, "sigma", "0"),
        (2.0, "bars", "2"),
        (2.5, "bars", "2.5"),
        (0.21, "units", "0.21"),
        (1234567.891, "INR", "INR 1,234,567.89"),
        (12.5, "", "12.50"),
    ],
)
def test_numbers_are_shown_by_their_unit(value: float, unit: str, text: str) -> None:
    assert format_number(value, unit) == text


@pytest.mark.parametrize(
    ("value", "threshold", "unit", "text"),
    [
        (0.10003, 0.1, "fraction", "10.003 %"),
        (0.1, 0.1, "fraction", "10 %"),
        (0.1234, 0.1, "fraction", "12.34 %"),
        (70.0004, 70.0, "points", "70.0004"),
        (1573.999, 1574.0, "price", "1,573.999"),
        (3.5, None, "sigma", "3.5"),
    ],
)
def test_a_value_is_never_shown_as_its_threshold_unless_it_is_that(
    value: float, threshold: float | None, unit: str, text: str
) -> None:
    assert format_value(Evidence("x", value, unit, threshold, ">")) == text


def test_a_template_is_filled_from_evidence_and_texts_alone() -> None:
    piece = Evidence("rsi_14", 72.25, "points", 70.0, ">", 14)
    text = render("{subject}: RSI({rsi_14.window}) {rsi_14} > {rsi_14.threshold}",
                  {"subject": "{rsi_14}"}, [piece])  # fmt: skip
    assert text == "{rsi_14}: RSI(14) 72.25 > 70"


def test_evidence_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        render("{rsi_14}", {}, [])


def test_numbers_are_found_behind_brackets_and_currencies_but_not_inside_words() -> None:
    assert numbers_in("RSI(14) of M3X is -2.5, INR 1,200.00 at 3.5 %.", ["M3X"]) == [
        "14", "-2.5", "1,200.00", "3.5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "text"),
    [(["A"], "A"), (["A", "B"], "A and B"), (list("ABCDEFG"), "A, B, C, D, E and others")],
)
def test_long_lists_are_cut(names: list[str], text: str) -> None:
    assert listed(names) == text


def check_numbers(row: Any, names: Sequence[str]) -> int:
    """Every number of the sentence is a number of the evidence; how many there are."""
    numbers = numbers_in(row.sentence, names)
    allowed = set().union(*(numbers_of(Evidence(**piece)) for piece in row.evidence))
    assert set(numbers) <= allowed, row.sentence
    return len(numbers)


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("wording", ["factual", "imperative"])
def test_every_number_of_every_rules_sentence_is_a_number_of_its_evidence(
    stage: Callable[..., Any], name: str, wording: str
) -> None:
    """And so is each of the rows that say what could not be told, or that clear."""
    scene = SCENES[name]
    made = stage(scene, *{scene.opens[0], "D01", "D02", "D03"}, wording=wording).show(7)
    made.close(6, *list(scene.lines)[:2])  # withheld
    made.scene.lines = {**scene.lines, "WAITS4": 7.0}
    made.scene.bars = {}
    made.scene.silent = ("WAITS4",)
    made.show(3)  # not evaluated
    made.scene.lines = {"A": 1.0}
    made.show(3)  # mostly cleared
    facts = [fact for fact in scene.facts.values()]
    subjects = {fact.sector for fact in facts} | {fact.asset_class for fact in facts}
    names = [*scene.lines, *scene.targets, "WAITS4", "USD", *subjects]
    seen = {row.advice_id: row for row in made.world.rows()} | made.world.ever
    found = [check_numbers(row, names) for row in seen.values()]
    assert sum(found) > 0


@pytest.mark.parametrize("wording", ["factual", "imperative"])
def test_every_number_of_every_sentence_is_a_number_of_its_evidence(
    world: Callable[..., Any], wording: str
) -> None:
    made = world(wording=wording, unknown_after_bars=2).describe(**SECTORS).hold(**UNITS, NOPE=1.0)
    moves = [
        {},
        {"rsi_14": 75.123, "bb_percent_b": 1.234},
        {"rsi_14": 12.345, "bb_percent_b": -0.04},
        {"close": 80.5, "adx_14": 31.9, "plus_di_14": 10.0, "minus_di_14": 25.75},
        {"close": 0.0123, "highest_close_22": 0.05, "atr_22": 0.001},
        {"robust_z_250": -4.56},
        {"robust_z_250": 7.0, "count": 100.0},
        {"robust_z_250": float("nan")},
    ]
    for minute, move in enumerate(moves, 1):
        made.close(minute, "B7", "3MINDIA", "D", **{"2X": move})
    for minute in range(9, 14):
        made.close(minute, "B7", "3MINDIA", "D")
    names = [*UNITS, "NOPE", *SECTORS.values()]
    rules, found = set(), 0
    seen = {row.advice_id: row for row in made.rows()} | made.ever
    for row in seen.values():
        rules.add((row.rule_id, row.state))
        found += check_numbers(row, names)
    assert {rule for rule, _ in rules} == {
        "P01", "P02", "P03", "P04", "S01", "S02", "S03", "S05", "D01",
    }  # fmt: skip
    assert ("P01", "not_evaluated") in rules
    assert found > 60
