import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sinks.keyed_rows import KeyedRows


def row(value: int) -> dict[str, object]:
    return {"value": value}


def test_rows_of_a_group_come_in_key_order() -> None:
    kept = KeyedRows()
    for key in (3, 1, 2):
        kept.put(key, "g", row(key))
    assert [found["value"] for found in kept.rows("g")] == [1, 2, 3]
    assert kept.rows("other") == ()


def test_the_same_object_is_returned_until_the_group_changes() -> None:
    kept = KeyedRows()
    kept.put(1, "a", row(1))
    kept.put(2, "b", row(2))
    of_a, of_b = kept.rows("a"), kept.rows("b")
    kept.put(3, "b", row(3))
    assert kept.rows("a") is of_a
    assert kept.rows("b") is not of_b


def test_a_full_group_forgets_its_lowest_keys() -> None:
    kept = KeyedRows(keep=2)
    for key in (1, 2, 3):
        kept.put(key, "a", row(key))
    kept.put(1, "b", row(1))
    assert [found["value"] for found in kept.rows("a")] == [2, 3]
    assert len(kept) == 3


def test_what_is_older_than_a_full_group_is_not_kept() -> None:
    kept = KeyedRows(keep=1)
    assert kept.put(5, "a", row(5))
    assert not kept.put(4, "a", row(4))
    assert kept.get(4) is None
    assert kept.drop(4) is None


def test_a_key_that_changes_its_group_moves() -> None:
    kept = KeyedRows()
    kept.put(1, "a", row(1))
    kept.put(1, "b", row(2))
    assert kept.rows("a") == ()
    assert kept.rows("b") == kept.rows() == (row(2),)


def test_keep_must_be_positive() -> None:
    with pytest.raises(ValueError, match="keep"):
        KeyedRows(keep=0)


STEPS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 2), st.booleans()), max_size=60)


@given(STEPS)
def test_it_agrees_with_a_plain_dictionary(steps: list[tuple[int, int, bool]]) -> None:
    kept, plain = KeyedRows(), dict[int, tuple[int, int]]()
    for number, (key, group, added) in enumerate(steps):
        if added:
            kept.put(key, group, row(number))
            plain[key] = (group, number)
        else:
            kept.drop(key)
            plain.pop(key, None)
        for asked in range(3):
            expected = [plain[key][1] for key in sorted(plain) if plain[key][0] == asked]
            assert [found["value"] for found in kept.rows(asked)] == expected
        assert [found["value"] for found in kept.rows()] == [plain[k][1] for k in sorted(plain)]
