"""The tables of the ledger, and how a connection to them is opened.

The file carries its layout version in ``PRAGMA user_version``. STRICT tables refuse a value of the
wrong type, so that a quantity is an integer or is not stored at all.
"""

import sqlite3
from pathlib import Path

from connectors.store.document_tables import DOCUMENTS

VERSION = 2

# usage_events: one row per billable unit, frozen when it was committed; a correction is a new row
#   that names the event it reverses, at most one per event. ts_event: microseconds UTC. seq is the
#   order of commits and the place in the outbox. It is the key of the table because event ids are
#   scattered: as the key of both tables they cost two scattered pages per event and commit.
# outbox: how far the delivery of an event to billing has got.
# idempotency: the answer given under a key, byte for byte, until expires_at. A row means "done":
#   what is still running, the process that owns the ledger knows. Each new answer takes up to two
#   expired ones away, so the table holds a day and is never scanned.
# served: what was told of a portfolio at an instant, once per hash, which usage events name it by:
#   eleven events of one answer would repeat it. content is zlib and goes after expires_at, the row
#   stays: each new row takes the content of up to two expired ones away.
# deliveries: what was pushed to whom, so that a pushed row is billed once per account and subject.
TABLES = """
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
    properties TEXT NOT NULL DEFAULT '{}',
    served_hash TEXT
) STRICT;
CREATE UNIQUE INDEX usage_events_reverses ON usage_events (reverses) WHERE reverses IS NOT NULL;
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY REFERENCES usage_events (seq),
    sent_at INTEGER,
    confirmed_at INTEGER
) STRICT;
CREATE TRIGGER every_event_goes_out AFTER INSERT ON usage_events
BEGIN INSERT INTO outbox (seq) VALUES (new.seq); END;
CREATE TRIGGER events_are_frozen BEFORE UPDATE ON usage_events
BEGIN SELECT RAISE(ABORT, 'a usage event is frozen'); END;
CREATE TRIGGER events_stay BEFORE DELETE ON usage_events
BEGIN SELECT RAISE(ABORT, 'a usage event is frozen'); END;
CREATE TABLE idempotency (
    account_id TEXT NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, route, key)
) STRICT;
CREATE INDEX idempotency_expiry ON idempotency (expires_at);
CREATE TRIGGER expired_answers_go AFTER INSERT ON idempotency
BEGIN
    DELETE FROM idempotency WHERE rowid IN (
        SELECT rowid FROM idempotency WHERE expires_at <= new.created_at
        ORDER BY expires_at LIMIT 2
    );
END;
CREATE TABLE deliveries (
    account_id TEXT NOT NULL,
    meter TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    PRIMARY KEY (account_id, meter, subject_id)
) STRICT, WITHOUT ROWID;
"""

SERVED = """
CREATE TABLE served (
    served_hash TEXT NOT NULL UNIQUE,
    portfolio_id TEXT NOT NULL,
    as_of INTEGER NOT NULL,
    served_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    content BLOB
) STRICT;
CREATE INDEX served_moment ON served (portfolio_id, as_of, served_at) WHERE content IS NOT NULL;
CREATE INDEX served_expiry ON served (expires_at) WHERE content IS NOT NULL;
CREATE TRIGGER expired_content_goes AFTER INSERT ON served
BEGIN
    UPDATE served SET content = NULL WHERE rowid IN (
        SELECT rowid FROM served WHERE expires_at <= new.served_at AND content IS NOT NULL
        ORDER BY expires_at LIMIT 2
    );
END;
"""
FROM_1_TO_2 = "ALTER TABLE usage_events ADD COLUMN served_hash TEXT;"


def open_writer(path: Path) -> sqlite3.Connection:
    """Open the ledger for its one writer, creating its tables or bringing them up to date.

    ``synchronous=FULL`` makes every commit wait for the disk: an answer leaves only after that.

    Raises:
        ValueError: the file was written by a newer version of this program.
        sqlite3.Error: the file cannot be opened, or is no database.
    """
    connection = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection)
    except (sqlite3.Error, ValueError):
        connection.close()
        raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """Open an existing ledger for reading: it sees committed rows only and never blocks the writer.

    Raises:
        sqlite3.Error: there is no such file, or it cannot be read.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=1.0,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA query_only = ON")
    return connection


def _migrate(connection: sqlite3.Connection) -> None:
    [found] = connection.execute("PRAGMA user_version").fetchone()
    if found > VERSION:
        raise ValueError(f"the ledger has layout {found}, this program knows up to {VERSION}")
    if found < VERSION:
        steps = TABLES if found == 0 else FROM_1_TO_2
        steps += SERVED + DOCUMENTS
        script = f"BEGIN IMMEDIATE;{steps}PRAGMA user_version = {VERSION};COMMIT;"
        connection.executescript(script)
