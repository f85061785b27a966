from contextlib import closing

import pytest

from connectors.sinks.postgres_batch import Batch
from connectors.sinks.postgres_rows import Newest, open_reader, read_rows
from connectors.sinks.postgres_store import PostgresStore
from connectors.sinks.postgres_tables import Column, SinkTable

pytestmark = pytest.mark.integration
TABLE = SinkTable(
    "bars",
    (
        Column("symbol", "text"),
        Column("interval", "text"),
        Column("bar_start", "bigint"),
        Column("close", "double precision", nullable=True),
        Column("facts", "jsonb"),
    ),
    ("symbol", "interval", "bar_start"),
)
FINEST = 5e-324  # the smallest double
VALUES = (0.1 + 0.2, FINEST, 1.7976931348623157e308, -1 / 3, 1e23, float("nan"), None)


def fill(url: str) -> PostgresStore:
    store = PostgresStore(url, tables=[TABLE])
    store.prepare()
    store.restore()
    batch = Batch()
    for symbol, interval in (("A", "1m"), ("A", "5m"), ("B", "1m")):
        for start, value in enumerate(VALUES):
            row = (symbol, interval, start, value, {"at": [start, 1e16 + start]})
            batch.put("bars", row[:3], row)
    store.write(batch)
    return store


def test_values_come_back_bit_by_bit_and_nan_as_null(database_url: str) -> None:
    with closing(fill(database_url)):
        rows = read_rows(database_url, TABLE, where={"symbol": "A", "interval": "5m"})
    assert [row["close"] for row in rows] == [*VALUES[:5], None, None]
    assert [row["bar_start"] for row in rows] == list(range(7))
    assert rows[3]["facts"] == {"at": [3, 1e16 + 3]}


def test_the_newest_rows_of_each_group(database_url: str) -> None:
    newest = Newest(2, ("symbol", "interval"), "bar_start")
    with closing(fill(database_url)):
        rows = read_rows(database_url, TABLE, newest=newest)
        mine = read_rows(database_url, TABLE, newest=newest, where={"symbol": "B", "close": None})
        some = read_rows(database_url, TABLE, newest=newest, where={"bar_start": 4})
    assert [(row["symbol"], row["interval"], row["bar_start"]) for row in rows] == [
        *(("A", "1m", 5), ("A", "1m", 6), ("A", "5m", 5), ("A", "5m", 6)),
        *(("B", "1m", 5), ("B", "1m", 6)),
    ]
    assert mine == []  # null equals nothing
    assert [row["bar_start"] for row in some] == [4, 4, 4]


def test_an_empty_table_has_no_newest_rows(database_url: str) -> None:
    with closing(PostgresStore(database_url, tables=[TABLE])) as store:
        store.prepare()
        assert read_rows(database_url, TABLE, newest=Newest(2, ("symbol",), "bar_start")) == []


def test_one_reader_sees_one_commit(database_url: str) -> None:
    with closing(fill(database_url)) as store, open_reader(database_url) as reader:
        before = reader.rows(TABLE)
        store.write(Batch({"bars": {("A", "1m", 0): None}}))
        assert reader.rows(TABLE) == before
        assert len(read_rows(database_url, TABLE)) == len(before) - 1
