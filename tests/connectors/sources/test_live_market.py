"""Live feeds side by side: rows become parts, what is wrong is refused with its position."""

from datetime import timedelta

import polars as pl
import pytest

from connectors.sources.errors import SourceError
from connectors.sources.latest import Price
from connectors.sources.live_feed import FeedLost, Received, Rows
from connectors.sources.live_state import LiveState
from connectors.sources.rejects import Reject
from connectors.sources.stop import FeedStopped
from tests.connectors.sources.live_script import (
    MINUTE,
    SECOND,
    T0,
    ScriptedFeed,
    Stage,
    lines,
    market_of,
    play,
    trade,
)


def of_lines(name: str, *messages: object, first: int = 0) -> Received:
    return Received(lines(name, *messages, first=first))  # type: ignore[arg-type]


def test_messages_become_the_bars_of_their_trades() -> None:
    feed = ScriptedFeed(
        "k",
        [
            of_lines("k/0", trade("A", 1, 10.0, 1), trade("B", 2, 5.0, 2)),
            of_lines("k/0", trade("A", 3, 12.0, 3), trade("A", MINUTE, 11.0, 4), first=2),
        ],
    )
    played = play(feed)
    bars = (
        played.frame("trades")
        .sort("symbol", "bar_start", "ts_open")
        .group_by("symbol", "bar_start", maintain_order=True)
        .agg(pl.col("open").first(), pl.col("close").last(), pl.col("trade_count").sum())
    )
    assert bars.rows() == [
        ("A", T0, 10.0, 12.0, 2),
        ("A", T0 + MINUTE, 11.0, 11.0, 1),
        ("B", T0, 5.0, 5.0, 1),
    ]
    assert played.refused == []
    assert {price.symbol: price for price in played.told} == {
        "A": Price("A", 11.0, 1.0, T0 + MINUTE),
        "B": Price("B", 5.0, 1.0, T0 + 2),
    }


def test_rows_are_judged_as_lines_are() -> None:
    frame = pl.DataFrame(
        {
            "line": [7, 8, 9],
            "symbol": ["A", "A", "A"],
            "ts_event": [T0, T0 + 1, T0 + 2],
            "price": [10.0, 0.0, 11.0],
            "size": [1.0, 1.0, 2.0],
            "trade_id": [1, 2, 3],
            "venue": ["X", "X", "X"],
        }
    )
    played = play(ScriptedFeed("ws", [Received(Rows(frame, "ws:x"))]))
    assert played.reasons == [("ws:x", 8, "not_positive")]
    assert played.frame("trades").select("open", "close", "trade_count").rows() == [(10.0, 11.0, 2)]


def test_each_bad_message_is_refused_at_its_own_position() -> None:
    feed = ScriptedFeed(
        "k",
        [
            of_lines("k/0", trade("A", 1, 10.0, 1), b"{nonsense", trade("A", 2, -1.0, 2), b" "),
            Received(
                lines("k/0", trade("A", 3, 10.0, 3), {"symbol": "A"}, first=4),
                rejects=[Reject("k/0", 99, "tombstone", "")],
            ),
        ],
    )
    played = play(feed)
    assert sorted(one[1:] for one in played.reasons) == [
        (1, "not_json"),
        (2, "not_positive"),
        (3, "empty_message"),
        (5, "missing_field"),
        (99, "tombstone"),
    ]
    assert {source for source, _, _ in played.reasons} == {"k/0"}
    assert played.frame("trades")["trade_count"].sum() == 2


def test_late_repeated_and_future_trades_are_refused_and_nothing_else() -> None:
    feed = ScriptedFeed(
        "k",
        [
            of_lines("k/0", trade("A", 10 * MINUTE, 10.0, 1), trade("B", 0, 5.0, 2)),
            of_lines(
                "k/0",
                trade("A", 8 * MINUTE, 10.0, 3),  # as late as may be
                trade("A", 8 * MINUTE - 1, 10.0, 4),
                trade("A", 10 * MINUTE, 10.0, 1),
                trade("A", 65 * MINUTE, 10.0, 5),  # as early as may be
                trade("B", 65 * MINUTE + 1, 10.0, 6),
                first=2,
            ),
        ],
    )
    played = play(feed, wall=T0 + 60 * MINUTE)
    assert sorted(played.reasons) == [
        ("k/0", 3, "late"),
        ("k/0", 4, "duplicate_trade"),
        ("k/0", 6, "timestamp_in_future"),
    ]


