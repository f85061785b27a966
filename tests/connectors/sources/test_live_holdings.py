"""Documents of the ledger as tables: all of them, in order, when their time has come."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pathway as pw
import pytest

from connectors.sources import live_holdings
from connectors.sources.ledger_tail import Tail
from connectors.sources.live_holdings import read_live_holdings, read_live_transactions
from connectors.sources.stop import FeedStopped, StopToken
from connectors.sources.transactions import TransactionDocument
from connectors.store.documents import DocumentReader, StoredHoldings
from connectors.store.entries import Entry, HoldingsRow, TransactionsRow
from connectors.store.ledger import Ledger, LedgerUnavailable

NEVER = timedelta(hours=1)
SOON = timedelta(milliseconds=1)


def commit(ledger: Ledger, *entries: Entry) -> None:
    async def run() -> None:
        for entry in entries:
            await ledger.submit(entry)

    asyncio.run(run())


def holdings(portfolio: str, revision: int, ts_event: int = 0) -> Entry:
    row = HoldingsRow(portfolio, revision, ts_event, f'["{revision}"]', "alice", 1)
    return Entry(holdings=(row,))


def booked(portfolio: str, revision: int) -> Entry:
    row = TransactionsRow(portfolio, revision, f'["{revision}"]', "alice", 1)
    return Entry(transactions=(row,))


class Seen:
    """Rows of a table so far, and a way to wait for them."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._moved = threading.Condition()

    def on_change(self, key: Any, row: dict[str, Any], time: int, is_addition: bool) -> None:
        with self._moved:
            assert is_addition
            self.rows.append({**row, "time": time})
            self._moved.notify_all()

    def wait(self, count: int) -> None:
        with self._moved:
            assert self._moved.wait_for(lambda: len(self.rows) >= count, 20), self.rows

    @property
    def documents(self) -> list[tuple[str, bytes]]:
        return [(row["portfolio_id"], row["document"]) for row in self.rows]


@contextmanager
def running(ledger: Ledger, read: Callable[..., Any], **options: Any) -> Iterator[Seen]:
    """Run an engine; at the end it is stopped and must leave by ``FeedStopped``."""
    seen, stop = Seen(), StopToken()
    ended: list[BaseException | None] = []
    read = partial(read, market=options.pop("market")) if "market" in options else read
    given = {"signal": ledger.signal, "gather": SOON, "poll": NEVER, **options}
    pw.io.subscribe(read(Tail(ledger.path, stop, **given)), seen.on_change)

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
        ledger.signal.notify()
        engine.join(20)
    assert [type(error) for error in ended] == [FeedStopped]


def test_what_was_stored_before_and_after_the_start_arrives_without_polling(
    tmp_path: Path,
) -> None:
    with Ledger(tmp_path) as ledger:
        commit(ledger, holdings("a", 1), holdings("b", 1, 5))
        with running(ledger, read_live_holdings) as seen:
            seen.wait(2)
            commit(ledger, holdings("a", 2, 9))
            seen.wait(3)
    rows = [{name: row[name] for name in row if name != "time"} for row in seen.rows]
    assert rows[2] == {"portfolio_id": "a", "revision": 2, "ts_event": 9, "document": b'["2"]'}
    assert {(row["portfolio_id"], row["revision"]) for row in rows[:2]} == {("a", 1), ("b", 1)}


def test_a_long_table_is_read_page_by_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_holdings, "_PAGE", 7)
    with Ledger(tmp_path) as ledger:
        commit(ledger, *(holdings("a", number) for number in range(1, 31)))
        with running(ledger, read_live_holdings) as seen:
            seen.wait(30)
    assert sorted(row["revision"] for row in seen.rows) == list(range(1, 31))


def test_a_document_waits_for_its_time_and_those_after_it_do_not(tmp_path: Path) -> None:
    late, now = 9_000_000, [5]
    options = {"market": lambda: now[0], "poll": timedelta(milliseconds=5)}
    with Ledger(tmp_path) as ledger:
        commit(ledger, holdings("a", 1, 4), holdings("a", 2, late), holdings("b", 1, 6))
        with running(ledger, read_live_holdings, **options) as seen:
            seen.wait(2)
            assert {row["ts_event"] for row in seen.rows} == {4, 6}
            now[0] = late
            seen.wait(3)
    assert seen.rows[2]["ts_event"] == late


def test_before_the_first_trade_only_what_counts_always_is_sent(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        commit(ledger, holdings("a", 1, 9_000_000), holdings("b", 1, 0))
        with running(ledger, read_live_holdings, market=lambda: None) as seen:
            seen.wait(1)
            commit(ledger, holdings("c", 1, 0))
            seen.wait(2)
    assert [row["portfolio_id"] for row in seen.rows] == ["b", "c"]


def test_of_a_portfolio_the_newest_transactions_count_and_files_come_first(tmp_path: Path) -> None:
    first = [TransactionDocument(name, b'["file"]') for name in ("a", "b")]
    with Ledger(tmp_path) as ledger:
        commit(ledger, booked("a", 1), booked("a", 2), booked("c", 1))
        with running(ledger, lambda tail: read_live_transactions(tail, first)) as seen:
            seen.wait(3)
            commit(ledger, booked("b", 1))
            seen.wait(4)
    assert sorted(seen.documents[:3]) == [("a", b'["2"]'), ("b", b'["file"]'), ("c", b'["1"]')]
    assert seen.documents[3] == ("b", b'["1"]')
    assert seen.rows[3]["time"] > max(row["time"] for row in seen.rows[:3])


def test_a_file_that_cannot_be_read_for_a_while_is_read_later_and_reported_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failures = iter([True, True])

    class Flaky(DocumentReader):
        def holdings(self, seq: int, limit: int = -1) -> list[StoredHoldings]:
            if next(failures, False):
                raise LedgerUnavailable("disk I/O error")
            return super().holdings(seq, limit)

    monkeypatch.setattr(live_holdings, "DocumentReader", Flaky)
    with Ledger(tmp_path) as ledger:
        commit(ledger, holdings("a", 1))
        with running(ledger, read_live_holdings, poll=timedelta(milliseconds=5)) as seen:
            seen.wait(1)
    told = [one for one in caplog.records if "not read for the time being" in one.getMessage()]
    assert len(told) == 1
