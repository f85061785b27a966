import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.portfolio.concentration import (
    herfindahl,
    herfindahl_beside,
    herfindahl_of,
    largest_part,
    least_part,
    others_allowed,
    others_needed,
    positions_needed,
    top_share_beside,
    top_share_of,
    trimming_cap,
)
from transforms.portfolio.lines import Layout
from transforms.portfolio.valuation import share

SIZES = st.lists(st.integers(1, 10**16), min_size=1, max_size=30)
LIMITS = st.floats(0.01, 0.99)


@given(SIZES)
def test_the_index_of_one_portfolio_equals_that_of_the_book(sizes: list[int]) -> None:
    values = np.array(sizes, np.int64)
    layout = Layout(np.zeros(len(sizes), np.int64), 1)
    weight = share(values, np.repeat(values.sum(), len(values)))
    assert herfindahl(weight, layout)[0] == herfindahl_of(sizes)


@given(SIZES)
def test_the_index_is_the_sum_of_squared_weights(sizes: list[int]) -> None:
    whole = sum(sizes)
    assert herfindahl_of(sizes) == pytest.approx(sum((s / whole) ** 2 for s in sizes), abs=1e-7)


@given(st.integers(1, 10**17), LIMITS)
def test_the_largest_part_is_within_the_limit_and_no_larger_one_is(
    others: int, limit: float
) -> None:
    part = largest_part(others, limit)
    assert float(part) / float(part + others) <= limit
    more = part + max(2, part >> 48)
    assert float(more) / float(more + others) > limit * (1 - 1e-12)


@given(st.integers(1, 10**16), LIMITS)
def test_enough_others_bring_a_part_within_the_limit(size: int, limit: float) -> None:
    others = others_needed(size, limit)
    assert others is not None
    assert float(size) / float(size + others) <= limit


def test_impossible_limits() -> None:
    assert others_needed(1, 0.0) is None
    with pytest.raises(ValueError, match="`limit` must be below 1"):
        largest_part(1, 1.0)


@pytest.mark.parametrize("metric", [herfindahl_of, top_share_of])
@given(sizes=SIZES, limit=LIMITS)
def test_the_cap_is_the_largest_that_passes(metric: object, sizes: list[int], limit: float) -> None:
    assert callable(metric)
    cap = trimming_cap(sizes, metric, limit)
    if cap is None:
        assert metric([1] * len(sizes)) > limit * (1 - 1e-9)
        return
    assert metric([min(size, cap) for size in sizes]) <= limit
    if cap < max(sizes):
        assert metric([min(size, cap + max(1, cap >> 20)) for size in sizes]) > limit * (1 - 1e-5)


def test_nothing_can_be_trimmed_of_nothing() -> None:
    assert trimming_cap([], herfindahl_of, 0.5) is None
    assert herfindahl_of([]) == top_share_of([]) == 0.0


@pytest.mark.parametrize(
    ("limit", "counted", "needed"), [(0.225, 1, 5), (0.25, 1, 4), (0.54, 5, 10), (0.99, 5, 6)]
)
def test_how_many_equal_positions_it_takes(limit: float, counted: int, needed: int) -> None:
    assert positions_needed(limit, counted) == needed


@given(st.integers(1, 10**17), st.floats(0.001, 0.999))
def test_the_least_part_reaches_its_share_and_hardly_more(others: int, limit: float) -> None:
    part = least_part(others, limit)
    assert float(part) / float(part + others) >= limit
    assert part == pytest.approx(others * limit / (1 - limit), rel=1e-9, abs=2)


@given(st.integers(1, 10**17), st.floats(0.001, 0.999))
def test_the_most_that_others_may_be_leaves_a_part_its_share(size: int, limit: float) -> None:
    others = others_allowed(size, limit)
    assert others is not None
    assert float(size) / float(size + others) >= limit
    assert others == pytest.approx(size * (1 - limit) / limit, rel=1e-9, abs=2)


def test_shares_that_cannot_be_reached_are_refused() -> None:
    with pytest.raises(ValueError, match="`limit` must be below 1"):
        least_part(5, 1.0)
    assert least_part(0, 0.5) == 1
    assert others_allowed(0, 0.5) is None
    assert others_allowed(5, 0.0) is None


def test_cash_counts_and_stays_when_positions_are_measured() -> None:
    assert top_share_beside(50)([30, 20]) == 0.5
    assert herfindahl_beside([50])([50]) == pytest.approx(0.5)
