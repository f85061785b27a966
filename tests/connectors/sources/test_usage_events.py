"""The outbox as a table: complete, in order, counted once, awake when the ledger commits."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pathway as pw
import pytest

from connectors.sources import usage_events
from connectors.sources.stop import FeedStopped, StopToken
from connectors.sources.usage_events import read_usage_events
from connectors.store.entries import Entry, UsageRow
from connectors.store.ledger import Ledger, LedgerUnavailable
from connectors.store.outbox import OutboxReader, OutboxRow

NOW = 1_790_000_000_000_000
NEVER = timedelta(hours=1)
SOON = timedelta(milliseconds=1)


def commit(ledger: Ledger, *names: str) -> None:
    """Commit one event per name, each on its own."""

    async def run() -> None:
        for name in names:
            row = UsageRow(name, "acct", "m", 1, NOW, "r", "f", "v")
            await ledger.submit(Entry(events=(row,)))

    asyncio.run(run())


class Seen:
    """The rows of a table as of now, and a way to wait for them."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.changes = 0
        self._moved = threading.Condition()

    def on_change(self, key: Any, row: dict[str, Any], time: int, is_addition: bool) -> None:
        with self._moved:
            self.changes += 1
            if is_addition:
                self.rows[row["event_id"]] = row
            elif self.rows.get(row["event_id"]) == row:
                del self.rows[row["event_id"]]
            self._moved.notify_all()

    def wait(self, ready: Callable[["Seen"], bool]) -> None:
        with self._moved:
            assert self._moved.wait_for(lambda: ready(self), timeout=20), self.rows


@contextmanager
def running(path: Path, **options: Any) -> Iterator[Seen]:
    """Run an engine on the outbox; at the end it is stopped and must leave by ``FeedStopped``."""
    seen, stop = Seen(), StopToken()
    ended: list[BaseException | None] = []
    options = {"gather": SOON, "poll": NEVER, **options}
    pw.io.subscribe(read_usage_events(path, stop=stop, **options), seen.on_change)

    def run() -> None:
        try:
            pw.run(monitoring_level=pw.MonitoringLevel.NONE)
            ended.append(None)
        except FeedStopped as error:
            ended.append(error)

    engine = threading.Thread(target=run)
    engine.start()
    try:
        yield seen
    finally:
        stop.set()
        if signal := options.get("signal"):
            signal.notify()
        engine.join(20)
    assert [type(error) for error in ended] == [FeedStopped]


def test_what_was_committed_before_and_after_the_start_arrives_without_polling(
    tmp_path: Path,
) -> None:
    with Ledger(tmp_path) as ledger:
        commit(ledger, "a", "b")
        with running(ledger.path, signal=ledger.signal) as seen:
            seen.wait(lambda seen: len(seen.rows) == 2)
            commit(ledger, "c")
            seen.wait(lambda seen: len(seen.rows) == 3)
            commit(ledger, *(f"d{number}" for number in range(50)))
            seen.wait(lambda seen: len(seen.rows) == 53)
    assert seen.rows["c"] == {
        "event_id": "c",
        "seq": 3,
        "account_id": "acct",
        "meter": "m",
        "quantity": 1,
        "ts_event": NOW,
    }
    assert sorted(row["seq"] for row in seen.rows.values()) == list(range(1, 54))
    assert seen.changes == 53


def test_a_ledger_of_another_process_is_polled(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger, running(ledger.path, poll=timedelta(milliseconds=5)) as seen:
        commit(ledger, "a")
        seen.wait(lambda seen: len(seen.rows) == 1)


def test_a_long_outbox_is_read_page_by_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage_events, "_PAGE", 7)
    names = [f"e{number:03}" for number in range(100)]
    with Ledger(tmp_path) as ledger:
        commit(ledger, *names)
        with running(ledger.path, signal=ledger.signal) as seen:
            seen.wait(lambda seen: len(seen.rows) == 100)
    assert seen.changes == 100


def test_a_part_that_is_read_twice_replaces_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stutter(OutboxReader):
        def after(self, seq: int, limit: int) -> list[OutboxRow]:
            rows = super().after(max(seq - 2, 0), limit)
            return rows if rows and rows[-1].seq > seq else []

    monkeypatch.setattr(usage_events, "OutboxReader", Stutter)
    with Ledger(tmp_path) as ledger, running(ledger.path, signal=ledger.signal) as seen:
        for name in ("a", "b", "c", "d"):
            commit(ledger, name)
            seen.wait(lambda seen, name=name: name in seen.rows)  # type: ignore[misc]
    assert sorted(seen.rows) == ["a", "b", "c", "d"]
    assert sorted(row["seq"] for row in seen.rows.values()) == [1, 2, 3, 4]


def test_a_file_that_cannot_be_read_for_a_while_delays_the_count_and_is_reported_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failures = iter([True, True, False])

    class Flaky(OutboxReader):
        def after(self, seq: int, limit: int) -> list[OutboxRow]:
            if next(failures, False):
                raise LedgerUnavailable("disk I/O error")
            return super().after(seq, limit)

    monkeypatch.setattr(usage_events, "OutboxReader", Flaky)
    with Ledger(tmp_path) as ledger, caplog.at_level(logging.WARNING, usage_events.__name__):
        commit(ledger, "a")
        with running(ledger.path, poll=SOON) as seen:
            seen.wait(lambda seen: len(seen.rows) == 1)
    reports = [record for record in caplog.records if record.name == usage_events.__name__]
    assert [record.getMessage() for record in reports] == [
        "usage is not counted for the time being: disk I/O error"
    ]


def test_a_ledger_that_is_not_there_ends_the_run(tmp_path: Path) -> None:
    table = read_usage_events(tmp_path / "none.sqlite3", stop=StopToken())
    pw.io.subscribe(table, lambda key, row, time, is_addition: None)
    with pytest.raises(LedgerUnavailable, match="cannot read the ledger"):
        pw.run(monitoring_level=pw.MonitoringLevel.NONE)
