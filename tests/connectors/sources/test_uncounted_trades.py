from connectors.sources import uncounted_trades
from connectors.sources.live_feed import Gap
from connectors.sources.uncounted_trades import UncountedTrades
from connectors.streams.events import Trade


def trade(ts, trade_id=None, symbol="A", venue="v", price=1.0):
    return Trade(symbol, ts, price, 1.0, trade_id, venue)


def test_trades_told_again_are_taken_once_by_id_or_by_all_they_say():
    memory = UncountedTrades(0)
    sent = [trade(1), trade(1), trade(1, price=2.0), trade(1, "x"), trade(2, "x")]
    assert [memory.accepts(one, 1) for one in sent] == [True, False, True, True, False]
    assert memory.accepts(trade(2, "x", venue="w"), 1)  # ids are unique per exchange


def test_a_reconnect_is_a_gap_per_symbol_from_its_last_trade_to_its_next_one():
    memory = UncountedTrades(10)
    for one in (trade(1_000), trade(990, price=2.0), trade(1_500, symbol="B")):
        memory.accepts(one, 1)
    assert list(memory.gaps()) == []
    memory.accepts(trade(2_000), 3)
    memory.accepts(trade(2_001), 3)
    assert list(memory.gaps()) == [Gap("A", 990, 2_010, "reconnected")]
    memory.accepts(trade(9_000, symbol="B"), 4)
    assert list(memory.gaps()) == [Gap("B", 1_490, 9_010, "reconnected")]


def test_what_is_told_again_after_a_reconnect_does_not_end_the_gap():
    memory = UncountedTrades(0)
    memory.accepts(trade(1_000), 1)
    assert not memory.accepts(trade(1_000), 2)
    assert list(memory.gaps()) == []
    memory.accepts(trade(3_000), 2)
    assert list(memory.gaps()) == [Gap("A", 1_000, 3_000, "reconnected")]


def test_an_older_trade_after_a_reconnect_does_not_make_a_gap_backwards():
    memory = UncountedTrades(10)
    memory.accepts(trade(1_000), 1)
    memory.accepts(trade(900), 2)
    assert list(memory.gaps()) == [Gap("A", 990, 1_010, "reconnected")]


def test_a_symbol_first_heard_of_after_a_reconnect_may_have_been_missed_from_the_start():
    memory = UncountedTrades(0)
    memory.accepts(trade(1_000), 1)
    memory.accepts(trade(5_000, symbol="B"), 2)
    assert list(memory.gaps()) == [Gap("B", 1_000, 5_000, "reconnected")]


def test_a_later_life_begins_with_a_gap():
    memory = UncountedTrades(0)
    memory.accepts(trade(1_000), 1)
    later = UncountedTrades(0)
    later.go_on_after(memory.marks())
    later.accepts(trade(4_000), 1)
    later.accepts(trade(5_000, symbol="B"), 1)
    assert list(later.gaps()) == [
        Gap("A", 1_000, 4_000, "reconnected"),
        Gap("B", 1_000, 5_000, "reconnected"),
    ]
    assert later.marks() == {"A": (4_000, 0), "B": (5_000, 0)}


def test_the_memory_of_what_was_told_is_bounded(monkeypatch):
    monkeypatch.setattr(uncounted_trades, "_REMEMBERED", 100)
    memory = UncountedTrades(0)
    for ts in range(1, 1_000):
        assert memory.accepts(trade(ts), 1)
    assert len(memory._seen) == 100
    assert not memory.accepts(trade(999), 1)
