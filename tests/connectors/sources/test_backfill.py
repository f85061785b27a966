"""The feed of history alone: what it asks for, gives, remembers and gives up."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from connectors.sources.backfill import BackfillFeed
from connectors.sources.backfill_tries import Persistence
from connectors.sources.history import NOTHING, History, HistoryLost, HistorySpan
from connectors.sources.live_feed import FirstSight, LiveFeed, Position, Received, Rows
from connectors.sources.polled_rows import BAR
from connectors.sources.rejects import Reject
from tests.connectors.providers.replay_server import until

DAY = 86_400_000_000
T0 = 20_000 * DAY
SPAN = HistorySpan(timedelta(days=1), 400, "UTC")
SOON = Persistence(tries=3, first_pause=0.001, longest_pause=0.002)
NOW = 1_795_000_000.0
Opens = Callable[..., BackfillFeed]


def bars_of(*symbols: str, days: int = 2) -> pl.DataFrame:
    """Bars of the days before T0 and of its own day."""
    rows = [
        (line, symbol, T0 - day * DAY, 1.0, 3.0, 1.0, 2.0, 10.0)
        for symbol in symbols
        for line, day in enumerate(range(days, -1, -1), 1)
    ]
    return pl.DataFrame(rows, BAR, orient="row")


class Archive:
    """History of the symbols in ``known``; fails with ``failures`` before."""

    def __init__(self, known: str = "ABC", *failures: HistoryLost | History) -> None:
        self.known, self.failures = known, list(failures)
        self.asked: list[tuple[str, ...]] = []
        self.open = threading.Event()
        self.open.set()

    def __call__(self, symbols: Sequence[str]) -> History:
        self.asked.append(tuple(symbols))
        assert self.open.wait(10)
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, HistoryLost):
                raise failure
            return failure
        found = [symbol for symbol in symbols if symbol in self.known]
        return History(bars_of(*found), "days.csv", rejects=[Reject("days.csv", 7, "x", "raw")])


@pytest.fixture
def opens() -> Iterator[Opens]:
    """Opens feeds, and closes them in the end."""
    with ExitStack() as stack:

        def make(ask: Archive, position: Position | None = None, **how: Any) -> BackfillFeed:
            feed = BackfillFeed(ask, SPAN, **{"persistence": SOON, "wall": lambda: NOW, **how})
            stack.callback(feed.close)
            stack.callback(ask.open.set)
            feed.open(position)
            return feed

        yield make


def some(feed: LiveFeed) -> Received:
    """What it gives next."""
    found: list[Received] = []

    def came() -> bool:
        found.extend(filter(None, [feed.receive(0.05)]))
        return bool(found)

    until(came)
    return found[0]


def starts(received: Received) -> list[tuple[str, int]]:
    """Bars that were given: symbol and days before T0."""
    assert isinstance(received.messages, Rows)
    rows = received.messages.frame.select("symbol", "ts_event").rows()
    return sorted((symbol, (T0 - start) // DAY) for symbol, start in rows)


def test_it_is_a_feed_that_wants_to_hear_of_symbols_and_is_silent_until_then(opens: Opens) -> None:
    archive = Archive()
    feed = opens(archive)
    assert isinstance(feed, FirstSight)
    assert (feed.name, feed.kind) == ("backfill", "bars")
    assert feed.receive(0.0) is None
    assert archive.asked == []
    assert feed.status().state == "starting"
    assert not feed.status().vital


def test_the_bars_before_the_first_event_are_given_once(opens: Opens) -> None:
    archive = Archive()
    feed = opens(archive)
    feed.note({"A": T0 + 5, "B": T0 - DAY})
    received = some(feed)
    assert starts(received) == [("A", 1), ("A", 2), ("B", 2)]
    assert isinstance(received.messages, Rows)
    assert received.messages.name == "days.csv"
    assert received.position == {"A": "done", "B": "done"}
    assert feed.receive(0.01) is None
    assert len(archive.asked) == 1
    status = feed.status()
    assert (status.state, status.lag) == ("connected", 0)
    assert (status.counters["symbols"], status.counters["bars"]) == (2, 3)


def test_what_the_source_refuses_is_told_once_in_all_lives(opens: Opens) -> None:
    feed = opens(Archive())
    feed.note({"A": T0})
    assert [one.position for one in some(feed).rejects] == [7]
    feed.note({"B": T0})
    assert some(feed).rejects == []
    later = opens(Archive(), {"A": "done", "B": T0})
    assert some(later).rejects == []


def test_a_symbol_without_bars_is_done_too(opens: Opens) -> None:
    feed = opens(Archive())
    feed.note({"A": T0, "new": T0, "C": T0 - 9 * DAY})
    received = some(feed)
    assert starts(received) == [("A", 1), ("A", 2)]
    assert received.position == {"A": "done", "new": "done", "C": "done"}
    assert feed.status().counters["none"] == 2
    feed.note({"newer": T0})
    assert some(feed) == Received(None, {"newer": "done"}, [])


def test_a_later_life_asks_for_what_is_not_done_with_the_time_it_was_first_seen(
    opens: Opens,
) -> None:
    archive = Archive()
    feed = opens(archive, {"A": "done", "B": T0 - DAY})
    received = some(feed)
    assert archive.asked == [("B",)]
    assert starts(received) == [("B", 2)]


def test_asking_holds_up_neither_who_notes_nor_who_receives(opens: Opens) -> None:
    archive = Archive()
    archive.open.clear()
    feed = opens(archive)
    feed.note({"A": T0})
    until(lambda: feed.receive(0.0) is None and archive.asked)
    feed.note({"B": T0})
    assert feed.receive(0.001) is None
    assert feed.status().lag == 2
    archive.open.set()
    assert some(feed).position == {"A": "done"}
    assert some(feed).position == {"B": "done"}


def test_symbols_are_asked_about_in_batches(opens: Opens) -> None:
    archive = Archive()
    feed = opens(archive, batch=2)
    feed.note({"A": T0, "B": T0, "C": T0})
    assert some(feed).position == {"A": "done", "B": "done"}
    assert some(feed).position == {"C": "done"}
    assert archive.asked == [("A", "B"), ("C",)]


def test_a_failure_is_a_state_of_the_link_and_is_tried_again(opens: Opens) -> None:
    feed = opens(Archive("A", HistoryLost("the disk is away"), HistoryLost("still away")))
    feed.note({"A": T0})
    until(lambda: feed.receive(0.01) is None and feed.status().state == "away")
    assert feed.status().reason in ("the disk is away", "still away")
    assert starts(some(feed)) == [("A", 1), ("A", 2)]
    assert feed.status().state == "connected"
    assert feed.status().counters["failures"] == 2


def test_a_symbol_that_nothing_comes_of_goes_without_history_and_that_is_told(
    opens: Opens,
) -> None:
    archive = Archive("B", *[HistoryLost("away\nfor long")] * 3)
    feed = opens(archive)
    feed.note({"A": T0})
    received = some(feed)
    assert received.messages is None
    assert received.position == {"A": "done"}
    [reject] = received.rejects
    assert (reject.source, reject.reason) == ("backfill", "no_history")
    assert reject.raw == "A: away\nfor long"
    assert reject.position >= NOW * 1e6
    assert reject.ts_recv == NOW * 1e6
    assert feed.status().counters["given_up"] == 1
    assert archive.asked == [("A",)] * 3
    feed.note({"B": T0})
    assert starts(some(feed)) == [("B", 1), ("B", 2)]


def test_while_others_are_answered_nobody_is_given_up(opens: Opens) -> None:
    """A provider may answer a few symbols a minute."""
    archive = Archive("ABCDE")
    slow = [
        History(bars_of(done), "p", dict.fromkeys("ABCDE"[place + 1 :], "not called for 60 s"))
        for place, done in enumerate("ABCD")
    ]
    none = [HistoryLost("not called for 9 s")] * 2
    archive.failures = [slow[0], *none, slow[1], *none, slow[2], *none, slow[3]]
    feed = opens(archive)
    feed.note(dict.fromkeys("ABCDE", T0))
    found = [some(feed) for _ in range(5)]
    assert [list(one.position) for one in found] == [["A"], ["B"], ["C"], ["D"], ["E"]]
    assert all(one.messages is not None for one in found)
    assert feed.status().counters["given_up"] == 0


def test_between_failures_it_waits(opens: Opens) -> None:
    archive = Archive("A", HistoryLost("away"))
    clock = [50.0]
    slow = Persistence(first_pause=10.0)
    feed = opens(archive, persistence=slow, monotonic=lambda: clock[0])
    feed.note({"A": T0})
    until(lambda: feed.receive(0.01) is None and feed.status().state == "away")
    assert feed.receive(0.01) is None
    assert len(archive.asked) == 1
    clock[0] += 10.0
    assert starts(some(feed)) == [("A", 1), ("A", 2)]


def test_after_being_closed_it_goes_on_with_what_is_waiting(opens: Opens) -> None:
    archive = Archive()
    archive.open.clear()
    feed = opens(archive)
    feed.note({"A": T0})
    until(lambda: feed.receive(0.0) is None and archive.asked)
    feed.close()
    feed.close()
    archive.open.set()
    with pytest.raises(ValueError, match="is not open"):
        feed.receive(0.0)
    feed.open(None)
    assert some(feed).position == {"A": "done"}


def test_nothing_is_a_history() -> None:
    assert SPAN.before(NOTHING, {"A": T0}).height == 0
