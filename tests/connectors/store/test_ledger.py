"""What the ledger keeps, refuses and gives back."""

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.store.entries import DeliveryRow, Entry
from connectors.store.ledger import EntryRefused, Ledger, LedgerUnavailable

NOW = 1_790_000_000_000_000


def commit(ledger: Ledger, *entries: Entry) -> list[BaseException | None]:
    """Submit all entries at once; return what became of each."""

    async def run() -> list[BaseException | None]:
        futures = [ledger.submit(entry) for entry in entries]
        return await asyncio.gather(*futures, return_exceptions=True)

    return asyncio.run(run())


def test_events_answer_and_outbox_are_one_commit(
    ledger: Ledger, query: Any, make_entry: Any
) -> None:
    assert commit(ledger, make_entry(3, key="k1")) == [None]
    assert query("SELECT seq, event_id FROM usage_events JOIN outbox USING (seq)") == [
        (1, "event-000001"),
        (2, "event-000002"),
        (3, "event-000003"),
    ]
    assert query("SELECT count(*) FROM idempotency") == [(1,)]


def test_an_event_is_read_back_by_its_account_only(ledger: Ledger, make_entry: Any) -> None:
    commit(ledger, make_entry())
    event = ledger.find_event("acct_a", "event-000001")
    assert event is not None
    assert (event.seq, event.quantity, event.ts_event) == (1, 1, NOW)
    assert (event.sent_at, event.confirmed_at, event.reverses) == (None, None, None)
    assert ledger.find_event("acct_b", "event-000001") is None
    assert ledger.find_event("acct_a", "event-000002") is None


def test_an_answer_is_given_back_byte_for_byte_until_it_expires(
    ledger: Ledger, make_entry: Any
) -> None:
    entry = make_entry(key="k1")
    body = b'{"n": 1.50, "t": "\xc3\xa9\x00"}\r\n'
    stored = replace(entry, answer=entry.answer._replace(body=body, status=207))
    commit(ledger, stored)
    assert ledger.find_answer("acct_a", "POST /advice", "k1", NOW + 9) == stored.answer
    assert ledger.find_answer("acct_a", "POST /advice", "k1", NOW + 10) is None
    for other in (("acct_b", "POST /advice", "k1"), ("acct_a", "x", "k1"), ("acct_a", "x", "k2")):
        assert ledger.find_answer(*other, NOW) is None


def test_expired_answers_make_room_as_new_ones_come(
    ledger: Ledger, query: Any, make_entry: Any
) -> None:
    for number in range(6):
        commit(ledger, make_entry(key=f"old{number}"))
    for number in range(3):
        entry = make_entry(key=f"new{number}")
        later = entry.answer._replace(created_at=NOW + 20, expires_at=NOW + 30)
        commit(ledger, replace(entry, answer=later))
    assert query("SELECT key FROM idempotency") == [("new0",), ("new1",), ("new2",)]
    assert query("SELECT count(*) FROM usage_events") == [(9,)]


@pytest.mark.parametrize(
    "statement", ["UPDATE usage_events SET quantity = 2", "DELETE FROM usage_events"]
)
def test_an_event_can_neither_change_nor_go(
    ledger: Ledger, query: Any, make_entry: Any, statement: str
) -> None:
    commit(ledger, make_entry())
    with pytest.raises(sqlite3.IntegrityError, match="frozen"):
        query(statement)
    assert query("SELECT quantity FROM usage_events") == [(1,)]


@pytest.mark.parametrize(
    "fault",
    [
        {"quantity": 0},
        {"quantity": -1},
        {"quantity": 1.5},
        {"quantity": 2**63},
        {"quantity": "many"},
        {"quantity": None},
        {"account_id": ""},
        {"meter": ""},
        {"meter": "\ud800"},
        {"meter": object()},
        {"ts_event": 0},
        {"reverses": "unknown"},
    ],
)
def test_a_row_against_the_rules_is_refused_and_leaves_nothing(
    ledger: Ledger, query: Any, make_entry: Any, fault: dict[str, Any]
) -> None:
    good, bad, more = make_entry(2), make_entry(2, key="k", **fault), make_entry(2)
    [first, refused, last] = commit(ledger, good, bad, more)
    assert (first, last) == (None, None)
    assert isinstance(refused, EntryRefused)
    stored = [row.event_id for row in (*good.events, *more.events)]
    assert [row for (row,) in query("SELECT event_id FROM usage_events ORDER BY seq")] == stored
    assert query("SELECT count(*) FROM outbox") == [(4,)]
    assert query("SELECT count(*) FROM idempotency") == [(0,)]
    assert ledger.reason == ""


