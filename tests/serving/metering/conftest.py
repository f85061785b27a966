"""What the tests of the meter share: a clock that can step, and a look into the ledger file."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest


class Clock:
    """A wall clock in microseconds that moves when told to, in both directions."""

    def __init__(self) -> None:
        self.now = 1_790_000_000_000_000

    def __call__(self) -> int:
        return self.now

    def step(self, seconds: float) -> None:
        self.now += round(seconds * 1_000_000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def query(tmp_path: Path) -> Callable[..., list[tuple[Any, ...]]]:
    """Runs a statement on the ledger file of the test, past the ledger."""

    def run(statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as connection, connection:
            return connection.execute(statement, values).fetchall()

    return run
