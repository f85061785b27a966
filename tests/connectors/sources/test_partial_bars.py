"""Parts against a plain reference, whatever the order of the trades and wherever they are cut."""

import io
import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sources.partial_bars import (
    BAR_PART,
    TRADE_PART,
    encode,
    reduce_bars,
    reduce_trades,
)

MINUTE = 60_000_000
trades = st.lists(
    st.tuples(
        st.sampled_from("AB"),
        st.integers(0, 3 * MINUTE).map(lambda t: t // 20_000_000 * 20_000_000),
        st.integers(1, 5),
        st.sampled_from([1.0, 10.25, 99.99, 1e-5, 123_456.789]),
        st.sampled_from([0.0, 1.0, 0.1, 1e-8, 12_345.678, 1e9]),
    ),
    min_size=1,
    max_size=30,
)


def table(rows, order_type=pl.Int64):
    frame = pl.DataFrame(
        rows,
        {
            "symbol": pl.String,
            "ts_event": pl.Int64,
            "order": pl.Int64,
            "price": pl.Float64,
            "size": pl.Float64,
        },
        orient="row",
    )
    return frame.with_columns(pl.col("order").cast(order_type))


def picos(value):
    units = math.floor(value)
    return units * 10**12 + round((value - units) * 1e12)


def reference(rows):
    bars = {}
    for symbol, time, order, price, size in rows:
        bars.setdefault((symbol, time - time % MINUTE), []).append((time, order, price, size))
    return {key: _bar(sorted(rows)) for key, rows in bars.items()}


def _bar(rows):
    prices = [price for _, _, price, _ in rows]
    return (
        (rows[0][0], rows[0][1], prices[0]),
        max(prices),
        min(prices),
        (rows[-1][0], rows[-1][1], prices[-1]),
        sum(picos(size) for *_, size in rows),
        sum(picos(price * size) for _, _, price, size in rows),
        len(rows),
    )


def merged(parts):
    bars = {}
    for part in parts:
        for row in part.iter_rows(named=True):
            first = (row["ts_open"], row["order_open"], row["open"])
            last = (row["ts_close"], row["order_close"], row["close"])
            volume = row["volume_units"] * 10**12 + row["volume_picos"]
            turnover = row["turnover_units"] * 10**12 + row["turnover_picos"]
            new = (first, row["high"], row["low"], last, volume, turnover, row["trade_count"])
            key = row["symbol"], row["bar_start"]
            old = bars.get(key)
            bars[key] = (
                new
                if old is None
                else tuple(join(a, b) for join, a, b in zip(JOINS, old, new, strict=True))
            )
    return bars


JOINS = (min, max, min, max, *[lambda a, b: a + b] * 3)


@settings(max_examples=200, deadline=None)
@given(trades, st.randoms(use_true_random=False), st.integers(1, 30))
def test_parts_of_trades_add_up_to_the_same_bars_in_any_order_and_cut(rows, chance, size):
    expected = reference(rows)
    shuffled = rows[:]
    chance.shuffle(shuffled)
    pieces = [shuffled[at : at + size] for at in range(0, len(rows), size)]
    assert merged([reduce_trades(table(piece), MINUTE) for piece in pieces]) == expected


@settings(max_examples=50, deadline=None)
@given(trades)
def test_textual_orders_are_compared_as_text(rows):
    expected = reference([(s, t, str(order), p, q) for s, t, order, p, q in rows])
    assert merged([reduce_trades(table(rows, pl.String), MINUTE)]) == expected


def test_a_part_is_sorted_and_has_the_columns_of_its_kind():
    rows = [("B", MINUTE, 2, 1.0, 1.0), ("A", MINUTE, 3, 1.0, 1.0), ("B", 0, 1, 1.0, 1.0)]
    part = reduce_trades(table(rows), MINUTE)
    assert part.select("bar_start", "symbol").rows() == [(0, "B"), (MINUTE, "A"), (MINUTE, "B")]
    decoded = pl.read_ipc_stream(io.BytesIO(encode(part)))
    assert dict(decoded.schema) == dict(TRADE_PART)


def test_picos_never_exceed_a_unit():
    rows = [("A", 0, order, 1.0, 0.9) for order in range(10)]
    part = reduce_trades(table(rows), MINUTE)
    assert part.select("volume_units", "volume_picos").row(0) == (9, 0)


@pytest.mark.parametrize("interval", [1_000_000, MINUTE, 86_400_000_000, 604_800_000_000])
def test_bars_of_any_usual_length_have_room(interval):
    rows = [("A", 7 * interval - 1, 1, 5.0, 1.0), ("A", 7 * interval, 2, 6.0, 1.0)]
    part = reduce_trades(table(rows), interval)
    assert part.select("bar_start", "ts_open", "open").rows() == [
        (6 * interval, 7 * interval - 1, 5.0),
        (7 * interval, 7 * interval, 6.0),
    ]


def test_bars_too_long_for_their_places_are_an_error():
    with pytest.raises(ValueError, match="`interval` must be at most"):
        reduce_trades(table([("A", 0, 1, 1.0, 1.0)]), 1 << 62)


def bars(**columns):
    base = {
        "line": [2, 3, 4],
        "symbol": ["B", "A", "B"],
        "ts_event": [0, 0, 0],
        "open": [1.0, 2.0, 3.0],
        "high": [4.0, 4.0, 6.0],
        "low": [1.0, 1.0, 3.0],
        "close": [2.0, 2.0, 4.5],
        "volume": [10.0, 0.5, 20.0],
    }
    return pl.DataFrame(base | columns)


def test_the_last_row_of_a_bar_stays():
    part = reduce_bars(bars())
    assert part.select("symbol", "open", "diff", "trade_count").rows() == [
        ("A", 2.0, 1, 0),
        ("B", 3.0, 1, 0),
    ]
    assert dict(pl.read_ipc_stream(io.BytesIO(encode(part))).schema) == dict(BAR_PART)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, 90.0),
        ({"vwap": [1.0, 1.0, 4.0]}, 80.0),
        ({"vwap": [1.0, 1.0, None]}, 90.0),
        ({"vwap": [1.0, 1.0, 4.0], "turnover": [1.0, 1.0, 81.5]}, 81.5),
    ],
)
def test_turnover_is_told_or_follows_from_vwap_or_from_the_typical_price(columns, expected):
    part = reduce_bars(bars(**columns)).filter(symbol="B")
    units, fraction = part.select("turnover_units", "turnover_picos").row(0)
    assert units + fraction / 1e12 == expected


def test_a_withdrawn_bar_says_so():
    part = reduce_bars(bars(diff=[1.0, 1.0, -1.0], trade_count=[3.0, 4.0, None]))
    assert part.select("symbol", "diff", "trade_count").rows() == [("A", 1, 4), ("B", -1, 0)]
