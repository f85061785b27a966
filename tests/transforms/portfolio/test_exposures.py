import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.portfolio.exposures import exposure, exposures

LINES = st.lists(
    st.tuples(st.integers(0, 10**16), st.sampled_from(["", "Energy", "Banks", "IT"])), max_size=30
)


def test_weights_by_label_come_largest_first() -> None:
    found = exposure([1_000_000, 3_000_000, 4_000_000], ["IT", "Banks", "IT"])
    assert list(found.weights.items()) == [("IT", 0.625), ("Banks", 0.375)]
    assert found.hhi == pytest.approx(0.53125)
    assert found.n_effective == pytest.approx(1 / 0.53125)
    assert found.hhi_normalised == pytest.approx(0.0625)


def test_equal_weights_are_not_concentrated_at_all() -> None:
    found = exposure([7, 7, 7, 7], list("abcd"))
    assert (found.hhi, found.n_effective, found.hhi_normalised) == (0.25, 4.0, 0.0)


def test_one_label_has_nothing_to_be_normalised_against() -> None:
    found = exposure([5, 9], ["IT", "IT"])
    assert (found.hhi, found.n_effective, found.hhi_normalised) == (1.0, 1.0, None)


def test_nothing_is_exposed_to_nothing() -> None:
    found = exposure([0], ["IT"])
    assert (dict(found.weights), found.hhi, found.n_effective) == ({}, 0.0, None)


@given(LINES)
def test_weights_add_up_and_the_index_is_theirs(lines: list[tuple[int, str]]) -> None:
    found = exposure([size for size, _ in lines], [label for _, label in lines])
    if not found.weights:
        assert sum(size for size, _ in lines) == 0
        return
    assert sum(found.weights.values()) == pytest.approx(1.0)
    assert found.hhi == pytest.approx(sum(w * w for w in found.weights.values()), abs=1e-7)
    assert found.hhi_normalised is None or 0.0 <= found.hhi_normalised <= 1.0


@given(LINES)
def test_the_order_of_positions_changes_no_bit(lines: list[tuple[int, str]]) -> None:
    forth = exposure([size for size, _ in lines], [label for _, label in lines])
    back = exposure([size for size, _ in lines[::-1]], [label for _, label in lines[::-1]])
    assert (forth, list(forth.weights)) == (back, list(back.weights))


def test_each_dimension_has_its_own_labels() -> None:
    found = exposures([1, 1], {"sector": ["IT", "IT"], "currency": ["INR", "USD"]})
    assert found["sector"].weights == {"IT": 1.0}
    assert found["currency"].weights == {"INR": 0.5, "USD": 0.5}
