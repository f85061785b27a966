"""Trades of several days through all intervals of a shard: late ones and late splits."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sources.partial_bars import encode, reduce_trades
from tests.transforms.flows import Tables, bar_part
from tests.transforms.shards import Part, acts, shard, split
from transforms.sessions import DAY, MINUTE

SECOND = 1_000_000
T0 = 1_768_501_500_000_000  # 2026-01-15 23:55 in Kolkata: sessions end soon
MIDNIGHT = T0 // DAY * DAY  # UTC
COLUMNS = ("ema_9", "ema_20", "ema_50", "obv", "vwap_session", "rsi_14")
INTERVALS = ("1m", "5m", "1d")
Trade = tuple[str, int, int, float, float]  # symbol, ts, order, price, size


def final(parts: Iterable[Part]) -> dict[str, dict[Any, Any]]:
    """Every table of a shard at the end of the feed."""
    fold, tables = shard(*INTERVALS, columns=COLUMNS, zone="Asia/Kolkata"), Tables()
    for kind, interval, part, clock in parts:
        fold.add(kind, interval, encode(part), clock, False)
        tables.keep(fold.take())
    fold.add("trades", MINUTE, b"", 0, True)
    tables.keep(fold.take())
    return {name: rows for name, rows in tables.rows.items() if rows}


def part_of(trades: Sequence[Trade], kind: str = "trades") -> Part:
    schema = {"symbol": pl.String, "ts_event": pl.Int64, "order": pl.Int64, "price": pl.Float64}
    frame = pl.DataFrame(trades, schema=schema | {"size": pl.Float64}, orient="row")
    clock = 0 if kind.startswith("check") else max(trade[1] for trade in trades)
    return kind, MINUTE, reduce_trades(frame, MINUTE), clock


@st.composite
def days(draw: st.DrawFn) -> list[Trade]:
    """Trades in order: quick ones, some after hours of silence, some at one instant."""
    steps = st.sampled_from([0, 1, 20, 61, 150, 400, 20_000, 90_000])
    ts, trades = T0, []
    for order, step in enumerate(draw(st.lists(steps, min_size=1, max_size=45))):
        ts += step * SECOND
        price, size = draw(st.integers(80, 120)) / 8, float(draw(st.integers(0, 9)))
        trades.append((draw(st.sampled_from("AB")), ts, order, price, size))
    return trades


@st.composite
def late(draw: st.DrawFn, trades: list[Trade]) -> list[Part]:
    """The same in pieces, each trade behind its symbol's newest by less than the allowance."""
    count = len(trades)
    delay = draw(st.lists(st.integers(0, 119), min_size=count, max_size=count))
    order = sorted(trades, key=lambda trade: trade[1] + delay[trade[2]] * SECOND)
    cuts = sorted(draw(st.sets(st.integers(1, count), max_size=8)) | {0, count})
    return [part_of(order[start:stop]) for start, stop in pairwise(cuts)]


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_late_trades_give_every_table_of_the_trades_in_order(data: st.DataObject) -> None:
    trades = data.draw(days())
    assert final(data.draw(late(trades))) == final([part_of(trades)])


@st.composite
def splits(draw: st.DrawFn, trades: list[Trade]) -> list[Part]:
    minutes = st.sampled_from([trade[1] // MINUTE * MINUTE for trade in trades])
    told = draw(st.dictionaries(st.tuples(st.sampled_from("AB"), minutes), st.integers(2, 4)))
    return [acts(split(ex, new, symbol=symbol)) for (symbol, ex), new in list(told.items())[:3]]


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_late_trades_late_splits_and_a_late_second_source_leave_no_trace(
    data: st.DataObject,
) -> None:
    trades, second = data.draw(days()), data.draw(days())[:6]
    known, parts = data.draw(splits(trades)), data.draw(late(trades))
    for part in [*known, *(part_of([trade], "check_trades") for trade in second)]:
        parts.insert(data.draw(st.integers(0, len(parts))), part)
    checks = part_of(second, "check_trades")
    first = [acts(), (*checks[:2], checks[2].clear(), 0)]
    assert final([*first, *parts]) == final([*first, *known, checks, part_of(trades)])


Change = tuple[int, float, int]  # day, price, +1 or -1
CHANGES = st.tuples(
    st.integers(0, 5), st.sampled_from([8.0, 8.5, 9.0]), st.sampled_from([1, 1, -1])
)


def told(changes: Iterable[Change]) -> Part:
    rows = [("A", MIDNIGHT + n * DAY, price, 1.0 + n, diff) for n, price, diff in changes]
    return "bars", DAY, bar_part(rows), max(row[1] for row in rows)


@settings(max_examples=100, deadline=None)
@given(st.lists(CHANGES, max_size=8))
def test_bars_that_come_and_go_one_by_one_leave_the_tables_of_those_that_stay(
    changes: list[Change],
) -> None:
    first = [(n, 8.0 + n % 3, 1) for n in range(6)]
    stay = {change[0]: change for change in [*first, *changes]}
    there = [change for change in stay.values() if change[2] > 0]
    found = final([told(first), *(told([one]) for one in changes)])
    assert found == final([told(there)] if there else [])
