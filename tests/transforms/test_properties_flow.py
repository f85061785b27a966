"""Market and book together: what arrives late, wrong or twice leaves no trace in the end."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import transforms.book_market as book_market
import transforms.book_shelf as book_shelf
from tests.transforms.chances import BRIEFLY, SEEDS
from tests.transforms.flows import TO_THE_BOOK, Event, Flow, hair_trigger
from tests.transforms.soundness import (
    assert_advice_is_sound,
    assert_risk_is_sound,
    assert_weights_add_up,
)
from tests.transforms.worlds import HOUR, World, a_world, arrivals
from transforms.advice.rows import AdviceRow
from transforms.book_once import POSITION
from transforms.sessions import DAY

Tables = dict[str, dict[Any, Any]]
MARKS = ((book_shelf, (8, 64), (1, 3)), (book_market, (16, 64), (2, 5)))


def told_in_order(world: World) -> Tables:
    return Flow(*intervals(world), policy=hair_trigger()).run(world.told_in_order())


def intervals(world: World) -> tuple[str, ...]:
    return ("1h", "1d") if world.interval == "1h" else ("1d",)


@pytest.mark.parametrize("hourly", [True, False], ids=["hours and days", "days"])
@settings(BRIEFLY, max_examples=4)
@given(seed=SEEDS, order=SEEDS, every=st.integers(10, 80), sparse=st.booleans())
def test_any_arrival_gives_the_tables_of_a_world_that_was_told_in_order(
    monkeypatch: pytest.MonkeyPatch, hourly: bool, seed: int, order: int, every: int, sparse: bool
) -> None:
    world = a_world(seed, hourly=hourly)
    events = arrivals(order, world)
    expected = told_in_order(world)
    with monkeypatch.context() as patch:
        for module, usual, few in MARKS:
            recent, marks = few if sparse else usual
            patch.setattr(module, "RECENT", recent)
            patch.setattr(module, "SPARSE", marks)
        flow = Flow(*intervals(world), policy=hair_trigger(reprice_bps=25.0))
        assert_same(flow.run(events, range(every, len(events), every)), expected)


def assert_same(found: Tables, expected: Tables) -> None:
    assert found.keys() == expected.keys()
    for name, table in expected.items():
        assert found[name] == table, name


LAST: dict[str, Callable[[Event], bool]] = {
    **{kind: lambda event, kind=kind: event[0] == kind for kind in (*TO_THE_BOOK, "check")},
    "action": lambda event: event[0] == "action",
    "gap": lambda event: event[0] == "gap",
    "whole day": lambda event: event[:2] == ("bar", "1d"),
    "bar": lambda event: event[:3] == ("bar", "1h", "A") and event[3] % DAY == 6 * HOUR,
}


@pytest.mark.parametrize("what", LAST)
@settings(BRIEFLY, max_examples=2)
@given(seed=SEEDS, order=st.randoms(use_true_random=False))
def test_what_comes_last_of_all_revises_all_that_rests_on_it(
    what: str, seed: int, order: Any
) -> None:
    world = a_world(seed, hourly=True)
    events = world.told_in_order()
    before = [event for event in events if not LAST[what](event)]
    after = [event for event in events if LAST[what](event)]
    order.shuffle(after)
    flow = Flow(*intervals(world), policy=hair_trigger())
    cuts = [len(before) + place for place in range(len(after))][-4:]
    assert_same(flow.run([*before, *after], cuts), told_in_order(world))


SOME = [
    a_world(seed, hourly=hourly) for seed, hourly in ((3, False), (13, False), (1, True), (2, True))
]


@pytest.fixture(scope="module")
def several() -> list[Tables]:
    return [told_in_order(world) for world in SOME]


def test_the_worlds_are_worth_their_time(several: list[Tables]) -> None:
    rows: Counter[str] = Counter()
    for tables in several:
        rows.update({name: len(table) for name, table in tables.items()})
    everything = {"rows", "signals", "adjustments", "daily", "book", "advice", "versions"}
    everything |= {"instants", "positions", "risk", "rejects", "gaps"}
    assert set(rows) == everything
    said = {(row.rule_id, row.state) for tables in several for row in tables["advice"].values()}
    rules = hair_trigger().rules
    assert {state for _, state in said} == {"open", "cleared", "withheld", "not_evaluated"}
    assert set(rules) - {rule for rule, _ in said} <= {"G01", "G07", "D03"}
    assert any(one.removed for tables in several for one in tables["versions"].values())
    refused = {row.reason for tables in several for row in tables.get("rejects", {}).values()}
    assert {"unknown_symbol"} <= refused <= {"unknown_symbol", "no_exchange_rate"}


def test_every_row_of_risk_and_positions_is_sound(several: list[Tables]) -> None:
    scored = 0
    for tables in several:
        risks = tables.get("risk", {}).values()
        rows = tables.get("positions", {}).values()
        assert_weights_add_up([dict(zip(POSITION, row, strict=True)) for row in rows], risks)
        for row in risks:
            assert_risk_is_sound(row)
            scored += row["risk_score"] is not None
    assert scored > 0


def test_every_number_of_advice_is_one(several: list[Tables]) -> None:
    for tables in several:
        for row in tables["advice"].values():
            assert_advice_is_sound(row.columns() | nested(row))
        for one in tables["versions"].values():
            assert_advice_is_sound(one.row.columns() | nested(one.row))


def nested(row: AdviceRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("evidence", "suggestion", "clears_if")}
