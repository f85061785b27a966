from collections.abc import Iterator
from contextlib import closing, contextmanager

import pathway as pw
import psycopg
import pytest

from connectors.sinks import postgres_store
from connectors.sinks.postgres_batch import Batch, Checkpoint
from connectors.sinks.postgres_link import SchemaTaken, SinkLost, StoreError
from connectors.sinks.postgres_rows import read_rows
from connectors.sinks.postgres_store import PostgresStore
from connectors.sinks.postgres_tables import CHANGE_LOG, Column, SinkTable

pytestmark = pytest.mark.integration


class Bar(pw.Schema):
    """Prices. One row per (symbol, bar_start)."""

    symbol: str
    bar_start: int
    close: float = pw.column_definition(description='it\'s the "last" price')
    vwap: float | None
    facts: pw.Json
    is_final: bool
    blob: bytes


TABLE = SinkTable.of("bars", Bar, ("bar_start", "symbol"), indexes=[("symbol", "is_final")])
OLD = SinkTable(
    "notes", (Column("name", "text"), Column("old", "bigint"), Column("size", "bigint")), ("name",)
)
NEW = SinkTable(
    "notes",
    (
        Column("name", "text"),
        Column("size", "bigint", nullable=True, comment="units"),
        Column("fresh", "double precision"),
    ),
    ("name",),
    "Notes.",
)


@contextmanager
def prepared(url: str, *tables: SinkTable) -> Iterator[tuple[PostgresStore, list[str]]]:
    with closing(PostgresStore(url, tables=tables)) as store:
        yield store, store.prepare()


