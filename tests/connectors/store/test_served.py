"""What was served: kept once per hash, found by portfolio and instant, gone when it has expired."""

import asyncio
import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.store.entries import Entry, ServedRow
from connectors.store.ledger import EntryRefused, Ledger
from connectors.store.schema import open_reader

NOW = 1_790_000_000_000_000
ROW = ServedRow("h1", "growth", 7, NOW, NOW + 10, b'{"advice":["' + b"TCS " * 200 + b'"]}')


def commit(ledger: Ledger, *entries: Entry) -> list[BaseException | None]:
    async def run() -> list[BaseException | None]:
        futures = [ledger.submit(entry) for entry in entries]
        return await asyncio.gather(*futures, return_exceptions=True)

    return asyncio.run(run())


def test_events_name_what_was_served_and_the_ledger_keeps_it_compressed(
    ledger: Ledger, query: Any, make_entry: Any
) -> None:
    entry = make_entry(2, served_hash="h1")
    assert commit(ledger, replace(entry, served=ROW)) == [None]
    event = ledger.find_event("acct_a", "event-000002")
    assert event is not None
    assert (event.served_hash, event.portfolio_id, event.as_of) == ("h1", "growth", 7)
    assert ledger.find_served("growth", 7) == ROW.content
    for other in (("growth", 8), ("safe", 7)):
        assert ledger.find_served(*other) is None
    [(content,)] = query("SELECT content FROM served")
    assert len(content) < len(ROW.content) / 4
    assert zlib.decompress(content) == ROW.content


def test_a_hash_is_kept_once_and_then_for_longer(
    ledger: Ledger, query: Any, make_entry: Any
) -> None:
    again = ROW._replace(served_at=NOW + 5, expires_at=NOW + 15)
    first, second, third = (make_entry() for _ in range(3))
    both = (replace(first, served=ROW), replace(second, served=ROW))
    assert commit(ledger, *both) == [None, None]
    assert commit(ledger, replace(third, served=again)) == [None]
    assert query("SELECT served_hash, expires_at FROM served") == [("h1", NOW + 15)]


def test_of_several_answers_at_an_instant_the_last_one_counts(
    ledger: Ledger, make_entry: Any
) -> None:
    revised = ROW._replace(served_hash="h2", served_at=NOW + 1, content=b"later")
    for row in (revised, ROW):
        commit(ledger, replace(make_entry(), served=row))
    assert ledger.find_served("growth", 7) == b"later"
    commit(ledger, replace(make_entry(), served=ROW._replace(served_at=NOW + 2)))
    assert ledger.find_served("growth", 7) == ROW.content


def test_the_content_of_what_has_expired_goes_as_more_is_served(
    ledger: Ledger, query: Any, make_entry: Any
) -> None:
    for number in range(4):
        commit(ledger, replace(make_entry(), served=ROW._replace(served_hash=f"old{number}")))
    for number in range(2):
        later = ROW._replace(
            served_hash=f"new{number}", served_at=NOW + 20, expires_at=NOW + 30, as_of=8
        )
        commit(ledger, replace(make_entry(), served=later))
    held = query("SELECT served_hash FROM served WHERE content IS NOT NULL ORDER BY 1")
    assert held == [("new0",), ("new1",)]
    assert ledger.find_served("growth", 7) is None
    assert query("SELECT count(*) FROM served WHERE as_of = 7") == [(4,)]  # events name them


def test_what_has_expired_and_is_served_again_is_kept_again(
    ledger: Ledger, make_entry: Any
) -> None:
    commit(ledger, replace(make_entry(), served=ROW))
    other = ROW._replace(served_hash="h2", as_of=8, served_at=NOW + 20, expires_at=NOW + 30)
    commit(ledger, replace(make_entry(), served=other))
    assert ledger.find_served("growth", 7) is None
    commit(ledger, replace(make_entry(), served=ROW._replace(expires_at=NOW + 40)))
    assert ledger.find_served("growth", 7) == ROW.content


