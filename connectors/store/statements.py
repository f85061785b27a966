"""The SQL that stores entries and reads them back.

Rows go in with one statement per table and batch. ``executemany`` would give up and take back the
interpreter lock for every row, and beside a busy thread each time costs up to a switch interval:
160 ms instead of 25 ms for 96 rows.
"""

import zlib
from collections.abc import Iterator, Sequence
from itertools import chain

from connectors.store.entries import (
    AnswerRow,
    DeliveryRow,
    Entry,
    HoldingsRow,
    ServedRow,
    TransactionsRow,
    UsageRow,
)

# At eleven columns a row, far below SQLite's 32,766 variables; the connection keeps the
# statements of 128 lengths prepared, so this bounds their memory too.
_ROWS_PER_STATEMENT = 250

Statement = tuple[str, tuple[object, ...]]

_EVENT = f"INSERT INTO usage_events ({','.join(UsageRow._fields)}) VALUES "
_ANSWER = f"INSERT OR REPLACE INTO idempotency ({','.join(AnswerRow._fields)}) VALUES "
_DELIVERY = f"INSERT INTO deliveries ({','.join(DeliveryRow._fields)}) VALUES "
_SERVED = f"INSERT INTO served ({','.join(ServedRow._fields)}) VALUES "
_HOLDINGS = f"INSERT INTO holding_documents ({','.join(HoldingsRow._fields)}) VALUES "
_TRANSACTIONS = f"INSERT INTO transaction_documents ({','.join(TransactionsRow._fields)}) VALUES "
_UNLESS_STORED = " ON CONFLICT (event_id) DO NOTHING"
_UNLESS_DELIVERED = " ON CONFLICT (account_id, meter, subject_id) DO NOTHING"
_SERVED_AGAIN = """ ON CONFLICT (served_hash) DO UPDATE
SET served_at = excluded.served_at, expires_at = max(expires_at, excluded.expires_at),
    content = coalesce(excluded.content, content)"""

ANY_EVENT = f"""
SELECT {",".join(UsageRow._fields)}, portfolio_id, as_of, seq, sent_at, confirmed_at
FROM usage_events JOIN outbox USING (seq) LEFT JOIN served USING (served_hash) WHERE event_id = ?
"""
EVENT = f"{ANY_EVENT} AND account_id = ?"
CONTENT = "SELECT content FROM served WHERE served_hash = ?"
ANSWER = f"""
SELECT {",".join(AnswerRow._fields)} FROM idempotency
WHERE account_id = ? AND route = ? AND key = ? AND expires_at > ?
"""
SERVED = """
SELECT content FROM served
WHERE portfolio_id = ? AND as_of = ? AND content IS NOT NULL
ORDER BY served_at DESC, rowid DESC LIMIT 1
"""
TAIL = """
SELECT max(seq), count(*) FROM (SELECT seq FROM usage_events WHERE seq > ? ORDER BY seq LIMIT ?)
"""
SUMS = """
SELECT max(seq), account_id, meter, ts_event / 3600000000 * 3600000000 AS hour, sum(quantity),
       max(ts_event)
FROM usage_events WHERE seq > ? AND seq <= ? GROUP BY account_id, meter, hour ORDER BY 1
"""


def inserts(entries: Sequence[Entry]) -> list[Statement]:
    """Return what stores all entries, to be run in order in one transaction.

    The outbox rows come from a trigger, so an event without one cannot exist.
    """
    pushed = [row for entry in entries for row in entry.deliveries]
    return [
        *_insert(_EVENT, [row for entry in entries for row in entry.events]),
        *_insert(_EVENT, [row for entry in entries for row in entry.once], _UNLESS_STORED),
        *_insert(_DELIVERY, pushed, _UNLESS_DELIVERED),
        *_insert(_ANSWER, [entry.answer for entry in entries if entry.answer]),
        *_insert(_SERVED, packed(entries), _SERVED_AGAIN),
        *_insert(_HOLDINGS, [row for entry in entries for row in entry.holdings]),
        *_insert(_TRANSACTIONS, [row for entry in entries for row in entry.transactions]),
    ]


def packed(entries: Sequence[Entry]) -> list[ServedRow]:
    """What was served, each hash once, its content compressed.

    Here and not where the entry is made: this runs in the writer's thread, and zlib lets go of the
    interpreter meanwhile.
    """
    rows: dict[str, ServedRow] = {}
    for row in (entry.served for entry in entries if entry.served):
        known = rows.get(row.served_hash)
        if known is None or known.content is None:
            rows[row.served_hash] = row
    return [
        row._replace(content=None if row.content is None else zlib.compress(row.content, 3))
        for row in rows.values()
    ]


def _insert(
    into: str, rows: Sequence[tuple[object, ...]], on_conflict: str = ""
) -> Iterator[Statement]:
    for start in range(0, len(rows), _ROWS_PER_STATEMENT):
        part = rows[start : start + _ROWS_PER_STATEMENT]
        places = f"({','.join('?' * len(part[0]))})"
        statement = into + ",".join([places] * len(part)) + on_conflict
        yield statement, tuple(chain.from_iterable(part))
