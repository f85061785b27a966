"""The series fold gives the same rows whatever the order and the cut of what arrives."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.kernels.columns import Bars, Column, Columns, Kernel, when
from transforms.series_changes import BAR_VALUES, HEAD
from transforms.series_fold import SeriesFold
from transforms.sessions import MINUTE, SessionClock

T0 = 1_700_000_000_000_000 // MINUTE * MINUTE
SECOND = 1_000_000
ALLOWANCE = 120 * SECOND


class Smoothed:
    """A recursion, a window and a value of the bar before: each way a kernel can look back."""

    state = ("mean",)
    columns = (Column("mean", 1, memory=0.5), Column("sma_3", 3), Column("change", 2))
    lookback = 3

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        mean = np.where(bars.count == 1, bars.close, (state["mean"] + bars.close) / 2)
        sma = when(bars.count >= 3, bars.window("close", 3).mean(axis=1))
        return {"mean": mean}, {
            "mean": mean,
            "sma_3": sma,
            "change": bars.close - bars.previous_close,
        }


def make(kernels: Sequence[Kernel] = (Smoothed(),), *, forming: bool = False) -> SeriesFold:
    return SeriesFold(
        interval=MINUTE,
        kernels=kernels,
        clock=SessionClock("UTC"),
        late_allowance=ALLOWANCE,
        forming=forming,
    )


Trade = tuple[int, int, int, int]  # symbol, ts, order, price in cents


def trade_part(trades: Sequence[Trade]) -> pl.DataFrame:
    """Partial bars of a micro-batch, written as plainly as possible."""
    bars: dict[tuple[int, int], list[Trade]] = {}
    for trade in trades:
        bars.setdefault((trade[0], trade[1] - trade[1] % MINUTE), []).append(trade)
    rows = []
    for (code, start), members in bars.items():
        members = sorted(members, key=lambda t: (t[1], t[2], t[3]))
        first, last = members[0], members[-1]
        prices = [t[3] / 100 for t in members]
        rows.append(
            {
                "code": code,
                "start": start,
                "ts_open": first[1],
                "order_open": first[2],
                "open": first[3] / 100,
                "high": max(prices),
                "low": min(prices),
                "ts_close": last[1],
                "order_close": last[2],
                "close": last[3] / 100,
                "volume_units": len(members),
                "volume_picos": 0,
                "turnover_units": sum(t[3] for t in members),
                "turnover_picos": 0,
                "trade_count": len(members),
            }
        )
    return pl.DataFrame(rows)


class Table:
    """Rows by (code, start), kept as a sink would keep them."""

    def __init__(self, fold: SeriesFold) -> None:
        self.fold, self.rows = fold, {}
        self.signals: dict[tuple[float, float, float], tuple[float, ...]] = {}

    def settle(self, clock: int) -> None:
        changes = self.fold.settle(clock)
        seen: set[tuple[float, float]] = set()
        for block in changes.rows:
            for row in block.tolist():
                key = (row[0], row[1])
                assert key not in seen, "a key may change once per commit"
                seen.add(key)
                if row[2] > 0:
                    self.rows[key] = tuple(None if np.isnan(v) else v for v in row[3:])
                else:
                    del self.rows[key]
        for block in changes.signals:
            for code, start, op, number, *rest in block.tolist():
                if op > 0:
                    self.signals[code, start, number] = tuple(rest)
                else:
                    del self.signals[code, start, number]


def run(batches: Sequence[Sequence[Trade]], *, forming: bool = False) -> Table:
    table = Table(make(forming=forming))
    table.fold.grow(4)
    clock = 0
    for batch in batches:
        if batch:
            table.fold.add_trades(trade_part(batch))
            clock = max(clock, *(t[1] for t in batch))
            table.settle(clock)
    table.settle(1 << 61)
    return table


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[list[Trade], list[list[Trade]]]:
    """Trades in order, and the same trades late within the allowance and cut into batches."""
    count = draw(st.integers(1, 60))
    steps = draw(st.lists(st.integers(0, 90), min_size=count, max_size=count))
    ts = T0
    trades: list[Trade] = []
    for number, step in enumerate(steps):
        ts += step * SECOND
        trades.append((draw(st.integers(0, 2)), ts, number, draw(st.integers(100, 120))))
    delay = draw(st.lists(st.integers(0, 119), min_size=count, max_size=count))
    late = sorted(trades, key=lambda t: t[1] + delay[t[2]] * SECOND)
    cuts = sorted(draw(st.sets(st.integers(1, count), max_size=8)) | {0, count})
    return trades, [late[a:b] for a, b in pairwise(cuts)]


@settings(max_examples=150, deadline=None)
@given(shuffled(), st.booleans())
def test_late_trades_and_any_cut_give_the_rows_of_the_clean_run(
    case: tuple[list[Trade], list[list[Trade]]], forming: bool
) -> None:
    trades, batches = case
    clean, late = run([trades]), run(batches, forming=forming)
    assert late.rows == clean.rows
    assert late.signals == clean.signals


def test_trade_ids_that_are_text_order_trades_of_one_instant() -> None:
    table = Table(make())
    table.fold.grow(1)
    for ids in (["b"], ["a", "c"]):
        parts = [trade_part([(0, T0, number, 100 + ord(i))]) for number, i in enumerate(ids)]
        named = [
            p.with_columns(order_open=pl.lit(i), order_close=pl.lit(i))
            for p, i in zip(parts, ids, strict=True)
        ]
        for part in named:
            table.fold.add_trades(part)
    table.settle(1 << 61)
    [row] = table.rows.values()
    assert (row[1], row[4]) == ((100 + ord("a")) / 100, (100 + ord("c")) / 100)


def test_a_forming_bar_is_shown_and_becomes_final_when_the_clock_passes_its_end() -> None:
    table = Table(make(forming=True))
    table.fold.grow(2)
    table.fold.add_trades(trade_part([(0, T0, 0, 100), (1, T0 + SECOND, 1, 200)]))
    table.settle(T0 + SECOND)
    assert [row[0] for row in table.rows.values()] == [0.0, 0.0]
    table.settle(T0 + MINUTE)
    assert [row[0] for row in table.rows.values()] == [1.0, 1.0]


def bar_part(rows: Sequence[tuple[int, int, float, int]]) -> pl.DataFrame:
    """Whole bars: symbol, number of the bar, close, +1 or -1."""
    return pl.DataFrame(
        [
            {
                "code": code,
                "start": T0 + number * MINUTE,
                "open": close,
                "high": close,
                "low": close,
                "close": close,
                "volume_units": 1,
                "volume_picos": 0,
                "turnover_units": 1,
                "turnover_picos": 0,
                "trade_count": 0,
                "diff": diff,
            }
            for code, number, close, diff in rows
        ]
    )


@st.composite
def corrected(draw: st.DrawFn) -> list[list[tuple[int, int, float, int]]]:
    """Batches of bars of which some correct or withdraw earlier ones, up to 200 bars back."""
    batches = []
    number = 0
    for _ in range(draw(st.integers(1, 6))):
        size = draw(st.integers(1, 70))
        batch = {
            (c, number + i): (float(draw(st.integers(1, 9))), 1)
            for i in range(size)
            for c in range(2)
        }
        number += size
        for _ in range(draw(st.integers(0, 4))):
            key = (draw(st.integers(0, 1)), draw(st.integers(0, number - 1)))
            batch[key] = (float(draw(st.integers(1, 9))), draw(st.sampled_from([1, -1])))
        batches.append([(c, n, close, diff) for (c, n), (close, diff) in batch.items()])
    return batches


def apply(
    batches: Sequence[Sequence[tuple[int, int, float, int]]],
) -> Iterator[tuple[int, int, float, int]]:
    final: dict[tuple[int, int], tuple[int, int, float, int]] = {}
    for batch in batches:
        for row in batch:
            final.pop(row[:2], None)
            if row[3] > 0:
                final[row[:2]] = row
    yield from sorted(final.values())


@settings(max_examples=60, deadline=None)
@given(corrected())
def test_corrected_and_withdrawn_bars_give_the_rows_of_the_corrected_file(
    batches: list[list[tuple[int, int, float, int]]],
) -> None:
    table, clean = Table(make()), Table(make())
    for target, parts in ((table, batches), (clean, [list(apply(batches))])):
        target.fold.grow(2)
        for part in parts:
            if part:
                target.fold.add_bars(bar_part(part))
                target.settle(T0 + max(row[1] for row in part) * MINUTE)
        target.settle(1 << 61)
    assert table.rows == clean.rows
    assert table.signals == clean.signals


@pytest.mark.parametrize("cuts", [1, 7, 50])
def test_history_that_outgrows_its_room_changes_no_value(cuts: int) -> None:
    trades = [
        (code, T0 + n * 30 * SECOND, n, 100 + (n * 7 + code) % 13)
        for n in range(900)
        for code in (0, 1)
    ]
    whole, cut = (
        run([trades]),
        run(
            [
                trades[i::1][: len(trades) // cuts]
                for i in range(0, len(trades), len(trades) // cuts)
            ]
        ),
    )
    assert cut.rows == whole.rows
    assert len(whole.rows) == 2 * 450
    assert {len(row) for row in whole.rows.values()} == {len(BAR_VALUES) + HEAD}