def test_two_feeds_share_one_clock_and_one_memory_of_ids() -> None:
    left = ScriptedFeed("left", [of_lines("l", trade("A", n, 1.0, n)) for n in range(1, 30)])
    right = ScriptedFeed("right", [of_lines("r", trade("A", n, 1.0, n)) for n in range(1, 30)])
    played = play(left, right)
    assert played.frame("trades")["trade_count"].sum() == 29
    assert {reason for _, _, reason in played.reasons} == {"duplicate_trade"}
    assert len(played.reasons) == 29
    clocks = [part.clock for part in played.parts]
    assert clocks == sorted(clocks)
    assert clocks[-1] == T0 + 29


def test_no_part_moves_the_clock_before_the_rows_of_all_feeds_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else a bar of the second feed would close without its last trades."""
    monkeypatch.setattr("connectors.sources.live_market._MANY", 3)
    hour = timedelta(hours=1)
    early = ScriptedFeed("B", [of_lines("B", trade("B", 59 * SECOND, 1.0, 1))])
    over = ScriptedFeed(
        "A", [of_lines("A", trade("A", 59 * SECOND, 1.0, 2), trade("A", 61 * SECOND, 1.0, 3))]
    )
    for feeds in ((early, over), (over, early)):
        for feed in feeds:
            feed.given = 0
        stage = Stage(feeds, every=None, most=2)
        with pytest.raises(FeedStopped):
            market_of(stage, feeds, flush=hour).run()
        assert [part.clock for part in stage.parts] == [0, T0 + 61 * SECOND]


def test_bars_are_handed_on_whole() -> None:
    bar = {"symbol": "A", "ts_event": T0, "open": 1.0, "high": 3.0, "low": 1.0, "close": 2.0}
    feed = ScriptedFeed("bars", [of_lines("b", {**bar, "volume": 5.0})], kind="bars")
    played = play(feed, interval=timedelta(minutes=5))
    announced, part = [part for part in played.parts if part.kind == "bars"]
    assert announced.clock == -5 * MINUTE  # it moves no clock: a bar of it would end at 0
    assert part.interval == 5 * MINUTE
    assert played.frame("bars").select("open", "close", "diff").rows() == [(1.0, 2.0, 1)]


def test_a_mark_carries_positions_and_the_reading_goes_on_from_them() -> None:
    first = ScriptedFeed("k", [of_lines("k/0", trade("A", n, 1.0, n)) for n in range(1, 4)])
    played = play(first)
    assert first.opened == [None]
    assert LiveState.unpacked(played.packed).positions == {"k": {"step": 3}}
    again = ScriptedFeed("k", [of_lines("k/0", trade("A", n, 2.0, n), first=n) for n in (3, 4)])
    later = play(again, state=played.packed)
    assert again.opened == [{"step": 3}]
    assert later.reasons == [("k/0", 3, "duplicate_trade")]
    assert later.frame("trades")["close"].to_list() == [2.0]
    assert later.told[0] == Price("A", 1.0, 1.0, T0 + 3)  # known from before
    assert later.parts[0].clock >= T0 + 3


def test_a_lost_feed_is_opened_again_where_it_was() -> None:
    feed = ScriptedFeed(
        "k",
        [
            of_lines("k/0", trade("A", 1, 1.0, 1)),
            FeedLost("k: gone"),
            of_lines("k/0", trade("A", 2, 2.0, 2)),
        ],
    )
    played = play(feed)
    assert feed.opened == [None, {"step": 1}]
    assert played.frame("trades")["trade_count"].sum() == 2


def test_a_feed_that_can_never_give_anything_ends_the_reading() -> None:
    feed = ScriptedFeed("k", [SourceError("k: no such topic")])
    stage = Stage([])
    with pytest.raises(SourceError, match="no such topic"):
        market_of(stage, [feed]).run()
    stage.stop.set()


def test_feeds_are_told_what_a_stored_checkpoint_has_seen_and_no_more() -> None:
    steps = [of_lines("k/0", trade("A", n, 1.0, n)) for n in range(1, 6)]
    kept = ScriptedFeed("k", steps)
    play(kept)
    assert kept.acknowledged == []  # no checkpoint was stored
    told = ScriptedFeed("k", steps)
    play(told, stored=True)
    assert told.acknowledged[-1] == {"step": 5}


def test_a_restored_state_is_the_state_that_was_packed() -> None:
    state = LiveState(
        positions={"k": {"0": 17}},
        clock=T0,
        symbols={"k": {"A": None, "B": None}},
        wide={"k": [(T0, T0 + 1, "trimmed")]},
    )
    again = LiveState.unpacked(state.packed())
    assert again.symbols == state.symbols
    assert again.wide == state.wide
    assert (again.positions, again.clock) == (state.positions, state.clock)
