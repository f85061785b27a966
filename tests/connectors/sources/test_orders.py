import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sources.orders import spelled, with_order


def orders(ids, dtype, textual=False):
    rows = pl.DataFrame(
        {"line": range(2, len(ids) + 2), "trade_id": pl.Series(ids, dtype=dtype)},
        schema_overrides={"line": pl.Int64},
    )
    found, textual = with_order(rows, textual=textual)
    return found["order"].to_list(), textual


def test_without_ids_the_line_is_the_order():
    rows = pl.DataFrame({"line": [2, 3]})
    found, textual = with_order(rows, textual=False)
    assert found["order"].to_list() == [2, 3]
    assert not textual


def test_ids_that_are_numbers_order_as_numbers():
    assert orders([9, 10, None], pl.Int64) == ([9, 10, 4], False)
    assert orders(["9", "010", "", " 7 ", None], pl.String) == ([9, 10, 4, 7, 6], False)


def test_text_orders_after_all_numbers():
    found, textual = orders(["x9", "10", None, "99999999999999999999", "a"], pl.String)
    assert textual
    assert found == ["bx9", "a00210", "a0014", "a02099999999999999999999", "ba"]
    assert sorted(found) == ["a0014", "a00210", "a02099999999999999999999", "ba", "bx9"]


def test_once_there_was_text_numbers_are_spelled_as_well():
    assert orders([7, 12], pl.Int64, textual=True) == (["a0017", "a00212"], True)
    assert orders(["7"], pl.String, textual=True) == (["a0017"], True)


def test_a_negative_number_is_text_in_every_spelling():
    assert orders([-5, 3], pl.Int64)[0] == orders(["-5", "3"], pl.String)[0] == ["b-5", "a0013"]


def test_zeros_in_front_do_not_make_another_id():
    assert orders(["000", "007", "x"], pl.String)[0] == ["a0010", "a0017", "bx"]


@given(st.lists(st.integers(0, 10**18 - 1), min_size=2))
def test_spelled_numbers_sort_as_numbers(numbers):
    assert sorted(numbers, key=spelled) == sorted(numbers)
    found, _ = orders(numbers, pl.Int64, textual=True)
    assert found == [spelled(number) for number in numbers]


@pytest.mark.parametrize("dtype", [pl.Int64, pl.String])
def test_numbers_of_eighteen_digits_fit(dtype):
    value = 10**18 - 1
    assert orders([value if dtype == pl.Int64 else str(value)], dtype) == ([value], False)
