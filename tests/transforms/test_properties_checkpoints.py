"""A run that ends anywhere and goes on from its last checkpoint leaves the tables of one run."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import transforms.bar_columns as bar_columns
import transforms.book_market as book_market
import transforms.book_shelf as book_shelf
from tests.transforms.chances import BRIEFLY, SEEDS
from tests.transforms.flows import TO_THE_BOOK, Event, hair_trigger
from tests.transforms.minute_worlds import a_world_of_trades
from tests.transforms.restarts import LongFlow, Tables, documents, intervals
from tests.transforms.worlds import World, a_world, arrivals

WORLDS: dict[str, Callable[[int], World]] = {
    "hours and days": lambda seed: a_world(seed, hourly=True),
    "days": lambda seed: a_world(seed, hourly=False),
    "trades": a_world_of_trades,
}
KINDS = st.sampled_from(list(WORLDS))
PACES = st.integers(20, 90)  # events of a commit
OPTIONS = st.fixed_dictionaries(
    {"forming": st.booleans(), "reprice_bps": st.sampled_from([0.0, 25.0])}
)
SOON = {book_shelf: (1, 3), book_market: (2, 5)}  # RECENT, SPARSE


def flow(world: World, *, reprice_bps: float, **options: Any) -> LongFlow:
    policy = hair_trigger(reprice_bps=reprice_bps)
    made = LongFlow(*intervals(world), policy=policy, **options)
    made.begin()
    return made


def restarted(found: LongFlow, told: Sequence[Event]) -> None:
    """Restart, and be told all documents again: nothing changes by it."""
    found.restart()
    found.commit(documents(told))
    assert found.told.pop() == {}


def assert_same(found: Tables, expected: Tables) -> None:
    assert found.keys() == expected.keys()
    for name, table in expected.items():
        assert found[name] == table, name


def assert_places_leave_no_trace(
    world: World,
    events: Sequence[Event],
    marks: Sequence[int],
    paces: Sequence[int],
    options: dict[str, Any],
) -> None:
    """Restart at places of events, each run at its own pace; the first pace is of one whole run."""
    whole, parts = flow(world, **options).go(events, paces[0]), flow(world, **options)
    start = 0
    for number, mark in enumerate([*marks, len(events)], 1):
        if start:
            restarted(parts, events[:start])
        parts.go(events[start:mark], paces[number % len(paces)])
        start = mark
    moved = ("positions", "risk")  # told when they have moved enough since: commits tell when
    parted, expected = (
        {name: rows for name, rows in one.final().items() if name not in moved}
        for one in (parts, whole)
    )
    assert_same(parted, expected)
    assert_same(parts.end(), whole.end())


@settings(BRIEFLY, max_examples=3)
@given(
    kind=KINDS,
    seed=SEEDS,
    order=SEEDS,
    places=st.sets(st.floats(0.02, 0.98), min_size=1, max_size=3),
    paces=st.lists(PACES, min_size=2, max_size=4),
    options=OPTIONS,
)
def test_tables_do_not_show_where_a_run_has_ended(
    kind: str, seed: int, order: int, places: set[float], paces: list[int], options: dict[str, Any]
) -> None:
    world = WORLDS[kind](seed)
    events = arrivals(order, world)
    marks = sorted({int(place * len(events)) for place in places})
    assert_places_leave_no_trace(world, events, marks, paces, options)


def assert_commits_tell_the_same(
    world: World,
    events: Sequence[Event],
    stops: set[int],
    pace: int,
    options: dict[str, Any],
) -> LongFlow:
    """Restart before some commits: each one tells what it would have told, logs and all."""
    whole, parts = flow(world, **options), flow(world, **options)
    for number, start in enumerate(range(0, len(events), pace)):
        if number in stops:
            restarted(parts, events[:start])
        for one in (whole, parts):
            one.commit(events[start : start + pace])
        assert parts.told == whole.told
    assert_same(parts.end(), whole.end())
    assert parts.told == whole.told
    return parts


STOPS = st.sets(st.integers(1, 9), min_size=2)


@settings(BRIEFLY, max_examples=2)
@given(kind=KINDS, seed=SEEDS, order=SEEDS, stops=STOPS, pace=PACES, options=OPTIONS)
def test_every_commit_after_a_restart_tells_what_it_would_have_told(
    kind: str, seed: int, order: int, stops: set[int], pace: int, options: dict[str, Any]
) -> None:
    world = WORLDS[kind](seed)
    assert_commits_tell_the_same(world, arrivals(order, world), stops, pace, options)


def assert_let_go_alike(seed: int, order: int, stops: set[int], pace: int) -> LongFlow:
    """The same of a run that keeps but the last bars and instants."""
    world, options = a_world_of_trades(seed), {"reprice_bps": 25.0, "keep": 8, "history": False}
    kinds = {"trade", "gap", *TO_THE_BOOK}
    events = [event for event in arrivals(order, world) if event[0] in kinds]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bar_columns, "ROOM", 4)
        for module, (recent, sparse) in SOON.items():
            patch.setattr(module, "RECENT", recent)
            patch.setattr(module, "SPARSE", sparse)
        return assert_commits_tell_the_same(world, events, stops, pace, options)


def test_a_run_that_has_let_go_of_its_past_goes_on_alike() -> None:
    parts = assert_let_go_alike(1, 1, {2, 4, 5}, 30)
    assert parts.book.book.market.forgotten > 0
    assert parts.shard.series["1m"].history.dropped.any()
