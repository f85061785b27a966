"""What the tests of the ledger share: entries, and a look into the file from outside."""

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from connectors.store.entries import AnswerRow, Entry, UsageRow
from connectors.store.ledger import Ledger

NOW = 1_790_000_000_000_000

Query = Callable[..., list[tuple[Any, ...]]]
MakeEntry = Callable[..., Entry]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path) as opened:
        yield opened


@pytest.fixture
def query(tmp_path: Path) -> Query:
    """Runs a statement on the ledger file of the test, past the ledger."""

    def run(statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as connection, connection:
            return connection.execute(statement, values).fetchall()

    return run


@pytest.fixture
def make_entry() -> MakeEntry:
    """Makes entries with ids of their own: ``count`` events, and an answer when there is a key."""
    numbers = itertools.count(1)

    def make(count: int = 1, *, key: str | None = None, **changes: Any) -> Entry:
        events = tuple(
            UsageRow(
                event_id=f"event-{next(numbers):06}",
                account_id="acct_a",
                meter="advice_generation",
                quantity=1,
                ts_event=NOW,
                route="POST /advice",
                request_fingerprint="f0",
                price_version="2026-11-01",
            )._replace(**changes)
            for _ in range(count)
        )
        answer = AnswerRow(
            "acct_a", "POST /advice", key or "", "f0", 200, "{}", b"{}", NOW, NOW + 10
        )
        return Entry(events=events, answer=answer if key else None)

    return make
