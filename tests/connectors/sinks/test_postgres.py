"""Tables of a graph in a real Postgres, through the sink as a run uses it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import pathway as pw
import psycopg
import pytest

from connectors.sinks.postgres import PostgresSink, write_postgres
from connectors.sinks.postgres_batch import Checkpoint
from connectors.sinks.postgres_link import SinkLost
from connectors.sinks.postgres_rows import read_rows
from connectors.sinks.postgres_store import PostgresStore
from connectors.sinks.postgres_streams import Stream
from connectors.sinks.postgres_tables import CHANGE_LOG, SinkTable
from connectors.sources.stop import StopToken

pytestmark = pytest.mark.integration


class Bar(pw.Schema):
    """A bar. One row per (symbol, bar_start)."""

    symbol: str
    bar_start: int
    close: float
    vwap: float | None


class Note(pw.Schema):
    """A note. One row per note_id."""

    note_id: str
    text: str
    facts: pw.Json
    as_of: int


class Part(pw.Schema, append_only=True):
    part: str
    number: int
    state: bytes


BARS = SinkTable.of("bars", Bar, ("symbol", "bar_start"))
NOTES = SinkTable.of("notes", Note, ("note_id",))


@pytest.fixture
def store(database_url: str) -> Iterator[PostgresStore]:
    with closing(PostgresStore(database_url, tables=[BARS, NOTES])) as opened:
        opened.prepare()
        opened.restore("settings")
        yield opened


def bars(*rows: tuple[str, int, float, float | None, int, int]) -> pw.Table[Bar]:
    """(symbol, bar_start, close, vwap, time, diff)."""
    table: pw.Table[Bar] = pw.debug.table_from_rows(Bar, list(rows), is_stream=True)
    return table.with_id_from(table.symbol, table.bar_start)


def notes(*rows: tuple[str, str, Any, int, int, int]) -> pw.Table[Note]:
    """(note_id, text, facts, as_of, time, diff)."""
    packed = [(key, text, pw.Json(facts), *rest) for key, text, facts, *rest in rows]
    table: pw.Table[Note] = pw.debug.table_from_rows(Note, packed, is_stream=True)
    return table.with_id_from(table.note_id)


def run(store: PostgresStore, *streams: Stream, **options: Any) -> PostgresSink:
    sink = write_postgres(streams, store, stop=StopToken(), **options)
    try:
        pw.run(monitoring_level=pw.MonitoringLevel.NONE)
    finally:
        sink.close()
    return sink


def test_a_table_follows_inserts_updates_and_deletes(
    store: PostgresStore, database_url: str
) -> None:
    table = bars(
        ("A", 1, 0.1 + 0.2, None, 2, 1),
        ("B", 1, 5.0, 5.5, 2, 1),
        ("A", 1, 0.1 + 0.2, None, 4, -1),
        ("A", 1, 1e-300, 7.0, 4, 1),
        ("B", 1, 5.0, 5.5, 6, -1),
        ("C", 1, 1.0, None, 6, 1),
    )
    sink = run(store, Stream(table, BARS))
    assert read_rows(database_url, BARS) == [
        {"symbol": "A", "bar_start": 1, "close": 1e-300, "vwap": 7.0},
        {"symbol": "C", "bar_start": 1, "close": 1.0, "vwap": None},
    ]
    status = sink.status()
    assert (status.name, status.state, status.lag) == ("postgres", "connected", 0)
    assert 3 <= status.counters["rows"] <= 5
    assert sink.seconds_behind == 0.0


def test_an_op_stream_says_itself_what_comes_and_goes(
    store: PostgresStore, database_url: str
) -> None:
    class Op(pw.Schema, append_only=True):
        symbol: str
        bar_start: int
        close: float
        vwap: float | None
        up: bool

    ops: pw.Table[Op] = pw.debug.table_from_rows(
        Op,
        [
            ("A", 1, 1.0, None, True, 2, 1),
            ("B", 1, 2.0, None, True, 2, 1),
            ("A", 1, 3.0, None, True, 4, 1),
            ("B", 1, 0.0, None, False, 6, 1),
            ("Z", 9, 0.0, None, False, 6, 1),
        ],
        is_stream=True,
    )
    run(store, Stream(ops, BARS, ops=True))
    assert [(row["symbol"], row["close"]) for row in read_rows(database_url, BARS)] == [("A", 3.0)]


def test_json_and_text_come_back_as_they_were(store: PostgresStore, database_url: str) -> None:
    facts = {"a": [1, 2.5, None, True], "ö\x00": {"b": "\x00z"}}
    run(store, Stream(notes(("n\x001", "a\x00b\t\\N\n", facts, 3, 2, 1)), NOTES))
    assert read_rows(database_url, NOTES) == [
        {
            "note_id": "n�1",
            "text": "a�b\t\\N\n",
            "facts": {"a": [1, 2.5, None, True], "ö�": {"b": "�z"}},
            "as_of": 3,
        }
    ]


def test_changes_of_a_logged_table_are_kept_in_order(
    store: PostgresStore, database_url: str
) -> None:
    table = notes(
        ("n2", "one", {"x": 1.5}, 10, 2, 1),
        ("n1", "one", {}, 11, 2, 1),
        ("n1", "one", {}, 11, 4, -1),
        ("n1", "two", {}, 12, 4, 1),
        ("n2", "one", {"x": 1.5}, 10, 6, -1),
    )
    run(store, Stream(table, NOTES, logged="as_of"), Stream(bars(("A", 1, 1.0, None, 2, 1)), BARS))
    log = read_rows(database_url, CHANGE_LOG)
    assert [
        (row["seq"], row["table_name"], row["key"], row["op"], row["as_of"]) for row in log
    ] == [
        (1, "notes", "n1", "upsert", 11),
        (2, "notes", "n2", "upsert", 10),
        (3, "notes", "n1", "upsert", 12),
        (4, "notes", "n2", "delete", 10),
    ]
    assert log[2]["row"] == {"note_id": "n1", "text": "two", "facts": {}, "as_of": 12}
    assert log[3]["row"]["facts"] == {"x": 1.5}


def test_a_checkpoint_is_written_with_the_rows_of_its_minibatch(
    store: PostgresStore, database_url: str
) -> None:
    parts: pw.Table[Part] = pw.debug.table_from_rows(
        Part,
        [
            ("series", 1, b"s1", 2, 1),
            ("book", 1, b"b1", 2, 1),
            ("series", 2, b"s2", 6, 1),
            ("book", 2, b"b2" * 1_500_000, 6, 1),
            ("series", 3, b"s3", 8, 1),  # the book's part is missing
        ],
        is_stream=True,
    )
    rows = [("A", number, float(number), None, 2 * number, 1) for number in range(1, 6)]
    numbers: list[int] = []
    sink = run(
        store,
        Stream(bars(*rows), BARS),
        checkpoints=parts,
        expected_parts=("series", "book"),
        on_checkpoint=numbers.append,
    )
    assert numbers == [1, 2]
    assert (sink.checkpoint, sink.status().counters["checkpoints_skipped"]) == (2, 1)
    assert len(read_rows(database_url, BARS)) == 5
    with closing(PostgresStore(database_url, tables=[BARS, NOTES])) as again:
        again.prepare()
        assert again.restore("settings") == Checkpoint(
            2, {"series": b"s2", "book": b"b2" * 1_500_000}
        )
    assert [row["bar_start"] for row in read_rows(database_url, BARS)] == [1, 2, 3]


def test_what_postgres_refuses_ends_the_run_and_is_told(
    store: PostgresStore, database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as session:
        session.execute("ALTER TABLE yieldflow.bars ADD CHECK (close < 2)")
    lost: list[SinkLost] = []
    with pytest.raises(SinkLost, match=r"postgres refuses: .*bars_close_check"):
        run(store, Stream(bars(("A", 1, 2.0, None, 2, 1)), BARS), on_lost=lost.append)
    assert len(lost) == 1


def test_streams_and_tables_must_fit(store: PostgresStore) -> None:
    table = bars(("A", 1, 1.0, None, 2, 1))
    with pytest.raises(ValueError, match="vwap"):
        write_postgres([Stream(table.without(pw.this.vwap), BARS)], store, stop=StopToken())
    with pytest.raises(ValueError, match="do not fit"):
        write_postgres([Stream(table, BARS), Stream(table, BARS)], store, stop=StopToken())


def test_a_server_that_does_not_answer_is_told_as_away(
    store: PostgresStore, database_url: str
) -> None:
    table = bars(("A", 1, 1.0, None, 2, 1))
    sink = write_postgres(
        [Stream(table, BARS)], store, stop=StopToken(), patience=timedelta(seconds=0.2)
    )
    with ThreadPoolExecutor(1) as engine, psycopg.connect(database_url) as blocker:
        blocker.execute("LOCK TABLE yieldflow.bars IN EXCLUSIVE MODE")
        running = engine.submit(pw.run, monitoring_level=pw.MonitoringLevel.NONE)
        deadline = time.monotonic() + 20.0
        while sink.status().state != "away":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert sink.status().reason.startswith("no answer for")
        assert sink.seconds_behind > 0.2
        blocker.rollback()
        running.result()
    assert sink.status().state == "connected"
    sink.close()
    assert len(read_rows(database_url, BARS)) == 1
