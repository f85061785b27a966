"""A second source of prices stands beside the bars: it changes the book's rows alone."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sources.partial_bars import encode
from tests.transforms.shards import (
    EX,
    Part,
    Row,
    Run,
    acts,
    bar_rows,
    market,
    split,
    trade_rows,
)
from transforms.market_delta import BOOK_FIELDS
from transforms.sessions import MINUTE
from transforms.shard_rows import Delta

OTHER = BOOK_FIELDS.index("other_close")


def check(part: Part) -> Part:
    return (f"check_{part[0]}", *part[1:])


def nothing() -> Part:
    """Says that there is a second source."""
    kind, step, part, _ = check(bar_rows(market(1)))
    return kind, step, part.clear(), 0


def others(run: Run, symbol: str = "A") -> list[float | None]:
    rows = sorted((key[1], row[OTHER]) for key, row in run.book.items() if key[0] == symbol)
    return [value for _, value in rows]


def shifted(rows: Sequence[Row], by: float = 0.5) -> list[Row]:
    return [(symbol, at, price + by, size) for symbol, at, price, size in rows]


def deltas(run: Run, part: Part) -> Delta:
    """What one micro-batch changed."""
    kind, step, frame, clock = part
    run.shard.add(kind, step, encode(frame), clock, False)
    return run.shard.take()


ROWS = market(30)
A = [row for row in ROWS if row[0] == "A"]
CLOSES = [row[2] + 0.75 for row in A]  # half a unit away, and a quarter that bars close above


def test_its_closes_are_in_the_rows_of_the_book_and_nowhere_else() -> None:
    run = Run().add(check(bar_rows(shifted(A))), bar_rows(ROWS)).end()
    plain = Run().add(bar_rows(ROWS)).end()
    assert run.bars == plain.bars
    assert others(run) == CLOSES
    assert others(run, "B") == [None] * 30
    assert {key: row[:OTHER] for key, row in run.book.items()} == {
        key: row[:OTHER] for key, row in plain.book.items()
    }
    assert set(others(plain)) == {None}


def test_trades_of_a_second_source_make_the_last_one_its_close() -> None:
    seconds = [
        ("A", at + 10_000_000 * n, price + n, 1.0) for _, at, price, _ in A for n in range(3)
    ]
    early, late = seconds[::2], seconds[1::2]
    run = Run().add(check(trade_rows(early)), check(trade_rows(late)), bar_rows(ROWS)).end()
    assert others(run) == [price + 2 for _, _, price, _ in A]


def test_it_moves_no_clock() -> None:
    run = Run().add(check(bar_rows(shifted(ROWS))), trade_rows(ROWS[:10]))
    plain = Run().add(trade_rows(ROWS[:10]))
    assert run.bars == plain.bars
    assert run.shard.clock == plain.shard.clock


def test_a_close_that_comes_after_its_bar_was_given_re_issues_the_row_of_the_book_alone() -> None:
    run = Run().add(nothing(), bar_rows(ROWS))
    [row] = [key for key in run.book if key == ("A", A[7][1] + MINUTE)]
    before = run.book[row]
    delta = deltas(run, check(bar_rows(shifted(A[7:8]))))
    assert len(delta.rows) == len(delta.signals) == len(delta.daily) == 0
    [(code, instant, op, late, *fields)] = delta.book.tolist()
    assert (delta.labels[int(code)], instant, op, late) == (*row, 1.0, 1.0)
    assert fields[OTHER] == CLOSES[7]
    assert fields[:OTHER] == pytest.approx(
        [float("nan") if v is None else v for v in before[:OTHER]], nan_ok=True, abs=0
    )
    assert len(deltas(run, check(bar_rows(shifted(A[7:8])))).book) == 0


def test_a_close_may_be_corrected_and_withdrawn() -> None:
    run = Run().add(nothing(), bar_rows(ROWS), check(bar_rows(shifted(A))))
    run.add(check(bar_rows(shifted(A[3:4], 9.0))), check(bar_rows(A[5:6], diff=-1.0))).end()
    wanted: list[float | None] = list(CLOSES)
    wanted[3], wanted[5] = A[3][2] + 9.25, None
    assert others(run) == wanted


def test_a_bar_that_is_withdrawn_or_not_there_has_no_row() -> None:
    run = Run().add(nothing(), bar_rows(ROWS), bar_rows(A[5:6], diff=-1.0))
    assert len(deltas(run, check(bar_rows(shifted(A[5:6])))).book) == 0
    stranger = [("ZZZ", A[0][1], 5.0, 1.0)]
    assert len(deltas(run, check(bar_rows(stranger))).book) == 0
    run.add(bar_rows(A[5:6]))
    assert others(run)[5] == CLOSES[5]


def test_a_row_is_not_given_before_its_bar_has_closed() -> None:
    run = Run().add(nothing(), trade_rows(A[:1]))
    assert len(deltas(run, check(bar_rows(shifted(A[:1])))).book) == 0
    assert others(run.end()) == CLOSES[:1]


def test_a_split_re_scales_both_closes() -> None:
    rows = market()
    mine = [row for row in rows if row[0] == "A"]
    for parts in (
        [acts(split(EX)), check(bar_rows(shifted(mine))), bar_rows(rows)],
        [acts(), nothing(), bar_rows(rows), check(bar_rows(shifted(mine))), acts(split(EX))],
        [acts(), nothing(), bar_rows(rows), acts(split(EX)), check(bar_rows(shifted(mine)))],
    ):
        run = Run().add(*parts).end()
        assert others(run) == [(price + 0.75) / (2 if at < EX else 1) for _, at, price, _ in mine]


def test_bars_of_another_interval_are_left_aside() -> None:
    run = Run().add(check(bar_rows(shifted(A), 5 * MINUTE)), bar_rows(ROWS)).end()
    assert others(run) == [None] * 30


def test_a_second_source_of_trades_serves_a_longer_advice_interval() -> None:
    seconds = check(trade_rows(shifted(A)))
    run = Run("5m").add(seconds, trade_rows(ROWS)).end()
    assert others(run) == [A[n][2] + 0.5 for n in range(4, 30, 5)]


def test_without_portfolios_it_is_left_aside() -> None:
    run = Run()
    object.__setattr__(run.shard.options, "advice_interval", None)
    run.add(check(bar_rows(shifted(A))), bar_rows(ROWS)).end()
    assert not run.shard.second.known
    assert len(run.bars) == 60


def test_rows_are_remembered_as_long_as_bars_are_kept() -> None:
    rows = market(300, "A")
    run = Run().add(nothing())
    for n in range(0, 300, 50):
        run.add(trade_rows(rows[n : n + 50]))
    history = run.shard.series["1m"].history
    dropped = int(history.dropped[0])
    assert dropped > 0
    run.add(check(bar_rows(shifted(rows[:299]))))
    assert others(run)[:dropped] == [None] * dropped
    assert None not in others(run)[dropped:]


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[list[Row], list[Row], list[Part]]:
    """Bars of both sources in any pieces and order."""
    rows = market(draw(st.integers(1, 25)))
    second = [row for row in shifted(rows) if draw(st.booleans())]
    parts: list[Any] = []
    for source, wrap in ((rows, bar_rows), (second, lambda piece: check(bar_rows(piece)))):
        owner = draw(st.lists(st.integers(0, 3), min_size=len(source), max_size=len(source)))
        pieces = [[row for row, o in zip(source, owner, strict=True) if o == n] for n in range(4)]
        parts += [wrap(piece) for piece in pieces if piece]
    return rows, second, [nothing(), *draw(st.permutations(parts))]


@settings(max_examples=50, deadline=None)
@given(shuffled())
def test_both_sources_in_any_order_give_the_book_of_the_second_one_read_first(
    case: tuple[list[Row], list[Row], list[Part]],
) -> None:
    rows, second, parts = case
    run, plain = Run().add(*parts).end(), Run().add(nothing())
    if second:
        plain.add(check(bar_rows(second)))
    plain.add(bar_rows(rows)).end()
    assert run.book == plain.book
    assert run.bars == plain.bars
    assert pl.Series(others(plain)).is_not_null().sum() == sum(row[0] == "A" for row in second)
