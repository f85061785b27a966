"""What requests are judged on: followed without an end, and told anew after a restart."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pathway as pw
import pytest

from pipeline.analyst import LatestStates
from serving.views import ColdView
from tests.transforms.flows import hair_trigger
from tests.transforms.minute_worlds import a_world_of_trades
from tests.transforms.restarts import LongFlow
from tests.transforms.worlds import SYMBOLS, arrivals
from transforms.book_core import Book
from transforms.book_sessions import SESSIONS_KEPT
from transforms.market_delta import BOOK_FIELDS, ROW_FIELDS, MarketDelta
from transforms.portfolio.documents import read_document
from transforms.series import MarketDeltas
from transforms.sessions import DAY, MINUTE

Row = tuple[Any, ...]
SYMBOLS_ASKED = [*SYMBOLS, "Z"]


def row_of(seq: int, delta: MarketDelta) -> Row:
    """A row of MarketDeltas, in a commit of its own."""
    cells = (delta.names, delta.rows, delta.daily, [], delta.clock, delta.drained)
    return (0, *cells, seq, delta.checkpoint, 2 * (1 + seq), 1)


def follow(states: LatestStates, rows: Sequence[Row]) -> list[int]:
    """Let states follow a run to its end; the marks it came to."""
    marks: list[int] = []
    table = pw.debug.table_from_rows(MarketDeltas, list(rows), is_stream=True)
    states.follow(table, marks.append)
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)
    pw.internals.parse_graph.G.clear()
    return marks


def assert_alike(found: LatestStates, expected: LatestStates) -> None:
    as_of, states = found.current()
    other_as_of, other_states = expected.current()
    assert as_of == other_as_of
    assert states.keys() == other_states.keys()
    for symbol, fields in states.items():
        np.testing.assert_equal(dict(fields), dict(other_states[symbol]), err_msg=symbol)
    for one, other in zip(found.closes(SYMBOLS_ASKED), expected.closes(SYMBOLS_ASKED), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.fixture(scope="module")
def told() -> tuple[list[Row], dict[int, MarketDelta]]:
    """The deltas of a run, and what its book tells again after some of them."""
    world = a_world_of_trades(4)
    flow = LongFlow("1m", "1d", policy=hair_trigger())
    flow.begin()
    events, rows, again = arrivals(8, world), [], {}
    for number, start in enumerate(range(0, len(events), 40)):
        delta, _ = flow.commit(events[start : start + 40])
        closed = MarketDelta(
            delta.labels, delta.book, flow.shard.clock, False, number, delta.daily, checkpoint=7
        )
        rows.append(row_of(number, closed))
        flow.restart()
        again[number] = flow.book.book.retold()
    return rows, again


@pytest.mark.parametrize("mark", [1, 3, 5])
def test_after_a_restart_requests_are_judged_on_what_they_would_have_been(
    told: tuple[list[Row], dict[int, MarketDelta]], mark: int
) -> None:
    rows, again = told
    whole, parts = LatestStates(), LatestStates()
    follow(whole, rows[: mark + 1])
    parts.restart(again[mark])
    assert_alike(parts, whole)
    assert len(parts.closes(SYMBOLS_ASKED)[0]) > 4
    follow(whole, rows[mark + 1 :])
    follow(parts, rows[mark + 1 :])
    assert_alike(parts, whole)


def test_marks_are_told_as_the_run_comes_to_them(
    told: tuple[list[Row], dict[int, MarketDelta]],
) -> None:
    rows, _ = told
    assert follow(LatestStates(), rows) == [7] * len(rows)


def test_a_restart_forgets_what_no_checkpoint_knows() -> None:
    states = LatestStates()
    rows = np.zeros((1, len(ROW_FIELDS)))
    rows[0, 1:3] = DAY, 1.0
    daily = np.array([[0, DAY, 1.0, 5.0, 1.0]])
    states.restart(MarketDelta(["A"], rows, 0, False, 0, daily))
    assert states.current() == (DAY, {"A": dict.fromkeys(BOOK_FIELDS, 0.0)})
    states.restart(None)
    with pytest.raises(ColdView):
        states.current()
    assert states.as_of is None
    assert len(states.closes(["A"])[0]) == 0


def test_sessions_are_known_before_the_first_bar() -> None:
    states, empty = LatestStates(), np.empty((0, len(ROW_FIELDS)))
    daily = np.array([[0, DAY, 1.0, 5.0, 1.0]])
    states.restart(MarketDelta(["A"], empty, 0, False, 0, daily))
    with pytest.raises(ColdView):
        states.current()
    ends, closes = states.closes(["A", "B"])
    assert ends.tolist() == [DAY]
    np.testing.assert_array_equal(closes, [[5.0, np.nan]])


def test_as_many_sessions_are_told_again_as_are_shown() -> None:
    states, book, days = LatestStates(), Book(hair_trigger(), keep=16), SESSIONS_KEPT + 50
    book.apply_holdings([read_document("p", 1, 0, b'[{"symbol": "A", "quantity": 1}]')])
    daily = np.array([[0, DAY * (1 + day), 1.0, 5.0 + day, 1.0] for day in range(days)])
    rows = np.ones((200, len(ROW_FIELDS)))
    rows[:, 0], rows[:, 1] = 0.0, DAY * days + MINUTE * np.arange(200)
    book.apply_market(MarketDelta(["A"], rows, 0, False, 0, daily))
    book.take_changes()
    assert len(book.sessions.ends) < days
    states.restart(book.retold())
    ends, closes = states.closes(["A"])
    assert ends.tolist() == daily[-SESSIONS_KEPT:, 1].tolist()
    assert closes[:, 0].tolist() == daily[-SESSIONS_KEPT:, 3].tolist()
