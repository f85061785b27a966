"""The versions of the book are its states at every instant, as a run up to there gives them."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import transforms.book_market as book_market
import transforms.book_shelf as book_shelf
from tests.transforms.test_book_order import LAST, SYMBOLS, arrivals, numbered, run, scenario
from transforms.advice.rows import AdviceRow
from transforms.advice.versions import RowVersion, VersionKey

MINUTE = 60_000_000


class Past:
    """Makes worlds and keeps the versions and instants that come out of the last one."""

    def __init__(self, world: Callable[..., Any]) -> None:
        self._world = world

    def __call__(self, *rules: Any, **policy: Any) -> Any:
        made = self._world(*rules, **policy)
        self.versions: dict[VersionKey, RowVersion] = {}
        self.instants: set[int] = set()
        apply = made.tables.apply

        def follow(changes: Any) -> None:
            for key in changes.versions_gone:
                del self.versions[key]
            for one in changes.versions:
                key = (one.row.advice_id, one.valid_from)
                assert self.versions.get(key) != one
                self.versions[key] = one
            self.instants -= set(changes.instants_gone)
            assert not self.instants & set(changes.instants)
            self.instants |= set(changes.instants)
            apply(changes)

        made.tables.apply = follow
        return made

    def at(self, time: int) -> dict[str, AdviceRow]:
        """The advice table as it stood at ``time``."""
        found: dict[str, AdviceRow] = {}
        for (advice_id, valid_from), one in sorted(self.versions.items(), key=lambda at: at[0][1]):
            if valid_from <= time:
                found[advice_id] = one.row
                if one.removed:
                    del found[advice_id]
        return found


def clean(bars: Any, documents: Any, until: int) -> list[Any]:
    """Documents, sectors and bars up to a minute, in order."""
    events = [("document", *document) for document in documents if document[1] <= until]
    events += [("sector", symbol) for symbol in SYMBOLS[1:]]
    ordered = sorted(bars.items(), key=lambda item: item[0][1])
    return events + [
        ("bar", symbol, minute, 1, fields)
        for (symbol, minute), fields in ordered
        if minute <= until
    ]


def unended(world: Any, rules: Any, events: list[Any]) -> Any:
    """The same run without the end of the feed, which the last instant is judged with."""
    made: list[Any] = []

    def keep(*given: Any, **policy: Any) -> Any:
        made.append(world(*given, **policy))
        made[-1].end = lambda: made[-1]
        return made[-1]

    return run(keep, rules, events, set(), 0.0)


@pytest.mark.parametrize("kept", [(8, 64, 16, 64), (1, 3, 2, 5)])
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), order=st.integers(0, 10**6), every=st.integers(1, 40))
def test_versions_in_any_arrival_order_are_the_states_of_runs_up_to_each_minute(
    world: Callable[..., Any],
    rules: Any,
    monkeypatch: pytest.MonkeyPatch,
    kept: tuple[int, int, int, int],
    seed: int,
    order: int,
    every: int,
) -> None:
    with monkeypatch.context() as patch:
        for module, name, value in (
            (book_shelf, "RECENT", kept[0]),
            (book_shelf, "SPARSE", kept[1]),
            (book_market, "RECENT", kept[2]),
            (book_market, "SPARSE", kept[3]),
        ):
            patch.setattr(module, name, value)
        bars, plain = scenario(seed)
        documents, past = numbered(plain, world), Past(world)
        events = arrivals(order, bars, documents)
        made = run(past, rules, events, set(range(every, len(events), every)), 25.0)
        assert past.instants == {minute * MINUTE for _, minute in bars}
        assert past.at(10**18) == made.tables.advice
        last = max(minute for _, minute in bars)
        for minute in range(last):
            until = unended(world, rules, clean(bars, documents, minute))
            assert past.at(minute * MINUTE) == until.tables.advice, minute


def test_versions_are_told_once_and_leave_when_retention_has_let_the_book_forget(
    world: Callable[..., Any], rules: Any
) -> None:
    past = Past(world)
    made = past(rules)
    made.book.market.keep = 20
    made.hold(A=9.0, B=1.0)
    for minute in range(1, 400):
        made.close(minute, "B", A={"close": 100.0 if minute % 20 < 10 else 5.0})
    assert made.book.market.forgotten > 0
    assert past.at(15 * MINUTE) != past.at(395 * MINUTE)
    assert {one.row.state for one in past.versions.values()} >= {"open", "cleared"}
    writes = sum(len(block.shelf.history._writes) for block in made.book._blocks)
    assert writes < len(past.versions)
    assert len(past.instants) == 399


def test_the_scenario_is_worth_its_time(world: Callable[..., Any], rules: Any) -> None:
    found: list[RowVersion] = []
    for seed in range(6):
        bars, plain = scenario(seed)
        past = Past(world)
        run(past, rules, clean(bars, numbered(plain, world), LAST), set(), 0.0)
        found += past.versions.values()
    assert {one.row.state for one in found} == {"open", "cleared", "withheld", "not_evaluated"}
    assert any(one.removed for one in found)
