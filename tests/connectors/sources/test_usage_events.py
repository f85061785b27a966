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
from connectors.store.outbox import OutboxReader, Stretch

NOW = 1_790_000_000_000_000
HOUR = 3_600_000_000
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
    """The rows of a table so far, and a way to wait for them."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._moved = threading.Condition()

    @property
    def units(self) -> int:
        """What has been counted."""
        return sum(row["quantity"] for row in self.rows)

    def on_change(self, key: Any, row: dict[str, Any], time: int, is_addition: bool) -> None:
        with self._moved:
            assert is_addition
            self.rows.append(row)
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
            seen.wait(lambda seen: seen.units == 2)
            commit(ledger, "c")
            seen.wait(lambda seen: seen.units == 3)
            commit(ledger, *(f"d{number}" for number in range(50)))
            seen.wait(lambda seen: seen.units == 53)
    assert [row["seq"] for row in seen.rows] == sorted(row["seq"] for row in seen.rows)
    assert seen.rows[-1] == {
        "seq": 53,
        "account_id": "acct",
        "meter": "m",
        "period_start": NOW // HOUR * HOUR,
        "quantity": seen.rows[-1]["quantity"],
        "ts_last_event": NOW,
    }


def test_a_ledger_of_another_process_is_polled(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger, running(ledger.path, poll=timedelta(milliseconds=5)) as seen:
        commit(ledger, "a")
        seen.wait(lambda seen: seen.units == 1)


def test_a_long_outbox_is_read_page_by_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage_events, "_PAGE", 7)
    names = [f"e{number:03}" for number in range(100)]
    with Ledger(tmp_path) as ledger:
        commit(ledger, *names)
        with running(ledger.path, signal=ledger.signal) as seen:
            seen.wait(lambda seen: seen.units == 100)
    assert [row["seq"] for row in seen.rows] == [*range(7, 100, 7), 100]


def test_a_file_that_cannot_be_read_for_a_while_delays_the_count_and_is_reported_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failures = iter([True, True, False])

    class Flaky(OutboxReader):
        def after(self, seq: int, limit: int) -> Stretch:
            if next(failures, False):
                raise LedgerUnavailable("disk I/O error")
            return super().after(seq, limit)

    monkeypatch.setattr(usage_events, "OutboxReader", Flaky)
    with Ledger(tmp_path) as ledger, caplog.at_level(logging.WARNING, usage_events.__name__):
        commit(ledger, "a")
        with running(ledger.path, poll=SOON) as seen:
            seen.wait(lambda seen: seen.units == 1)
    reports = [record for record in caplog.records if record.name == usage_events.__name__]
    assert [record.getMessage() for record in reports] == [
        "usage is not counted for the time being: disk I/O error"
    ]


def test_a_ledger_that_is_not_there_ends_the_run(tmp_path: Path) -> None:
    table = read_usage_events(tmp_path / "none.sqlite3", stop=StopToken())
    pw.io.subscribe(table, lambda key, row, time, is_addition: None)
    with pytest.raises(LedgerUnavailable, match="cannot read the ledger"):
        pw.run(monitoring_level=pw.MonitoringLevel.NONE)
