"""The SQL that stores entries and reads them back.

Rows go in with one statement per table and batch. ``executemany`` would give up and take back the
interpreter lock for every row, and beside a busy thread each time costs up to a switch interval:
160 ms instead of 25 ms for 96 rows.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

from connectors.store.entries import AnswerRow, DeliveryRow, Entry, UsageRow

# At ten columns a row, far below SQLite's 32,766 variables; the connection keeps the statements of
# 128 lengths prepared, so this bounds their memory too.
_ROWS_PER_STATEMENT = 250

Statement = tuple[str, tuple[object, ...]]

_EVENT = f"INSERT INTO usage_events ({','.join(UsageRow._fields)}) VALUES "
_ANSWER = f"INSERT OR REPLACE INTO idempotency ({','.join(AnswerRow._fields)}) VALUES "
_DELIVERY = f"INSERT INTO deliveries ({','.join(DeliveryRow._fields)}) VALUES "
_UNLESS_STORED = " ON CONFLICT (event_id) DO NOTHING"
_UNLESS_DELIVERED = " ON CONFLICT (account_id, meter, subject_id) DO NOTHING"

EVENT = f"""
SELECT {",".join(UsageRow._fields)}, seq, sent_at, confirmed_at
FROM usage_events JOIN outbox USING (seq) WHERE event_id = ? AND account_id = ?
"""
ANSWER = f"""
SELECT {",".join(AnswerRow._fields)} FROM idempotency
WHERE account_id = ? AND route = ? AND key = ? AND expires_at > ?
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
    ]


def _insert(
    into: str, rows: Sequence[tuple[object, ...]], on_conflict: str = ""
) -> Iterator[Statement]:
    for start in range(0, len(rows), _ROWS_PER_STATEMENT):
        part = rows[start : start + _ROWS_PER_STATEMENT]
        places = f"({','.join('?' * len(part[0]))})"
        statement = into + ",".join([places] * len(part)) + on_conflict
        yield statement, tuple(chain.from_iterable(part))
