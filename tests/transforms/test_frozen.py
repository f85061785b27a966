"""States of folds as bytes: all that folds hold comes back as it was."""

from collections import Counter, defaultdict, deque
from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.transforms.flows import Moody
from transforms.advice.registry import RULES
from transforms.book_market import MarketHistory
from transforms.frozen import FrozenState, freeze, thaw
from transforms.market_delta import CorporateAction
from transforms.portfolio.actions import ActionTable
from transforms.portfolio.documents import HoldingLine
from transforms.sessions import SessionClock

VALUES = [
    [1, 2.5, "text", b"bytes", None, True, (1, 2), {3}, frozenset({4}), 1 << 70],
    deque([1, 2], maxlen=3),
    Counter("aab"),
    defaultdict(list, {"a": [1]}),
    Fraction(3, 2),
    date(2026, 1, 15),
    timedelta(minutes=2),
    slice(1, 5, 2),
    HoldingLine("A", 2.0, None, "INR", 1),
    CorporateAction("A", "split", 5, 3, 2),
    np.float64(0.1),
]
ARRAYS = [
    np.array([0.1, np.nan, -np.inf]),
    np.arange(12, dtype=np.int32).reshape(3, 4)[:, ::2],
    np.array([[True], [False]]),
    np.array(["b", 7, None], object),
    np.empty((0, 3), np.uint16),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_what_folds_hold_comes_back(value: Any) -> None:
    again = thaw(freeze(value))
    assert again == value
    assert type(again) is type(value)
    assert getattr(again, "maxlen", None) == getattr(value, "maxlen", None)


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: str(array.dtype))
def test_arrays_come_back_and_can_be_written(array: np.ndarray[Any, Any]) -> None:
    again = thaw(freeze(array))
    np.testing.assert_array_equal(again, array)
    assert again.dtype == array.dtype
    again[:] = array[:]


def test_a_part_that_two_others_share_is_one_part_again() -> None:
    column = np.zeros(3)
    first, second = thaw(freeze(({"a": column}, [column])))
    first["a"][1] = 5.0
    assert second[0].tolist() == [0.0, 5.0, 0.0]


def test_a_method_is_that_of_the_part_it_comes_back_with() -> None:
    market = MarketHistory()
    market.code("A")
    code, again = thaw(freeze((market.code, market)))
    assert (code("A"), code("B")) == (0, 1)
    assert again.names == ["A", "B"]
    assert market.names == ["A"]


def test_a_clock_goes_on_with_its_zone() -> None:
    clock = SessionClock("Asia/Kolkata")
    noon = np.array([1_768_460_000_000_000])
    expected = clock.ends(noon)
    again = thaw(freeze(clock))
    assert again.ends(noon + 86_400_000_000) == expected + 86_400_000_000
    assert thaw(freeze(ZoneInfo("America/New_York"))) is ZoneInfo("America/New_York")


def test_a_split_that_holdings_know_comes_back() -> None:
    table = ActionTable()
    table.put(CorporateAction("A", "split", 5, 3, 2))
    assert thaw(freeze(table)).factor("A", since=1) == 1.5


def test_rules_are_those_of_the_registry() -> None:
    again = thaw(freeze({"rules": list(RULES)}))["rules"]
    assert len(again) == len(RULES)
    assert all(rule is known for rule, known in zip(again, RULES, strict=True))


def test_what_is_shared_is_named_and_given_again() -> None:
    kernel, other = Moody(), Moody()
    frozen = freeze([kernel, kernel, "own"], "first", kernel)
    assert b"Moody" not in frozen
    assert thaw(frozen, "first", other) == [other, other, "own"]
    with pytest.raises(FrozenState, match="IndexError"):
        thaw(frozen)
