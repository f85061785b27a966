"""Checkpoints that somebody has written or damaged: nothing of them is run or goes unnoticed."""

import builtins
import functools
import hashlib
import importlib
import os
import pickle
from collections import UserDict
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.book_market import MarketHistory
from transforms.frozen import FrozenState, freeze, method_of, thaw


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
