"""A feed that asks again and again, alone and end to end against a server that misbehaves."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from itertools import pairwise

import polars as pl
import pytest

from connectors.providers.access import Access, Patience
from connectors.providers.observations import BarRow, Observation, Quote
from connectors.providers.spec import (
    Fatal,
    ProviderError,
    ProviderRetired,
    Retryable,
    UnknownSymbol,
)
from connectors.sources.errors import SourceError
from connectors.sources.live_feed import LiveFeed, Received, Rows
from connectors.sources.polled import PolledFeed
from tests.connectors.providers.replay_server import Reply, open_fetcher, serving, until

NOW = 1_795_000_000.0
US = 1_795_000_000_000_000
SOON = timedelta(milliseconds=5)


class Script:
    """Answers one after another; the last one over and over."""

    def __init__(self, *answers: Sequence[Observation] | ProviderError) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, what: str, symbols: Sequence[str]) -> Sequence[Observation]:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, ProviderError):
            raise answer
        return answer


@pytest.fixture
def opens() -> Iterator[Callable[..., PolledFeed]]:
    """Opens feeds, and closes them in the end."""
    with ExitStack() as stack:

        def make(
            fetch: Script, position: dict[str, int] | None = None, **how: object
        ) -> PolledFeed:
            how = {"every": SOON, "wall": lambda: NOW, **how}
            feed = PolledFeed("test", fetch, ["A", "B"], **how)
            stack.callback(feed.close)
            feed.open(position)
            return feed

        yield make


def rows(received: Received | None) -> list[tuple[object, ...]]:
    assert received is not None
    assert isinstance(received.messages, Rows)
    return received.messages.frame.rows()


def some(feed: LiveFeed) -> Received:
    """What it gives next."""
    found: list[Received] = []

    def came() -> bool:
        found.extend(filter(None, [feed.receive(0.05)]))
        return bool(found)

    until(came)
    return found[0]


def polls(feed: LiveFeed, count: int) -> None:
    """Let it ask, giving nothing, until it has asked ``count`` times and heard the answers."""

    def enough() -> bool:
        assert feed.receive(0.01) is None
        counters = feed.status().counters
        return counters["polls"] > count

    until(enough)


def test_quotes_are_snapshots_in_the_order_of_their_times(opens: Callable[..., PolledFeed]) -> None:
    feed = opens(Script([Quote("B", US - 1, 20.0), Quote("A", US - 5, 10.0)]))
    assert (feed.name, feed.kind, feed.status().state) == (
        "polled:test/quote",
        "snapshots",
        "connected",
    )
    received = feed.receive(0.0)
    assert rows(received) == [(1, "A", US - 5, 10.0), (2, "B", US - 1, 20.0)]
    assert received.messages.frame.schema == {
        "line": pl.Int64,
        "symbol": pl.String,
        "ts_event": pl.Int64,
        "price": pl.Float64,
    }
    assert received.position == {"A": US - 5, "B": US - 1}


def test_only_what_has_advanced_is_given_again(opens: Callable[..., PolledFeed]) -> None:
    old = [Quote("A", US - 9, 10.0), Quote("B", US - 9, 20.0)]
    feed = opens(Script(old, old, [Quote("A", US - 8, 11.0), Quote("B", US - 10, 19.0)], []))
    assert len(rows(some(feed))) == 2
    assert rows(some(feed)) == [(3, "A", US - 8, 11.0)]
    polls(feed, 4)
    counters = feed.status().counters
    assert (counters["rows"], counters["repeated"], counters["failures"]) == (3, 3, 0)


def test_a_later_life_goes_on_after_its_position(opens: Callable[..., PolledFeed]) -> None:
    feed = opens(Script([Quote("A", US - 9, 10.0), Quote("B", US - 9, 20.0)]), {"A": US - 9})
    assert rows(some(feed)) == [(1, "B", US - 9, 20.0)]


def test_a_failure_is_a_state_that_ends_with_the_next_answer(
    opens: Callable[..., PolledFeed],
) -> None:
    time = [NOW]
    broken = [Retryable("HTTP 502"), UnknownSymbol("A")]
    answers = Script([Quote("A", US - 9, 1.0)], *broken, [Quote("A", US - 8, 2.0)])
    feed = opens(answers, wall=lambda: time[0])
    some(feed)
    time[0] += 7
    until(lambda: feed.receive(0.0) is None and feed.status().state == "away")
    assert (feed.status().reason, feed.status().since) == ("HTTP 502", NOW + 7)
    time[0] += 7
    assert rows(some(feed)) == [(2, "A", US - 8, 2.0)]
    status = feed.status()
    assert (status.state, status.since, status.reason) == ("connected", NOW + 14, "")
    assert status.counters["failures"] == 2
    assert status.counters["last_success"] == NOW + 14
    assert status.counters["missing"] == 1


def test_failures_in_a_row_make_the_pauses_longer(opens: Callable[..., PolledFeed]) -> None:
    time, asked = [0.0], []
    feed = opens(Script(Retryable("down")), every=timedelta(seconds=60), monotonic=lambda: time[0])
    while len(asked) < 6:
        time[0] += 10.0
        feed.receive(0.0)
        if feed.status().counters["polls"] > feed.status().counters["failures"]:
            asked.append(time[0])
            until(lambda: feed.receive(0.01) is None and _settled(feed))
    pauses = [later - sooner for sooner, later in pairwise([0.0, *asked])]
    assert pauses == [120.0, 240.0, 480.0, 900.0, 900.0, 900.0]


def _settled(feed: PolledFeed) -> bool:
    counters = feed.status().counters
    return counters["polls"] == counters["failures"]


def test_bars_are_bars(opens: Callable[..., PolledFeed]) -> None:
    bar = BarRow("A", US - 90_000_000, 1.0, 3.0, 0.5, 2.0, 10.0, 60_000_000)
    feed = opens(Script([bar]), what="bars")
    assert feed.kind == "bars"
    assert rows(some(feed)) == [(1, "A", US - 90_000_000, 1.0, 3.0, 0.5, 2.0, 10.0)]


def test_what_the_provider_asks_for_is_waited(opens: Callable[..., PolledFeed]) -> None:
    answers = Script(Retryable("limit", after=3_600.0), [Quote("A", US, 1.0)])
    feed = opens(answers)
    assert (feed.status().state, feed.status().reason) == ("away", "limit")
    for _ in range(20):
        assert feed.receive(0.01) is None
    assert answers.asked == 1


@pytest.mark.parametrize(
    "error",
    [Fatal("test needs a key: get one"), ProviderRetired("gone since 2024"), UnknownSymbol("A, B")],
)
def test_what_no_waiting_can_mend_is_told_at_open(error: ProviderError) -> None:
    feed = PolledFeed("test", Script(error), ["A"])
    with pytest.raises(SourceError, match=f"^polled:test/quote: {error}$"):
        feed.open(None)


def test_receive_waits_no_longer_than_it_is_told_while_an_answer_is_slow() -> None:
    goes_on, calls = threading.Event(), []

    def fetch(what: str, symbols: Sequence[str]) -> Sequence[Observation]:
        calls.append(what)
        if len(calls) > 1:
            assert goes_on.wait(10)
        return [Quote("A", US + len(calls), 1.0)]

    feed = PolledFeed("test", fetch, ["A"], every=SOON, wall=lambda: NOW)
    feed.open(None)
    assert rows(some(feed))[0][2] == US + 1
    until(lambda: feed.receive(0.01) is None and len(calls) == 2)
    assert feed.receive(0.01) is None
    assert len(calls) == 2  # one question at a time
    goes_on.set()
    assert rows(some(feed))[0][2] == US + 2
    feed.close()
    feed.close()


def test_settings_without_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="`symbols`"):
        PolledFeed("test", Script([]), [])
    with pytest.raises(ValueError, match="was 0:00:00"):
        PolledFeed("test", Script([]), ["A"], every=timedelta())


def test_end_to_end_with_a_server_that_misbehaves() -> None:
    def price(value: float, time: int) -> Reply:
        return Reply(b'{"btc":{"usd":%f,"last_updated_at":%d}}' % (value, time))

    key, now = "my-secret-demo-key", int(NOW)
    with serving() as server, ExitStack() as stack:
        server.reply(
            "/simple/price",
            price(1.5, now - 50),
            Reply(status=500),
            Reply(b"<html><title>{key}</title>"),
            price(1.5, now - 50),
            Reply(b"{", declared=99),
            Reply(hang=True),
            price(2.5, now - 40),
        )
        access = {"coingecko": Access(key=key, url=server.url, rates=())}
        fetcher = open_fetcher(access, timeout=0.2, patience=Patience(attempts=1))
        stack.callback(fetcher.close)
        fetch = partial(fetcher.fetch, "coingecko")
        feed = PolledFeed("coingecko", fetch, ["btc"], every=SOON, wall=lambda: NOW)
        stack.callback(feed.close)
        feed.open(None)
        first, reasons = some(feed), []
        found: list[Received] = []

        def came() -> bool:
            found.extend(filter(None, [feed.receive(0.01)]))
            reasons.append(feed.status().reason)
            return bool(found)

        until(came)
    assert rows(first) == [(1, "btc", (now - 50) * 1_000_000, 1.5)]
    assert rows(found[0]) == [(2, "btc", (now - 40) * 1_000_000, 2.5)]
    told = " ".join(dict.fromkeys(reasons))
    for reason in ("HTTP 500", "HTML", "ClientPayloadError", "no whole answer"):
        assert reason in told
    assert key not in told
    assert server.seen[0].headers["x-cg-demo-api-key"] == key
    counters = feed.status().counters
    assert (counters["failures"], counters["repeated"], counters["rows"]) == (4, 1, 2)
