"""States of folds as bytes: all that folds hold comes back, and nothing else does."""

import builtins
import functools
import hashlib
import importlib
import os
import pickle
from collections import Counter, UserDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from operator import attrgetter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.flows import Moody
from transforms.advice.registry import RULES
from transforms.book_market import MarketHistory
from transforms.frozen import FrozenState, freeze, method_of, thaw
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


@dataclass
class Foreign:
    """Of a module that is none of ours."""

    value: int = 1


class Call:
    """Comes back as what a call gives."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self._call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self._call


CALLS = [
    (os.system, "true"),
    (builtins.getattr, "a", "upper"),
    (builtins.eval, "1"),
    (builtins.exec, "1"),
    (builtins.open, os.devnull),
    (builtins.__import__, "os"),
    (importlib.import_module, "os"),
    (attrgetter, "upper"),
    (functools.partial, print),
    (pickle.loads, pickle.dumps(1)),
    (np.load, os.devnull),
    (pl.read_csv, os.devnull),
    (thaw, b""),
    (freeze, 1),
]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call[0].__name__)
def test_a_checkpoint_calls_nothing(call: tuple[Any, ...]) -> None:
    with pytest.raises(FrozenState, match="must not hold"):
        thaw(freeze(Call(*call)))


@pytest.mark.parametrize("value", [Foreign(), UserDict(), Path("a"), pl.DataFrame({"a": [1]}), len])
def test_a_checkpoint_holds_nothing_of_other_modules(value: object) -> None:
    with pytest.raises(FrozenState, match="must not hold"):
        thaw(freeze(value))


@pytest.mark.parametrize("owner", ["text", {}, MarketHistory], ids=["str", "dict", "class"])
def test_only_methods_of_parts_come_back(owner: Any) -> None:
    with pytest.raises(FrozenState, match="must not hold"):
        thaw(freeze(Call(method_of, owner, "__init__")))


@pytest.mark.parametrize("name", ["names", "no_such", "__class__", "__reduce_ex__"])
def test_nothing_but_a_method_is_taken_of_a_part(name: str) -> None:
    with pytest.raises(FrozenState, match=name):
        thaw(freeze(Call(method_of, MarketHistory(), name)))


def sealed(state: bytes) -> bytes:
    """What one would have to write who forges a checkpoint."""
    return hashlib.blake2b(state, digest_size=16).digest() + state


def named(module: str, name: str) -> bytes:
    """A state that is a class or function, by name."""
    return sealed(b"\x80\x04c" + f"{module}\n{name}\n".encode() + b".")


REACHED = [
    ("transforms.frozen", "io.open"),
    ("transforms.frozen", "pickle.loads"),
    ("transforms.frozen", "_Thawer"),
    ("transforms.book", "partial"),
    ("transforms.book", "pw.io"),
    ("transforms.book", "build_book"),
    ("transforms.book_core", "Book.take_changes"),
    ("transforms.advice.registry", "RULES"),
    ("transforms.sessions", "datetime"),
    ("numpy.testing._private.utils", "os.system"),
    ("numpy.testing._private.utils", "runstring"),
    ("numpy", "fromfile"),
    ("collections", "deque.append"),
]


@pytest.mark.parametrize(("module", "name"), REACHED)
def test_nothing_is_reached_through_a_module_that_may_be_named(module: str, name: str) -> None:
    with pytest.raises(FrozenState, match="must not hold"):
        thaw(named(module, name))


@pytest.mark.parametrize(("module", "name"), [("book_core", "NoSuch"), ("no_such", "Book")])
def test_a_state_of_another_version_is_refused(module: str, name: str) -> None:
    with pytest.raises(FrozenState, match=name if module == "book_core" else module):
        thaw(named(f"transforms.{module}", name))


FROZEN = freeze([MarketHistory(), np.arange(40.0), {"text": ZoneInfo("UTC")}])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(FROZEN) - 1), st.integers(1, 255))
def test_one_wrong_byte_is_noticed(place: int, change: int) -> None:
    damaged = bytearray(FROZEN)
    damaged[place] ^= change
    with pytest.raises(FrozenState):
        thaw(bytes(damaged))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(FROZEN) - 1), st.binary(max_size=5))
def test_bytes_that_lack_or_are_too_many_are_noticed(length: int, more: bytes) -> None:
    for damaged in (FROZEN[:length], FROZEN + b"." + more, more):
        with pytest.raises(FrozenState):
            thaw(damaged)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(FROZEN) - 17))
def test_half_a_state_is_refused_even_when_it_is_sealed(length: int) -> None:
    with pytest.raises(FrozenState):
        thaw(sealed(FROZEN[16 : 16 + length]))
