import random

from connectors.sources.counted_trades import CountedTrades
from connectors.sources.live_feed import Gap
from connectors.streams.events import Trade


def trade(trade_id, ts=None, symbol="A"):
    return Trade(symbol, 10 * trade_id if ts is None else ts, 1.0, 1.0, trade_id, "v")


def fed(memory, *ids, connection=1):
    return [trade_id for trade_id in ids if memory.accepts(trade(trade_id), connection)]


def test_ids_that_go_on_leave_no_gap_whatever_the_connection():
    memory = CountedTrades()
    assert fed(memory, 5, 6) == [5, 6]
    assert fed(memory, 6, 7, 7, 5, connection=2) == [7]
    assert list(memory.gaps()) == []


def test_missing_ids_are_named_with_the_times_around_them_once():
    memory = CountedTrades()
    fed(memory, 5, 9, 10, 12)
    assert list(memory.gaps()) == [
        Gap("A", 50, 90, "trade ids 6 to 8 missing"),
        Gap("A", 100, 120, "trade id 11 missing"),
    ]
    assert list(memory.gaps()) == []


def test_a_hole_that_is_filled_in_time_is_no_gap():
    memory = CountedTrades()
    assert fed(memory, 5, 9, 7, 7, 8, 6) == [5, 9, 7, 8, 6]
    assert list(memory.gaps()) == []


def test_a_hole_that_is_filled_in_part_is_a_smaller_gap():
    memory = CountedTrades()
    fed(memory, 5, 9, 7)
    assert [gap.cause for gap in memory.gaps()] == ["trade id 6 missing", "trade id 8 missing"]


def test_a_trade_that_comes_after_its_gap_was_told_is_taken_once():
    memory = CountedTrades()
    fed(memory, 5, 9)
    list(memory.gaps())
    assert fed(memory, 7, 7) == [7]
    assert list(memory.gaps()) == []


def test_symbols_are_told_apart():
    memory = CountedTrades()
    assert memory.accepts(trade(5), 1)
    assert memory.accepts(trade(5, symbol="B"), 1)
    assert memory.accepts(trade(7, symbol="B"), 1)
    assert [gap.symbol for gap in memory.gaps()] == ["B"]


def test_a_symbol_that_is_first_heard_of_after_a_reconnect_proves_nothing():
    memory = CountedTrades()
    fed(memory, 5)
    memory.accepts(trade(3, ts=400, symbol="B"), 2)
    assert list(memory.gaps()) == [Gap("B", 50, 400, "first trade, after a reconnect")]


def test_ids_that_begin_anew_are_taken_and_told():
    memory = CountedTrades()
    fed(memory, 500, 501)
    assert memory.accepts(trade(1, ts=6_000), 1)
    assert memory.accepts(trade(2, ts=6_001), 1)
    [gap] = memory.gaps()
    assert gap == Gap("A", 5_010, 6_000, "trade ids went back from 501 to 1")


def test_a_mark_is_before_the_first_hole_that_was_not_told():
    memory = CountedTrades()
    fed(memory, 5, 6, 9)
    assert memory.marks() == {"A": (60, 6)}
    assert memory.marks() == {}
    list(memory.gaps())
    assert memory.marks() == {"A": (90, 9)}


def test_a_later_life_goes_on_behind_its_mark():
    memory = CountedTrades()
    memory.go_on_after({"A": (60, 6)})
    assert fed(memory, 6, 8) == [8]
    assert memory.accepts(trade(1, ts=90, symbol="B"), 1)
    assert sorted(memory.gaps(), key=lambda gap: gap.symbol) == [
        Gap("A", 60, 80, "trade id 7 missing"),
        Gap("B", 60, 90, "first trade, after a reconnect"),
    ]


def test_whatever_comes_in_whatever_order_is_taken_once_and_the_rest_is_named():
    chance = random.Random(11)
    for _ in range(200):
        length = chance.randrange(2, 60)
        sent = [0, *(chance.randrange(1, length) for _ in range(length))]
        memory = CountedTrades()
        taken = fed(memory, *sent)
        named = set()
        for gap in memory.gaps():
            numbers = [int(word) for word in gap.cause.split() if word.isdecimal()]
            named |= set(range(numbers[0], numbers[-1] + 1))
        assert sorted(taken) == sorted(set(sent))
        assert named == set(range(max(sent))) - set(sent)