def test_a_row_without_content_takes_none_away_and_gives_none(
    ledger: Ledger, make_entry: Any
) -> None:
    bare = ROW._replace(content=None)
    commit(ledger, replace(make_entry(), served=bare))
    assert ledger.find_served("growth", 7) is None
    entries = (replace(make_entry(), served=row) for row in (bare, ROW, bare))
    commit(ledger, *entries)
    commit(ledger, replace(make_entry(), served=bare))
    assert ledger.find_served("growth", 7) == ROW.content


def test_an_entry_that_is_refused_leaves_nothing_that_was_served(
    ledger: Ledger, query: Any, make_entry: Any
) -> None:
    bad = replace(make_entry(quantity=0), served=ROW)
    [refused] = commit(ledger, bad)
    assert isinstance(refused, EntryRefused)
    assert query("SELECT count(*) FROM served") == [(0,)]


FIRST_LAYOUT = """
CREATE TABLE usage_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL CHECK (account_id <> ''),
    meter TEXT NOT NULL CHECK (meter <> ''),
    quantity INTEGER NOT NULL CHECK (quantity > 0 OR reverses IS NOT NULL),
    ts_event INTEGER NOT NULL CHECK (ts_event > 0),
    route TEXT NOT NULL,
    request_fingerprint TEXT NOT NULL,
    price_version TEXT NOT NULL,
    reverses TEXT REFERENCES usage_events (event_id),
    properties TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY REFERENCES usage_events (seq), sent_at INTEGER, confirmed_at INTEGER
) STRICT;
CREATE TRIGGER every_event_goes_out AFTER INSERT ON usage_events
BEGIN INSERT INTO outbox (seq) VALUES (new.seq); END;
CREATE TRIGGER events_are_frozen BEFORE UPDATE ON usage_events
BEGIN SELECT RAISE(ABORT, 'a usage event is frozen'); END;
CREATE TABLE idempotency (
    account_id TEXT NOT NULL, route TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (account_id, route, key)
) STRICT;
CREATE TABLE deliveries (
    account_id TEXT NOT NULL, meter TEXT NOT NULL, subject_id TEXT NOT NULL,
    event_id TEXT NOT NULL, PRIMARY KEY (account_id, meter, subject_id)
) STRICT, WITHOUT ROWID;
INSERT INTO usage_events
    (event_id, account_id, meter, quantity, ts_event, route, request_fingerprint, price_version)
VALUES ('old', 'acct_a', 'advice_generation', 1, 5, 'r', 'f', 'v');
PRAGMA user_version = 1;
"""


def test_a_ledger_of_the_first_layout_is_brought_up_to_date(
    tmp_path: Path, make_entry: Any
) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as old:
        old.executescript(FIRST_LAYOUT)
    for _ in range(2):  # and opened again as what it is now
        with Ledger(tmp_path) as ledger:
            event = ledger.find_event("acct_a", "old")
            assert event is not None
            assert (event.quantity, event.served_hash, event.as_of) == (1, None, None)
    with Ledger(tmp_path) as ledger:
        served = make_entry(served_hash="h1")
        assert commit(ledger, replace(served, served=ROW)) == [None]
        assert ledger.find_served("growth", 7) == ROW.content
    with closing(open_reader(tmp_path / "ledger.sqlite3")) as reader:
        assert reader.execute("PRAGMA user_version").fetchone() == (2,)


def test_an_upgrade_that_fails_half_way_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as old:
        old.executescript(FIRST_LAYOUT + "CREATE TABLE served (x);")
    with pytest.raises(Exception, match="already exists"):
        Ledger(tmp_path)
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as old:
        columns = [row[1] for row in old.execute("PRAGMA table_info(usage_events)")]
        assert "served_hash" not in columns
        assert old.execute("PRAGMA user_version").fetchone() == (1,)
