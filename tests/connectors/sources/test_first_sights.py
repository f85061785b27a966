"""Symbols of live feeds and their history, read side by side."""

import threading
from collections.abc import Sequence
from datetime import timedelta

import polars as pl
import pytest

from connectors.sources.backfill import BackfillFeed
from connectors.sources.first_sights import FirstSights
from connectors.sources.history import History, HistorySpan
from connectors.sources.live_feed import Received
from connectors.sources.live_market import LiveMarket, LiveSource
from connectors.sources.live_parser import FeedRules
from connectors.sources.live_state import LiveState
from connectors.sources.market_reader import ReadingRules
from connectors.sources.polled_rows import BAR
from connectors.sources.progress import FeedProgress
from connectors.sources.stop import FeedStopped
from tests.connectors.sources.live_script import (
    MINUTE,
    SECOND,
    T0,
    ScriptedFeed,
    Stage,
    lines,
    trade,
)

DAY = timedelta(days=1) // timedelta(microseconds=1)
DAILY = timedelta(days=1)
TODAY = T0 // DAY * DAY
Done = dict[str, str | int]


class Archive:
    """Two days of each symbol, and this one; symbols in ``away`` wait until they are let go."""

    def __init__(self, *away: str, opens: int = 0) -> None:
        self.away, self.opens, self.asked = away, opens, list[str]()
        self.back = threading.Event()

    def __call__(self, symbols: Sequence[str]) -> History:
        self.asked += symbols
        if set(symbols) & set(self.away):
            assert self.back.wait(10)
        rows = [
            (line, symbol, TODAY - day * DAY + self.opens, 1.0, 3.0, 1.0, 2.0, 10.0)
            for symbol in symbols
            for line, day in enumerate((2, 1, 0), 1)
        ]
        return History(pl.DataFrame(rows, BAR, orient="row"), "archive")


def play(
    feeds: Sequence[ScriptedFeed],
    archive: Archive,
    done: Done,
    state: LiveState | None = None,
) -> Stage:
    """Read until a mark knows all that feeds give and so much of history."""
    stage = Stage(feeds, wanted={"backfill": done})
    history = BackfillFeed(archive, HistorySpan(DAILY, 400, "UTC"), batch=1)
    live = [LiveSource(one, FeedRules(one.kind, one.name, {})) for one in feeds]
    past = LiveSource(history, FeedRules("bars", "backfill", {}, DAILY, past=True))
    market = LiveMarket(
        [*live, past],
        rules=ReadingRules(timedelta(minutes=1), timedelta(minutes=2)),
        outlet=stage,
        progress=FeedProgress(),
        stop=stage.stop,
        flush=timedelta(milliseconds=5),
        marks=stage.marks,
        state=state,
        wall=lambda: T0 + DAY,
    )
    with pytest.raises(FeedStopped):
        market.run()
    archive.back.set()
    history.close()
    return stage


def of_trades(*rows: dict[str, object], position: int) -> Received:
    return Received(lines("k", *rows), {"step": position})


def test_history_follows_the_first_trade_of_each_symbol_whichever_feed_tells_of_it() -> None:
    one = ScriptedFeed("one", [of_trades(trade("A", 0, 9.0, 1), position=1)])
    two = ScriptedFeed(
        "two", [of_trades(trade("A", 5, 9.0, 2), trade("B", DAY, 8.0, 1), position=1)]
    )
    archive = Archive()
    played = play([one, two], archive, {"A": "done", "B": "done"})
    assert sorted(archive.asked) == ["A", "B"]
    found = {
        (symbol, (start - TODAY) // DAY)
        for symbol, start in played.frame("bars").select("symbol", "bar_start").iter_rows()
    }
    assert found == {("A", -2), ("A", -1), ("B", -2), ("B", -1), ("B", 0)}
    assert played.reasons == []


def test_history_moves_no_clock() -> None:
    """Else the bars of live symbols would close before their last trades.

    These bars say that they start an hour before midnight, and so that they end after the trades.
    """
    archive = Archive(opens=DAY - 60 * MINUTE)
    steps = [of_trades(trade("A", n * SECOND, 9.0, n), position=n) for n in range(1, 30)]
    played = play([ScriptedFeed("k", steps)], archive, {"A": "done"})
    assert played.frame("bars").height == 2
    reached = [  # a bar that is delivered whole is over, so its part moves the clock by its length
        part.clock + (part.interval if part.kind == "bars" else 0) for part in played.parts
    ]
    assert max(reached) == T0 + 29 * SECOND


def test_latest_prices_are_those_of_the_live_feed() -> None:
    steps = [of_trades(trade("A", 0, 9.0, 1), position=1)]
    played = play([ScriptedFeed("k", steps)], Archive(), {"A": "done"})
    assert [(price.symbol, price.price) for price in played.told] == [("A", 9.0)]


def test_a_checkpoint_knows_whose_history_is_missing_and_since_when() -> None:
    """B trades never again, so only the checkpoint can know of it."""
    first, minute = T0 // MINUTE * MINUTE, MINUTE
    steps = [
        of_trades(trade("A", 0, 9.0, 1), trade("B", minute, 8.0, 1), position=1),
        of_trades(trade("A", 2 * minute, 9.5, 2), position=2),
    ]
    archive = Archive("B")
    waiting: Done = {"A": "done", "B": first + minute}
    played = play([ScriptedFeed("k", steps)], archive, waiting)
    state = LiveState.unpacked(played.packed)
    assert state.positions["backfill"] == waiting
    later = ScriptedFeed("k", [of_trades(trade("A", DAY, 9.0, 3), position=3)])
    again = Archive()
    resumed = play([later], again, {"A": "done", "B": "done"}, state)
    assert again.asked == ["B"]
    assert set(resumed.frame("bars")["symbol"]) == {"B"}
    assert resumed.frame("bars").height == 2


def test_without_a_feed_of_history_nothing_is_noted() -> None:
    state = LiveState()
    feed = ScriptedFeed("k", [])
    FirstSights([feed], state).seen(feed, pl.DataFrame({"symbol": ["A"], "ts_event": [1]}), ["A"])
    assert state.positions == {}
