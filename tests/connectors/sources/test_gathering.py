"""Batches of one feed in a row are judged as one, in the same order."""

import polars as pl

from connectors.sources.errors import SourceError
from connectors.sources.gathering import gathered
from connectors.sources.live_feed import Gap, Lines, Received, Rows
from connectors.sources.rejects import Reject


def lines(*values: bytes, names: tuple[str, ...] = ("t/0",), first: int = 0) -> Lines:
    places = range(first, first + len(values))
    return Lines(list(values), list(places), list(names), [0] * len(values), [None] * len(values))


def test_lines_of_one_feed_become_one_batch_with_their_places_and_names() -> None:
    one = Received(lines(b"a", b"b"), {"t/0": 2}, [Reject("t/0", 9, "tombstone", "")])
    two = Received(lines(b"c", names=("t/1",), first=7), {"t/1": 8})
    [(number, both)] = gathered([(3, one), (3, two)])
    assert number == 3
    assert isinstance(both, Received)
    assert both.position == {"t/0": 2, "t/1": 8}
    assert [reject.position for reject in both.rejects] == [9]
    made = both.messages
    assert isinstance(made, Lines)
    assert made.values == [b"a", b"b", b"c"]
    assert made.positions == [0, 1, 7]
    assert [made.names[source] for source in made.sources or ()] == ["t/0", "t/0", "t/1"]


def test_rows_alike_are_put_together_and_others_stay_apart() -> None:
    frame = pl.DataFrame({"line": [1], "symbol": ["A"], "price": [1.0]})
    other = frame.with_columns(trade_id=pl.lit("x"))
    given = [
        (0, Received(Rows(one, "ws"), {"n": n})) for n, one in enumerate([frame, frame, other])
    ]
    found = gathered(given)
    assert [received.messages.frame.height for _, received in found] == [2, 1]  # type: ignore[union-attr]
    assert found[0][1].position == {"n": 1}  # type: ignore[union-attr]


def test_feeds_gaps_and_failures_are_kept_apart_and_in_order() -> None:
    gap = Received(lines(b"c"), gaps=[Gap("A", 1, 2, "cut")])
    failure = SourceError("no such topic")
    plain = Received(lines(b"a"))
    given = [(0, plain), (1, plain), (0, plain), (0, gap), (0, plain), (0, failure)]
    found = gathered(given)
    assert [number for number, _ in found] == [0, 1, 0, 0, 0, 0]
    assert [one for _, one in found] == [one for _, one in given]


def test_what_has_no_messages_carries_its_position_on() -> None:
    [(_, both)] = gathered(
        [(0, Received(None, {"t/0": 5})), (0, Received(lines(b"a"), {"t/0": 6}))]
    )
    assert isinstance(both, Received)
    assert isinstance(both.messages, Lines)
    assert both.position == {"t/0": 6}
