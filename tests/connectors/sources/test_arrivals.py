"""Late and repeated trades against a plain row by row reference, however the rows are cut."""

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sources.arrivals import Arrivals

ALLOWANCE = 10


def reference(rows):
    """(late, repeated) row numbers, by the definition."""
    newest, accepted, late, repeated = {}, {}, [], []
    for place, (symbol, venue, trade_id, time) in enumerate(rows):
        limit = newest.get(symbol, -(10**9)) - ALLOWANCE
        if time < limit:
            late.append(place)
            continue
        newest[symbol] = max(newest.get(symbol, time), time)
        if trade_id is None:
            continue
        key = (symbol, venue, trade_id)
        if any(seen >= limit for seen in accepted.get(key, [])):
            repeated.append(place)
        else:
            accepted.setdefault(key, []).append(time)
    return late, repeated


def run(rows, sizes, with_ids=True):
    table = pl.DataFrame(
        {
            "symbol": [row[0] for row in rows],
            "venue": [row[1] for row in rows],
            "trade_id": [row[2] for row in rows],
            "ts_event": [row[3] for row in rows],
        },
        {"symbol": pl.String, "venue": pl.String, "trade_id": pl.Int64, "ts_event": pl.Int64},
    ).with_columns(order=pl.coalesce("trade_id", pl.int_range(pl.len()) + 1000))
    if not with_ids:
        table = table.drop("trade_id", "venue")
    arrivals = Arrivals(ALLOWANCE, venue="")
    late, repeated, at = [], [], 0
    for size in [*sizes, len(rows)]:
        piece = table.slice(at, size)
        if piece.height:
            found = arrivals.sort_out(piece)
            for flags, places in ((found.late, late), (found.repeated, repeated)):
                places += [] if flags is None else [at + int(i) for i in flags.nonzero()[0]]
        at += size
    return late, repeated


rows_of_trades = st.lists(
    st.tuples(
        st.sampled_from("AB"),
        st.sampled_from(["X", "Y"]),
        st.one_of(st.none(), st.integers(1, 6)),
        st.integers(0, 60),
    ),
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@given(rows_of_trades, st.lists(st.integers(1, 9), max_size=8))
def test_what_is_late_or_repeated_does_not_depend_on_where_the_rows_are_cut(rows, sizes):
    assert run(rows, sizes) == reference(rows)


@settings(max_examples=50, deadline=None)
@given(rows_of_trades, st.lists(st.integers(1, 9), max_size=8))
def test_without_ids_nothing_is_repeated(rows, sizes):
    late, _ = reference([(symbol, venue, None, time) for symbol, venue, _, time in rows])
    assert run(rows, sizes, with_ids=False) == (late, [])


def test_a_liquid_symbol_does_not_make_a_quiet_one_late():
    rows = [("A", "", None, 1000), ("B", "", None, 0), ("B", "", None, 5)]
    assert run(rows, []) == ([], [])


def test_the_same_id_at_another_venue_or_of_another_symbol_is_another_trade():
    rows = [("A", "X", 1, 0), ("A", "Y", 1, 0), ("B", "X", 1, 0), ("A", "X", 1, 0)]
    assert run(rows, []) == ([], [3])


@pytest.mark.parametrize("spelling", [["7", "8", "7"], ["7", "x", "7"], ["7", "x", "07"]])
def test_ids_that_become_text_are_still_recognised(write, inspect, read, spelling):
    t0 = 1_700_000_040_000_000
    lines = [f"A,{t0},10,1,{text}" for text in spelling]
    source = inspect(write("t.csv", ["symbol,ts_event,price,size,trade_id", *lines]))
    for chunk_bytes in (1, 1 << 20):
        assert read(source, chunk_bytes=chunk_bytes).reasons == [(4, "duplicate_trade")]


def test_small_batches_tell_what_one_large_batch_tells() -> None:
    chance = random.Random(7)
    times = sorted(chance.randrange(0, 4_000_000) for _ in range(3_000))
    rows = pl.DataFrame(
        {
            "symbol": [chance.choice("AB") for _ in times],
            "ts_event": times,
            "order": [chance.randrange(0, 2_500) for _ in times],
        }
    ).with_columns(trade_id=pl.col("order"))

    def flags(sizes: list[int]) -> list[bool]:
        arrivals, found, start = Arrivals(300_000, venue=""), [], 0
        for size in sizes:
            batch = rows.slice(start, size)
            arrived = arrivals.sort_out(batch)
            repeated = arrived.repeated
            found += [False] * batch.height if repeated is None else repeated.tolist()
            start += size
            if start == 2_000:  # a restart in between
                again = Arrivals(300_000, venue="")
                again.recall(*arrivals.frames())
                arrivals = again
        return found

    at_once = flags([3_000])
    assert 10 < sum(at_once) < 1_000
    assert flags([1_000, *[5] * 400]) == at_once
    assert flags([1_000, 1_000, *[1] * 1_000]) == at_once
