from collections import Counter
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.providers.ab import Split, disagreement_bps

ARMS = st.dictionaries(st.text(min_size=1), st.integers(0, 100), min_size=1, max_size=5).filter(
    lambda arms: sum(arms.values()) > 0
)


@given(ARMS, st.text())
def test_every_subject_has_one_arm_with_a_weight_and_keeps_it(
    arms: dict[str, int], subject: str
) -> None:
    arm = Split("quote", arms).arm(subject)
    assert arms[arm] > 0
    assert Split("quote", dict(arms)).arm(subject) == arm


def test_the_arms_of_some_subjects_for_ever() -> None:
    split = Split("quote", {"a": 50, "b": 50})
    assert [split.arm(name) for name in ("TCS", "INFY", "BTC", "AAPL")] == ["b", "a", "a", "a"]


@pytest.mark.parametrize(("first", "second"), [(50, 50), (90, 10), (1, 3)])
def test_arms_get_their_shares(first: int, second: int) -> None:
    split = Split("quote", {"a": first, "b": second})
    counts = Counter(split.arm(f"symbol {n}") for n in range(20_000))
    assert counts["a"] / 20_000 == pytest.approx(first / (first + second), abs=0.015)


@given(st.lists(st.text(), min_size=1, max_size=50), st.integers(1, 99), st.integers(1, 99))
def test_a_larger_share_takes_no_subject_away(names: list[str], one: int, two: int) -> None:
    less, more = sorted((one, two))
    for name in names:
        if Split("quote", {"a": less, "b": 100 - less}).arm(name) == "a":
            assert Split("quote", {"a": more, "b": 100 - more}).arm(name) == "a"


def test_a_sample_is_compared_with_an_arm_that_has_a_weight() -> None:
    split = Split("quote", {"a": 50, "b": 50, "c": 50, "idle": 0}, sample=0.2)
    others = Counter(split.other("a", "TCS", moment) for moment in range(20_000))
    assert others.keys() == {None, "b", "c"}
    assert 1 - others[None] / 20_000 == pytest.approx(0.2, abs=0.015)
    assert others["b"] / others["c"] == pytest.approx(1, abs=0.15)


def test_in_time_every_symbol_is_compared() -> None:
    split = Split("quote", {"a": 50, "b": 50}, sample=0.1)
    for symbol in ("TCS", "INFY", "BTC"):
        assert {split.other("a", symbol, moment) for moment in range(200)} == {None, "b"}


@pytest.mark.parametrize(("sample", "expected"), [(0.0, {None}), (1.0, {"b"})])
def test_none_and_all_are_shares_too(sample: float, expected: set[str | None]) -> None:
    split = Split("quote", {"a": 50, "b": 50}, sample=sample)
    assert {split.other("a", "TCS", moment) for moment in range(500)} == expected


@pytest.mark.parametrize(
    ("price", "other", "bps"),
    [
        (100.0, 100.0, 0),
        (100.0, 101.0, 100),
        (101.0, 100.0, 100),
        (1e-9, 1e300, 20_000),
        (100.0, 0.0, None),
        (-1.0, 100.0, None),
        (nan, 100.0, None),
        (100.0, inf, None),
    ],
)
def test_disagreement_is_symmetric_and_of_prices_only(
    price: float, other: float, bps: int | None
) -> None:
    assert disagreement_bps(price, other) == bps
    assert disagreement_bps(other, price) == bps


@pytest.mark.parametrize("arms", [{}, {"a": 0}, {"a": 5, "b": -1}])
def test_arms_without_weight_are_refused(arms: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="weights above 0"):
        Split("quote", arms)


def test_a_sample_is_a_share() -> None:
    with pytest.raises(ValueError, match="share from 0 to 1, was 2"):
        Split("quote", {"a": 1}, sample=2)
