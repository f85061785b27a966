"""A run that ends anywhere and goes on from its last checkpoint leaves the tables of one run."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import transforms.bar_columns as bar_columns
import transforms.book_market as book_market
import transforms.book_shelf as book_shelf
from tests.transforms.flows import TO_THE_BOOK, Event, hair_trigger
from tests.transforms.minute_worlds import a_world_of_trades
from tests.transforms.restarts import LongFlow, Tables, documents, intervals
from tests.transforms.test_properties_flow import BRIEFLY, SEEDS
from tests.transforms.worlds import World, a_world, arrivals

WORLDS: dict[str, Callable[[int], World]] = {
    "hours and days": lambda seed: a_world(seed, hourly=True),
    "days": lambda seed: a_world(seed, hourly=False),
    "trades": a_world_of_trades,
}
PLACES = st.lists(st.floats(0.02, 0.98), min_size=1, max_size=3)
PACES = st.lists(st.integers(20, 90), min_size=3, max_size=4)
SOON = {book_shelf: (1, 3), book_market: (2, 5)}  # RECENT, SPARSE


def flow(world: World, **options: Any) -> LongFlow:
    reprice = options.pop("reprice_bps", 0.0)
    made = LongFlow(*intervals(world), policy=hair_trigger(reprice_bps=reprice), **options)
    made.begin()
    return made


def restarted(found: LongFlow, told: list[Event]) -> None:
    """Restart, and be told all documents again: nothing changes by it."""
    found.restart()
    found.commit(documents(told))
    assert found.told.pop() == {}


def with_restarts(
    found: LongFlow, events: list[Event], marks: list[int], paces: list[int]
) -> LongFlow:
    """Go on to each mark and restart there, each time at another pace."""
    start = 0
    for number, mark in enumerate([*marks, len(events)]):
        found.go(events[start:mark], paces[number % len(paces)])
        if mark < len(events):
            restarted(found, events[:mark])
        start = mark
    return found


def assert_same(found: Tables, expected: Tables) -> None:
    assert found.keys() == expected.keys()
    for name, table in expected.items():
        assert found[name] == table, name


@pytest.mark.parametrize("kind", WORLDS)
@settings(BRIEFLY, max_examples=2)
@given(
    seed=SEEDS,
    order=SEEDS,
    places=PLACES,
    paces=PACES,
    forming=st.booleans(),
    reprice_bps=st.sampled_from([0.0, 25.0]),
)
def test_tables_do_not_show_where_a_run_has_ended(
    kind: str,
    seed: int,
    order: int,
    places: list[float],
    paces: list[int],
    **options: Any,
) -> None:
    world = WORLDS[kind](seed)
    events = arrivals(order, world)
    marks = sorted({int(place * len(events)) for place in places})
    whole = flow(world, **options).go(events, paces.pop())
    parts = with_restarts(flow(world, **options), events, marks, paces)
    moved = ("positions", "risk")  # told when they have moved enough: it depends on the commits
    assert_same(
        *({name: rows for name, rows in one.final().items() if name not in moved}
          for one in (parts, whole))
    )  # fmt: skip
    assert_same(parts.end(), whole.end())


@pytest.mark.parametrize("kind", [*WORLDS, "trades alone"])
@settings(BRIEFLY, max_examples=1)
@given(seed=SEEDS, order=SEEDS, pace=st.integers(20, 60), stops=st.sets(st.integers(0, 9)))
def test_every_commit_after_a_restart_tells_what_it_would_have_told(
    monkeypatch: pytest.MonkeyPatch, kind: str, seed: int, order: int, pace: int, stops: set[int]
) -> None:
    alone = kind == "trades alone"
    world = WORLDS["trades" if alone else kind](seed)
    events = arrivals(order, world)
    options: dict[str, Any] = {"reprice_bps": 25.0, "forming": seed % 2 == 0}
    with monkeypatch.context() as patch:
        if alone:  # then old bars and instants are let go
            events = [event for event in events if event[0] == "trade" or event[0] in TO_THE_BOOK]
            options |= {"keep": 8, "history": False}
            let_go_soon(patch)
        whole, parts = flow(world, **options), flow(world, **options)
        for number, start in enumerate(range(0, len(events), pace)):
            if number in stops:
                restarted(parts, events[:start])
            for one in (whole, parts):
                one.commit(events[start : start + pace])
            assert parts.told == whole.told
        assert_same(parts.end(), whole.end())
        assert parts.told == whole.told


def let_go_soon(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(bar_columns, "ROOM", 4)
    for module, (recent, sparse) in SOON.items():
        patch.setattr(module, "RECENT", recent)
        patch.setattr(module, "SPARSE", sparse)