def test_an_event_id_is_stored_once(ledger: Ledger, query: Any, make_entry: Any) -> None:
    entry = make_entry(2)
    [first, second] = commit(ledger, entry, replace(entry, events=entry.events[1:]))
    assert first is None
    assert isinstance(second, EntryRefused)
    assert query("SELECT count(*) FROM usage_events") == [(2,)]


def test_once_rows_and_deliveries_stay_as_they_were_first(
    ledger: Ledger, query: Any, make_entry: Any
) -> None:
    [event] = make_entry().events
    pushed = DeliveryRow("acct_a", "advice_generation", "advice-1", event.event_id)
    first = Entry(once=(event,), deliveries=(pushed,))
    again = Entry(once=(event._replace(ts_event=NOW + 5),), deliveries=(pushed,))
    assert commit(ledger, first, again) == [None, None]
    assert commit(ledger, again) == [None]
    assert query("SELECT event_id, ts_event FROM usage_events") == [(event.event_id, NOW)]
    assert query("SELECT subject_id FROM deliveries") == [("advice-1",)]
    assert query("SELECT seq FROM outbox") == [(1,)]


def test_an_event_is_reversed_at_most_once(ledger: Ledger, query: Any, make_entry: Any) -> None:
    commit(ledger, make_entry())
    reversals = [make_entry(quantity=-1, reverses="event-000001") for _ in range(2)]
    [first, second] = commit(ledger, *reversals)
    assert first is None
    assert isinstance(second, EntryRefused)
    assert query("SELECT sum(quantity), count(*) FROM usage_events") == [(0, 2)]


def test_what_was_committed_is_there_when_the_ledger_is_opened_again(
    tmp_path: Path, make_entry: Any
) -> None:
    with Ledger(tmp_path) as ledger:
        commit(ledger, make_entry(key="k"))
    with Ledger(tmp_path) as ledger:
        assert ledger.find_answer("acct_a", "POST /advice", "k", NOW) is not None
        commit(ledger, make_entry())
        event = ledger.find_event("acct_a", "event-000002")
        assert event is not None
        assert event.seq == 2


def test_the_settings_that_make_a_commit_durable_are_on(tmp_path: Path, ledger: Ledger) -> None:
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "user_version")
    values = [ledger._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
    assert values == ["wal", 2, 1, 2]


def test_a_closed_ledger_refuses_and_what_was_queued_is_stored(
    tmp_path: Path, query: Any, make_entry: Any
) -> None:
    ledger = Ledger(tmp_path)

    async def run() -> None:
        futures = [ledger.submit(make_entry()) for _ in range(100)]
        ledger.close()
        assert await asyncio.gather(*futures) == [None] * 100
        with pytest.raises(LedgerUnavailable, match="closed"):
            ledger.submit(make_entry())

    asyncio.run(run())
    assert query("SELECT count(*) FROM usage_events") == [(100,)]
    assert ledger.reason != ""
    with pytest.raises(LedgerUnavailable, match="cannot read"):
        ledger.find_event("acct_a", "event-000001")


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path, query: Any) -> None:
    Ledger(tmp_path).close()
    query("PRAGMA user_version = 9")
    with pytest.raises(LedgerUnavailable, match="layout 9, this program knows up to 2"):
        Ledger(tmp_path)
    query("PRAGMA user_version = 2")
    Ledger(tmp_path).close()  # the refusal has let go of the lock


def test_what_is_no_ledger_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(LedgerUnavailable, match="cannot open the ledger"):
        Ledger(tmp_path / "file")
    (tmp_path / "ledger.sqlite3").write_bytes(b"not a database, but long enough to be one" * 99)
    with pytest.raises(LedgerUnavailable, match="cannot open the ledger"):
        Ledger(tmp_path)
