"""Gaps of live feeds reach the engine as rows, one for each symbol that they concern."""

from connectors.sources.feed_gaps import FeedGaps
from connectors.sources.live_feed import Gap, Received
from tests.connectors.sources.live_script import (
    ScriptedFeed,
    gap,
    lines,
    play,
    trade,
)


def of(*rows: dict[str, object], gaps: tuple[Gap, ...] = ()) -> Received:
    return Received(lines("k/0", *rows) if rows else None, gaps=gaps)


def test_a_gap_of_one_symbol_is_a_row() -> None:
    feed = ScriptedFeed("k", [of(trade("A", 1, 1.0, 1)), of(gaps=(gap("A", 2, 5, "cut"),))])
    assert play(feed).gaps() == {("k", "A", 2.0, 5.0, "cut")}


def test_a_gap_of_a_feed_concerns_its_own_symbols_alone() -> None:
    feed = ScriptedFeed(
        "k", [of(trade("A", 1, 1.0, 1), trade("B", 2, 1.0, 2)), of(gaps=(gap("", 2, 5),))]
    )
    other = ScriptedFeed("other", [of(trade("C", 1, 1.0, 3))])
    assert play(feed, other).gaps() == {
        ("k", symbol, 2.0, 5.0, "reconnected") for symbol in ("A", "B")
    }


def test_it_does_not_matter_with_which_messages_a_gap_of_a_feed_comes() -> None:
    """Nor whether a symbol was heard of before: its first trades may have been missed."""
    first, second = trade("A", 1, 1.0, 1), trade("B", 6_000_000, 1.0, 2)
    wide = (gap("", 2, 5),)
    cuts = (
        [of(first, second, gaps=wide)],
        [of(first), of(second, gaps=wide)],
        [of(first, gaps=wide), of(second)],
        [of(gaps=wide), of(first, second)],
    )
    found = [play(ScriptedFeed("k", steps)).gaps() for steps in cuts]
    assert found == [{("k", symbol, 2.0, 5.0, "reconnected") for symbol in ("A", "B")}] * 4


def test_symbols_and_gaps_of_a_feed_are_known_after_a_restart() -> None:
    before = play(ScriptedFeed("k", [of(trade("A", 1, 1.0, 1), gaps=(gap("", 2, 5, "one"),))]))
    steps = [of(gaps=(gap("", 7, 8, "two"),)), of(trade("B", 9_000_000, 1.0, 2))]
    later = play(ScriptedFeed("k", steps), state=before.packed)
    assert later.gaps() == {
        ("k", "A", 7.0, 8.0, "two"),
        ("k", "B", 7.0, 8.0, "two"),
        ("k", "B", 2.0, 5.0, "one"),
    }


def test_a_gap_comes_before_the_rows_that_end_it() -> None:
    """So that the bar it touches closes with it, and need not be revised."""
    feed = ScriptedFeed("k", [of(trade("A", 1, 1.0, 1), gaps=(gap("A", 0, 90),))])
    played = play(feed)
    assert [part.kind for part in played.parts[:2]] == ["gaps", "trades"]


def test_gaps_alone_are_reason_for_a_checkpoint() -> None:
    played = play(ScriptedFeed("k", [of(gaps=(gap("A", 0, 1),))]))
    assert [part.kind for part in played.parts] == ["gaps", "mark"]


def test_only_the_last_gaps_of_a_feed_are_remembered_for_new_symbols() -> None:
    symbols, wide = {}, {}
    made = FeedGaps(symbols, wide)
    made.found("k", [gap("", number, number + 1) for number in range(150)])
    assert made.take() is None
    made.heard("k", ["A", "A"])
    rows = made.take()
    assert rows is not None
    assert rows.height == 100
    assert rows["ts_from"].min() == gap("", 50, 51).ts_from
    assert made.take() is None
