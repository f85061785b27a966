"""Which observations of a poll go on."""

import polars as pl

from connectors.providers.observations import BarRow, MacroPoint, Quote
from connectors.sources.polled_rows import NewRows

NOW = 1_795_000_000_000_000
MINUTE = 60_000_000


def bar(symbol: str, start: int, interval: int = MINUTE) -> BarRow:
    return BarRow(symbol, start, 1.0, 3.0, 0.5, 2.0, 10.0, interval)


def times(rows: NewRows, *some: BarRow | Quote, now: int = NOW) -> list[int]:
    taken, _ = rows.take(some, now)
    return taken.frame["ts_event"].to_list() if taken else []


def test_rows_are_numbered_on_and_name_their_feed() -> None:
    rows = NewRows("polled:test", bars=False)
    rows.take([Quote("A", NOW - 2, 1.0)], NOW)
    taken, repeated = rows.take([Quote("B", NOW, 3.0), Quote("A", NOW - 1, 2.0)], NOW)
    assert (taken.name, repeated) == ("polled:test", 0)
    assert taken.frame.rows() == [(2, "A", NOW - 1, 2.0), (3, "B", NOW, 3.0)]


def test_a_time_that_is_told_twice_counts_once() -> None:
    rows = NewRows("f", bars=False)
    assert times(rows, Quote("A", NOW, 1.0), Quote("A", NOW, 2.0)) == [NOW]
    assert rows.take([Quote("A", NOW - 1, 1.0), Quote("A", NOW, 1.0)], NOW) == (None, 2)


def test_a_time_far_ahead_goes_on_but_does_not_hide_what_comes() -> None:
    rows = NewRows("f", bars=False)
    assert times(rows, Quote("A", 2 * NOW, 1.0)) == [2 * NOW]
    assert times(rows, Quote("A", NOW - 1, 1.0)) == [NOW - 1]
    assert rows.position == {"A": NOW - 1}


def test_a_price_that_is_none_goes_on_to_be_refused_by_name() -> None:
    taken, _ = NewRows("f", bars=False).take([Quote("A", NOW, float("nan"))], NOW)
    assert taken.frame["price"].is_nan().to_list() == [True]


def test_a_bar_goes_on_once_when_it_is_over() -> None:
    rows, last = NewRows("f", bars=True), NOW - MINUTE // 2
    assert times(rows, bar("A", last - MINUTE), bar("A", last)) == [last - MINUTE]
    assert times(rows, bar("A", last), now=NOW + MINUTE // 2 - 1) == []
    assert times(rows, bar("A", last), now=NOW + MINUTE // 2) == [last]
    assert times(rows, bar("A", last), now=NOW + MINUTE) == []


def test_a_bar_of_unknown_length_is_over_when_the_next_one_is_there() -> None:
    rows = NewRows("f", bars=True)
    assert times(rows, bar("A", 100, 0), bar("B", 200, 0)) == []
    assert times(rows, bar("A", 100, 0), bar("A", 300, 0), bar("B", 200, 0)) == [100]


def test_bars_have_the_columns_of_bars() -> None:
    taken, _ = NewRows("f", bars=True).take([bar("A", 0)], NOW)
    names = ["line", "symbol", "ts_event", "open", "high", "low", "close", "volume"]
    assert taken.frame.columns == names
    assert taken.frame.dtypes == [pl.Int64, pl.String, pl.Int64, *[pl.Float64] * 5]


def test_what_is_not_asked_for_is_left_out() -> None:
    other = [bar("A", 0), MacroPoint("GDP", 0, 1.0)]
    assert NewRows("f", bars=False).take(other, NOW) == (None, 0)
    assert NewRows("f", bars=True).take([Quote("A", 0, 1.0)], NOW) == (None, 0)


def test_it_goes_on_after_an_earlier_life() -> None:
    rows = NewRows("f", bars=False)
    rows.resume({"A": NOW})
    assert times(rows, Quote("A", NOW, 1.0), Quote("B", NOW - 5, 1.0)) == [NOW - 5]