def ask(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as session:
        return session.execute(query).fetchall()


def test_tables_are_made_with_types_keys_indexes_and_comments(database_url: str) -> None:
    with prepared(database_url, TABLE) as (_, changes):
        assert changes == ["table bars: made", "table change_log: made"]
    assert ask(
        database_url,
        """SELECT a.attname, format_type(a.atttypid, -1), a.attnotnull,
                  col_description(a.attrelid, a.attnum)
           FROM pg_attribute a WHERE attrelid = 'yieldflow.bars'::regclass AND attnum > 0
           ORDER BY attnum""",
    ) == [
        ("symbol", "text", True, None),
        ("bar_start", "bigint", True, None),
        ("close", "double precision", True, 'it\'s the "last" price'),
        ("vwap", "double precision", False, None),
        ("facts", "jsonb", True, None),
        ("is_final", "boolean", True, None),
        ("blob", "bytea", True, None),
    ]
    assert ask(
        database_url,
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = 'yieldflow.bars'::regclass ORDER BY 1",
    ) == [
        ("CREATE INDEX bars_symbol_is_final ON yieldflow.bars USING btree (symbol, is_final)",),
        ("CREATE UNIQUE INDEX bars_pkey ON yieldflow.bars USING btree (bar_start, symbol)",),
    ]
    [(comment,)] = ask(database_url, "SELECT obj_description('yieldflow.bars'::regclass)")
    assert comment == "Prices. One row per (symbol, bar_start)."
    with prepared(database_url, TABLE) as (_, changes):
        assert changes == []
    assert ask(database_url, "SELECT version, change FROM yieldflow.schema_version") == [
        (1, "table bars: made\ntable change_log: made")
    ]


def test_columns_are_added_and_kept_and_rolled_back_with_the_others(database_url: str) -> None:
    with prepared(database_url, OLD) as (store, _):
        store.restore()
        batch = Batch()
        for name in ("a", "b", "c"):
            batch.put("notes", (name,), (name, 7, 1))
        store.write(batch)
        store.write_checkpoint(Checkpoint(1, {}))
        store.write(Batch({"notes": {("a",): ("a", 8, 2)}}))
    with prepared(database_url, NEW) as (store, changes):
        assert changes == [
            "table notes: column size may be null",
            "table notes: column fresh added, null in older rows",
            "table notes: column old may be null: it is kept, but no longer written",
        ]
        store.restore()
        assert read_rows(database_url, NEW)[0] == {"name": "a", "size": 1, "fresh": None}
        batch = Batch()
        batch.put("notes", ("a",), ("a", None, 0.5))
        batch.put("notes", ("b",), None)
        batch.put("notes", ("d",), ("d", 4, 0.5))
        store.write(batch)
        query = "SELECT name, old, size, fresh FROM yieldflow.notes ORDER BY name"
        assert ask(database_url, query) == [
            ("a", 7, None, 0.5),
            ("c", 7, 1, None),
            ("d", None, 4, 0.5),
        ]
    with prepared(database_url, NEW) as (store, changes):
        assert changes == []
        store.restore()
        assert ask(database_url, query) == [(name, 7, 1, None) for name in "abc"]
    comments = "SELECT obj_description(c), col_description(c, 3) FROM (SELECT 'yieldflow.notes'"
    assert ask(database_url, comments + "::regclass c) t") == [("Notes.", "units")]
    assert len(ask(database_url, "SELECT * FROM yieldflow.schema_version")) == 2


def test_a_column_that_was_dropped_by_hand_is_added_anew(database_url: str) -> None:
    with prepared(database_url, OLD):
        pass
    changed = SinkTable(
        "notes", (Column("name", "text"), Column("size", "text", nullable=True)), ("name",)
    )
    with pytest.raises(StoreError) as refused, prepared(database_url, changed):
        pass
    assert str(refused.value) == (
        "table notes, column size is bigint and needs text: rename or drop the column, and it is "
        "added anew"
    )
    assert len(ask(database_url, "SELECT * FROM yieldflow.schema_version")) == 1
    with psycopg.connect(database_url) as session:
        session.execute("ALTER TABLE yieldflow.notes DROP COLUMN size")
    with prepared(database_url, changed) as (store, _):
        store.restore()
        store.write(Batch({"notes": {("a",): ("a", "large")}}))
        store.write_checkpoint(Checkpoint(1, {}))
        store.write(Batch({"notes": {("a",): None}}))
    with prepared(database_url, changed) as (store, _):
        store.restore()
    assert read_rows(database_url, changed) == [{"name": "a", "size": "large"}]


def test_another_key_is_refused(database_url: str) -> None:
    with prepared(database_url, OLD):
        pass
    changed = SinkTable("notes", OLD.columns, ("name", "size"))
    with (
        pytest.raises(StoreError, match="notes has the key name and needs name, size: rename or"),
        prepared(database_url, changed),
    ):
        pass


def test_a_schema_has_one_writer(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_store, "LOCK_WAIT", 0.2)
    with prepared(database_url, OLD):
        with pytest.raises(SchemaTaken, match="'yieldflow' is written by another engine") as told:
            PostgresStore(database_url, tables=[OLD]).prepare()
        assert "give `sinks.postgres.schema` another name" in str(told.value)
        with closing(PostgresStore(database_url, tables=[OLD], schema="other")) as other:
            other.prepare()
    with prepared(database_url, OLD) as (_, changes):
        assert changes == []


def test_a_start_without_a_checkpoint_empties_the_tables(database_url: str) -> None:
    with prepared(database_url, OLD) as (store, _):
        assert store.restore() is None
        batch = Batch({"notes": {("a",): ("a", 8, 2)}})
        batch.append("change_log", ("notes", "a", "upsert", {}, None))
        store.write(batch)
    with prepared(database_url, OLD) as (store, _):
        assert store.restore() is None
        assert read_rows(database_url, OLD) == read_rows(database_url, CHANGE_LOG) == []


def test_a_checkpoint_of_other_settings_is_no_use(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with prepared(database_url, OLD) as (store, _):
        store.restore("settings 1")
        store.write(Batch({"notes": {("a",): ("a", 8, 2)}}))
        store.write_checkpoint(Checkpoint(4, {"part": b"x"}))
    with prepared(database_url, OLD) as (store, _):
        assert store.restore("settings 1") == Checkpoint(4, {"part": b"x"})
        assert not caplog.records
    with prepared(database_url, OLD) as (store, _):
        with pytest.raises(StoreError, match=r"made with other settings .* --anew"):
            store.restore("settings 2")
        assert len(read_rows(database_url, OLD)) == 1
        assert store.restore("settings 2", anew=True) is None
        assert "are emptied" in caplog.text
        assert read_rows(database_url, OLD) == []
    with prepared(database_url, OLD) as (store, _):
        assert store.restore("settings 1") is None


@pytest.mark.parametrize(
    "address", ["postgresql://u:hidden%zz@127.0.0.1/x", "hidden", "host=a password='hidden"]
)
def test_an_address_that_cannot_be_read_is_not_repeated(address: str) -> None:
    with pytest.raises(StoreError, match="write DATABASE_URL as") as refused:
        PostgresStore(address, tables=[OLD])
    assert "hidden" not in f"{refused.value!r} {refused.value.__cause__}"


def test_a_server_that_is_not_there_is_told_as_lost() -> None:
    store = PostgresStore("postgresql://u:hidden@127.0.0.1:1/x", tables=[OLD])
    with pytest.raises(SinkLost, match="port 1 failed: Connection refused") as lost:
        store.prepare()
    assert "hidden" not in str(lost.value)


def test_a_server_that_lets_nobody_in_is_not_waited_for(database_url: str) -> None:
    store = PostgresStore(database_url + "_not_there", tables=[OLD])
    with pytest.raises(StoreError, match="does not exist"):
        store.prepare()


def test_names_of_the_bookkeeping_are_taken(database_url: str) -> None:
    table = SinkTable("engine", OLD.columns, ("name",))
    with pytest.raises(StoreError, match="engine"), prepared(database_url, table):
        pass
