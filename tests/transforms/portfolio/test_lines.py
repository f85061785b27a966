import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.portfolio.lines import GroupLayout, Layout, padded

LINES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 10**15)), max_size=60
)


def columns(
    lines: list[tuple[int, int, int]],
) -> list["np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    found = np.array(lines, np.int64).reshape(-1, 3)
    return [np.ascontiguousarray(found[:, place]) for place in range(3)]


@given(LINES)
def test_sums_and_largest_values_equal_plain_ones_in_any_order_of_lines(
    lines: list[tuple[int, int, int]],
) -> None:
    rows, sectors, values = columns(lines)
    layout, by_sector = Layout(rows, 6), GroupLayout(rows, sectors, 6, 4)
    own = [[value for row, _, value in lines if row == number] for number in range(6)]
    assert layout.sums(values).tolist() == [sum(found) for found in own]
    assert layout.top(values, 5).tolist() == [sum(sorted(found)[-5:]) for found in own]
    assert by_sector.sums(values).tolist() == [
        sum(value for row, at, value in lines if (row, at) == (number, sector))
        for number in range(6)
        for sector in range(4)
    ]
    assert layout.any(values > 5).tolist() == [any(value > 5 for value in found) for found in own]


@given(LINES)
def test_lines_of_a_portfolio_are_found(lines: list[tuple[int, int, int]]) -> None:
    layout = Layout(columns(lines)[0], 6)
    for number in range(6):
        wanted = [place for place, (row, _, _) in enumerate(lines) if row == number]
        assert layout.lines_of(number).tolist() == wanted


def test_padding_fills_only_what_is_missing() -> None:
    values = np.array([1, 2])
    assert padded(values, 2) is values
    assert padded(values, 4, -1).tolist() == [1, 2, -1, -1]
    assert padded(np.empty((0, 2)), 1, np.nan).shape == (1, 2)
