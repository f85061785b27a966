"""Gaps of feeds stand beside the bars: a row of their own, and a share in the book."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sources.partial_bars import encode
from tests.transforms.shards import (
    EX,
    GAP,
    T0,
    Gap,
    Part,
    Row,
    Run,
    acts,
    bar_rows,
    gap_rows,
    market,
    split,
    trade_rows,
)
from tests.transforms.test_second_source import check, nothing, shifted
from transforms.frozen import freeze, thaw
from transforms.sessions import MINUTE

SECOND = 1_000_000
ROWS = market(12)
A = [row for row in ROWS if row[0] == "A"]


def gap(start: float, end: float, symbol: str = "A", source: str = "ws", cause: str = "cut") -> Gap:
    """A gap from and to so many minutes after T0."""
    return (source, symbol, T0 + round(start * MINUTE), T0 + round(end * MINUTE), cause)


def shares(run: Run, symbol: str = "A") -> dict[int, float]:
    """Share in gaps by minute of the bar, where there is any."""
    return {
        int((instant - T0) // MINUTE - 1): row[GAP]
        for (name, instant), row in sorted(run.book.items())
        if name == symbol and row[GAP]
    }


def one(seconds: float) -> float:
    """Share of a minute; both ends of a gap are in it."""
    return (seconds * SECOND + 1) / MINUTE


def test_a_gap_is_a_row_with_the_bars_it_touches() -> None:
    run = Run().add(gap_rows(gap(2.5, 4.25), gap(1.0, 1.0, "B"))).end()
    assert run.gaps == {
        ("ws", "A", T0 + 150 * SECOND): (
            *(T0 + 255 * SECOND, "cut", T0 + 2 * MINUTE, T0 + 4 * MINUTE),
        ),
        ("ws", "B", T0 + MINUTE): (T0 + MINUTE, "cut", T0 + MINUTE, T0 + MINUTE),
    }


def test_bars_of_a_day_are_named_by_local_midnight() -> None:
    run = Run("1d").add(gap_rows(gap(0, 1))).end()
    midnight = T0 - 9 * 60 * MINUTE - 15 * MINUTE
    assert [row[-2:] for row in run.gaps.values()] == [(midnight, midnight)]


@pytest.mark.parametrize("early", [True, False])
def test_the_book_is_told_the_share_of_each_bar_that_is_touched(early: bool) -> None:
    parts = [trade_rows(ROWS), gap_rows(gap(2.5, 4.25))]
    run = Run().add(*(parts[::-1] if early else parts)).end()
    assert shares(run) == {2: 30 / 60, 3: 1.0, 4: one(15)}
    assert shares(run, "B") == {}
    assert {row[GAP] for (name, _), row in run.book.items() if name == "B"} == {0.0}


def test_a_gap_of_no_length_touches_its_bar() -> None:
    run = Run().add(trade_rows(ROWS), gap_rows(gap(3.5, 3.5))).end()
    assert shares(run) == {3: 1 / MINUTE}


def test_a_gap_up_to_the_start_of_a_bar_touches_that_bar_too() -> None:
    """A trade of that very moment may have been missed."""
    run = Run().add(trade_rows(ROWS), gap_rows(gap(3.5, 4.0))).end()
    assert shares(run) == {3: 0.5, 4: 1 / MINUTE}


def test_gaps_that_overlap_count_once() -> None:
    told = [gap(3.25, 3.5), gap(3.4, 3.75, source="k"), gap(3.3, 3.35, source="r")]
    run = Run().add(trade_rows(ROWS), *(gap_rows(row) for row in told)).end()
    assert shares(run) == {3: one(30)}
    assert len(run.gaps) == 3


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_that_begin_alike_the_longer_one_counts(order: int) -> None:
    told = [gap(3.25, 3.5, cause="short"), gap(3.25, 3.75, cause="long")][::order]
    run = Run().add(trade_rows(ROWS), *(gap_rows(row) for row in told)).end()
    assert shares(run) == {3: one(30)}
    [row] = run.gaps.values()
    assert row[:2] == (T0 + 225 * SECOND, "long")
    together = Run().add(trade_rows(ROWS), gap_rows(*told)).end()
    assert (together.gaps, together.book) == (run.gaps, run.book)


def test_what_is_known_late_marks_the_row_of_the_book_and_re_issues_nothing_else() -> None:
    run = Run().add(trade_rows(ROWS))
    kind, step, part, _ = gap_rows(gap(2.5, 2.75))
    run.shard.add(kind, step, encode(part), 0, False)
    delta = run.shard.take()
    assert len(delta.rows) == len(delta.signals) == len(delta.daily) == 0
    [(code, instant, op, late, *fields)] = delta.book.tolist()
    assert (delta.labels[int(code)], instant, op, late) == ("A", T0 + 3 * MINUTE, 0.0, 1.0)
    assert fields[GAP] == one(15)
    assert np.isnan(fields).sum() == len(fields) - 1
    run.shard.add(kind, step, encode(part), 0, False)
    again = run.shard.take()
    assert (len(again.book), again.gaps) == (0, [])


def test_a_bar_is_marked_when_it_has_closed_and_not_before() -> None:
    run = Run().add(trade_rows(A[:4]), gap_rows(gap(3.5, 3.75)))
    assert shares(run) == {}
    assert shares(run.add(trade_rows(A[4:5]))) == {3: one(15)}


def test_it_moves_no_clock_and_makes_no_bar() -> None:
    run = Run().add(trade_rows(A[:4]))
    before = dict(run.bars), run.shard.clock
    run.add(gap_rows(gap(1.5, 9.5), gap(1, 2, "ZZZ")))
    assert (run.bars, run.shard.clock) == before
    assert {name for name, _ in run.book} == {"A"}


def test_a_bar_that_is_revised_or_withdrawn_and_comes_again_keeps_its_mark() -> None:
    run = Run().add(bar_rows(ROWS), gap_rows(gap(5.5, 5.75)))
    late = ("A", A[5][1], 55.0, 1.0)
    assert shares(run.add(bar_rows([late]))) == {5: one(15)}
    assert shares(run.add(bar_rows([late], diff=-1.0))) == {}
    assert shares(run.add(bar_rows(A[5:6]))) == {5: one(15)}


def test_a_second_source_and_a_split_leave_marks_as_they_are() -> None:
    rows = market()
    parts = [acts(), nothing(), bar_rows(rows), gap_rows(gap(5.5, 5.75))]
    run = Run().add(*parts, check(bar_rows(shifted(rows))), acts(split(EX))).end()
    plain = Run().add(acts(split(EX)), check(bar_rows(shifted(rows))), parts[3], parts[2]).end()
    assert shares(run) == {5: one(15)}
    assert run.book == plain.book


def test_without_portfolios_gaps_have_rows_all_the_same() -> None:
    run = Run()
    object.__setattr__(run.shard.options, "advice_interval", None)
    run.add(trade_rows(ROWS), gap_rows(gap(2.5, 2.75))).end()
    assert run.book == {}
    assert [row[-2:] for row in run.gaps.values()] == [(T0 + 2 * MINUTE, T0 + 2 * MINUTE)]
    assert run.add(gap_rows()).gaps == run.gaps


def test_bars_of_a_longer_interval_are_marked_by_their_own_length() -> None:
    run = Run("5m").add(trade_rows(ROWS), gap_rows(gap(6.0, 7.25))).end()
    assert shares(run) == {9: (75 * SECOND + 1) / (5 * MINUTE)}


def test_gaps_are_let_go_of_with_the_bars_that_they_touch() -> None:
    rows = market(300, "A")
    run = Run().add(gap_rows(*(gap(n + 0.5, n + 0.6) for n in range(300))))
    for n in range(0, 300, 50):
        run.add(trade_rows(rows[n : n + 50]))
    assert len(shares(run.end())) == 300
    dropped = int(run.shard.series["1m"].history.dropped[0])
    assert dropped > 0
    run.add(gap_rows(gap(299.1, 299.2)))
    assert len(run.shard.gaps.known[0]) == 301 - dropped
    run.add(gap_rows(gap(0.1, 0.2)))
    assert len(run.shard.gaps.known[0]) == 301 - dropped
    assert len(run.gaps) == 302  # rows stay


def test_a_symbol_that_does_not_trade_keeps_its_last_gaps() -> None:
    run = Run().add(gap_rows(*(gap(n, n + 0.5) for n in range(1_200))))
    assert len(run.gaps) == 1_200
    assert len(run.shard.gaps.known[0]) == 1_000
    assert run.shard.gaps.known[0][0].ts_from == gap(200, 201)[2]


def test_marks_go_on_after_a_restart() -> None:
    run, plain = Run().add(trade_rows(ROWS), gap_rows(gap(2.5, 2.75))), Run()
    run.shard = thaw(freeze(run.shard))
    run.add(gap_rows(gap(2.6, 2.9, source="k"))).end()
    told = gap_rows(gap(2.5, 2.75), gap(2.6, 2.9, source="k"))
    plain.add(told, trade_rows(ROWS)).end()
    assert (run.book, run.gaps) == (plain.book, plain.gaps)
    assert shares(run) == {2: one(24)}


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[list[Row], list[Gap], list[Part]]:
    """Trades within their allowance, and gaps, in any pieces and order."""
    rows = market(draw(st.integers(2, 20)))
    told = [
        gap(start / 4, (start + length) / 4, symbol, source)
        for start, length, symbol, source in draw(
            st.lists(
                st.tuples(
                    st.integers(0, 90), st.integers(0, 30), st.sampled_from("ABZ"),
                    st.sampled_from(["ws", "k"]),
                ),
                max_size=8,
            )
        )
    ]  # fmt: skip
    trades: list[Part] = [trade_rows(rows[n : n + 2]) for n in range(0, len(rows), 2)]
    parts: list[Any] = [*trades]
    for row in told:
        parts.insert(draw(st.integers(0, len(parts))), gap_rows(row))
    return rows, told, parts


def plainly(rows: Sequence[Row], told: Sequence[Gap]) -> dict[tuple[str, int], float]:
    """Share of each bar, microsecond by quarter of a minute: gaps are multiples of those."""
    found = {}
    for symbol, start, _, _ in rows:
        inside = {
            at
            for _, name, low, high, _ in told
            if name == symbol
            for at in range(max(low, start), min(high, start + MINUTE), MINUTE // 4)
        }
        ends = {high for _, name, low, high, _ in told if name == symbol and start <= high}
        last = {high for high in ends if high < start + MINUTE and high not in inside}
        found[symbol, start + MINUTE] = (len(inside) * (MINUTE // 4) + len(last)) / MINUTE
    return found


@settings(max_examples=60, deadline=None)
@given(shuffled())
def test_gaps_that_become_known_at_any_time_give_the_marks_of_those_known_before(
    case: tuple[list[Row], list[Gap], list[Part]],
) -> None:
    rows, told, parts = case
    run, plain = Run().add(*parts).end(), Run()
    plain.add(gap_rows(*told), trade_rows(rows)).end()
    assert run.book == plain.book
    assert run.gaps == plain.gaps
    assert run.bars == plain.bars
    assert {key: row[GAP] for key, row in run.book.items()} == plainly(rows, told)
