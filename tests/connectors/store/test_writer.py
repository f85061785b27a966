"""Group commit: what is waiting goes to the disk together, and fails together or alone."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.store.entries import Entry, EntryRefused
from connectors.store.ledger import Ledger, LedgerBusy, LedgerUnavailable
from connectors.store.writer import BATCH


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Keep the writer waiting: somebody else has a transaction open on the file."""
    with closing(sqlite3.connect(home / "ledger.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def taken(ledger: Ledger, entry: Any) -> asyncio.Future[None]:
    """Submit an entry and wait until the writer has taken it out of the queue."""
    future = ledger.submit(entry)
    while ledger.depth:
        await asyncio.sleep(0.001)
    return future


def test_what_arrives_during_a_commit_is_committed_in_groups(
    tmp_path: Path, ledger: Ledger, query: Any, make_entry: Any
) -> None:
    async def run() -> int:
        with held(tmp_path):
            first = await taken(ledger, make_entry())
            rest = [ledger.submit(make_entry()) for _ in range(BATCH + 10)]
        await asyncio.gather(first, *rest)
        return ledger.signal.wait(-1, 0)

    assert asyncio.run(run()) == 3  # the first alone, a full batch, the rest
    assert query("SELECT count(*) FROM usage_events") == [(BATCH + 11,)]
    ids = [name for (name,) in query("SELECT event_id FROM usage_events ORDER BY seq")]
    assert ids == sorted(ids), "entries are committed in the order of arrival"


def test_nobody_hears_of_a_commit_before_it_is_done(
    tmp_path: Path, ledger: Ledger, query: Any, make_entry: Any
) -> None:
    async def run() -> None:
        with held(tmp_path):
            future = await taken(ledger, make_entry())
            await asyncio.sleep(0.05)
            assert not future.done()
            assert query("SELECT count(*) FROM usage_events") == [(0,)]
        await future
        assert query("SELECT count(*) FROM usage_events") == [(1,)]

    asyncio.run(run())


def test_refused_entries_do_not_touch_their_neighbours_in_the_group(
    tmp_path: Path, ledger: Ledger, query: Any, make_entry: Any
) -> None:
    async def run() -> list[BaseException | None]:
        with held(tmp_path):
            first = await taken(ledger, make_entry())
            rest = [
                ledger.submit(make_entry(3, key=f"k{i}", quantity=0 if i % 10 == 3 else 1))
                for i in range(100)
            ]
        await first
        return await asyncio.gather(*rest, return_exceptions=True)

    outcomes = asyncio.run(run())
    refused = [i for i, outcome in enumerate(outcomes) if isinstance(outcome, EntryRefused)]
    assert refused == list(range(3, 100, 10))
    assert query("SELECT count(*) FROM usage_events") == [(1 + 3 * 90,)]
    assert query("SELECT count(*) FROM idempotency") == [(90,)]
    assert query("SELECT count(*), max(seq) FROM outbox") == [(271, 271)]


def test_an_entry_larger_than_one_statement_is_still_one_commit(
    ledger: Ledger, query: Any, make_entry: Any
) -> None:
    async def run() -> None:
        await ledger.submit(make_entry(2_500, key="k"))
        big = make_entry(2_500).events
        with pytest.raises(EntryRefused):
            await ledger.submit(Entry(events=(*big[:-1], big[-1]._replace(quantity=0))))

    asyncio.run(run())
    assert query("SELECT count(*) FROM usage_events") == [(2_500,)]
    assert ledger.signal.wait(-1, 0) == 2


def test_a_full_queue_is_busy_and_what_is_queued_is_kept(
    tmp_path: Path, query: Any, make_entry: Any
) -> None:
    async def run(ledger: Ledger) -> None:
        with held(tmp_path):
            first = await taken(ledger, make_entry())
            queued = [ledger.submit(make_entry()) for _ in range(5)]
            with pytest.raises(LedgerBusy, match="5 entries wait"):
                ledger.submit(make_entry())
            assert ledger.depth == 5
        await asyncio.gather(first, *queued)
        await ledger.submit(make_entry())

    with Ledger(tmp_path, queue_limit=5) as ledger:
        asyncio.run(run(ledger))
    assert query("SELECT count(*) FROM usage_events") == [(7,)]


def test_a_waiter_that_was_cancelled_does_not_disturb_the_group(
    tmp_path: Path, ledger: Ledger, query: Any, make_entry: Any
) -> None:
    async def run() -> None:
        with held(tmp_path):
            first = await taken(ledger, make_entry())
            second, third = ledger.submit(make_entry()), ledger.submit(make_entry())
            second.cancel()
        await asyncio.gather(first, third)

    asyncio.run(run())
    assert query("SELECT count(*) FROM usage_events") == [(3,)]  # cancelled, yet committed


def test_several_loops_may_wait_on_one_writer(ledger: Ledger, query: Any, make_entry: Any) -> None:
    async def one() -> None:
        await asyncio.gather(*(ledger.submit(make_entry()) for _ in range(20)))

    for _ in range(3):
        asyncio.run(one())
    assert query("SELECT count(*) FROM usage_events") == [(60,)]


def test_a_file_that_stays_locked_is_unavailable_and_the_writer_recovers_by_itself(
    tmp_path: Path, ledger: Ledger, query: Any, make_entry: Any
) -> None:
    async def run() -> None:
        with held(tmp_path):
            with pytest.raises(LedgerUnavailable, match="database is locked"):
                await ledger.submit(make_entry())
            assert "locked" in ledger.reason
        deadline = time.monotonic() + 5
        while ledger.reason and time.monotonic() < deadline:  # nobody submits anything
            await asyncio.sleep(0.01)
        assert ledger.reason == ""

    asyncio.run(run())
    assert query("SELECT count(*) FROM usage_events") == [(0,)]
