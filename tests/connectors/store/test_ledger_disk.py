"""A disk that is full or fails: nothing is stored, everybody is told, and it recovers by itself."""

import asyncio
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from connectors.store import ledger as ledger_module
from connectors.store.ledger import Ledger, LedgerUnavailable
from connectors.store.schema import open_writer

ROOT = Path(__file__).parents[3]


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """The writer's connection of every ledger that is opened in the test."""
    opened: list[sqlite3.Connection] = []

    def open_and_keep(path: Path) -> sqlite3.Connection:
        opened.append(open_writer(path))
        return opened[-1]

    monkeypatch.setattr(ledger_module, "open_writer", open_and_keep)
    return opened


def test_a_full_database_fails_the_whole_group_and_recovers(
    tmp_path: Path, writer: list[sqlite3.Connection], query: Any, make_entry: Any
) -> None:
    async def run(ledger: Ledger) -> None:
        await ledger.submit(make_entry(key="before"))
        [[pages]] = query("PRAGMA page_count")
        writer[0].execute(f"PRAGMA max_page_count = {pages}")
        group = [ledger.submit(make_entry(100, key=f"full{i}")) for i in range(20)]
        for outcome in await asyncio.gather(*group, return_exceptions=True):
            assert isinstance(outcome, LedgerUnavailable)
            assert "full" in str(outcome)
        assert query("SELECT count(*) FROM usage_events") == [(1,)]
        assert query("SELECT key FROM idempotency") == [("before",)]
        assert ledger.find_answer("acct_a", "POST /advice", "before", 0) is not None
        writer[0].execute("PRAGMA max_page_count = 1000000")
        await ledger.submit(make_entry(100, key="after"))
        assert ledger.reason == ""

    with Ledger(tmp_path) as ledger:
        asyncio.run(run(ledger))
    assert query("SELECT count(*), max(seq) FROM usage_events JOIN outbox USING (seq)") == [
        (101, 101)
    ]
    assert query("PRAGMA integrity_check") == [("ok",)]


WRITE_PAST_THE_LIMIT = """
    import asyncio, resource, sys
    from pathlib import Path
    from connectors.store.entries import Entry, UsageRow
    from connectors.store.ledger import Ledger, LedgerUnavailable

    def entry(name):
        row = UsageRow(name, "a", "m", 1, 1, "r" * 3000, "f", "v")
        return Entry(events=(row,))

    async def fill(ledger):
        stored = []
        with_room = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, with_room[1]))
        for number in range(1000):
            try:
                await ledger.submit(entry(f"e{number}"))
                stored.append(f"e{number}")
            except LedgerUnavailable as error:
                print(type(error).__name__, error, file=sys.stderr)
                break
        again = await asyncio.gather(
            *(ledger.submit(entry(f"x{i}")) for i in range(50)), return_exceptions=True
        )
        assert all(isinstance(outcome, LedgerUnavailable) for outcome in again), again
        assert ledger.reason
        resource.setrlimit(resource.RLIMIT_FSIZE, with_room)
        await ledger.submit(entry("after"))
        print(*stored, "after")

    with Ledger(Path(sys.argv[1])) as ledger:
        asyncio.run(fill(ledger))
"""


def test_a_disk_that_takes_no_more_bytes_stores_nothing_and_recovers(
    tmp_path: Path, query: Any
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(WRITE_PAST_THE_LIMIT), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    acknowledged = run.stdout.split()
    assert len(acknowledged) > 1, "the limit was reached before the first event"
    assert "LedgerUnavailable the ledger cannot write" in run.stderr
    stored = [name for (name,) in query("SELECT event_id FROM usage_events ORDER BY seq")]
    assert stored == acknowledged
    assert query("SELECT count(*) FROM outbox") == [(len(stored),)]
    assert query("PRAGMA integrity_check") == [("ok",)]
