"""Where the engine stands, kept in Postgres beside its tables: last commit, last checkpoint."""

import logging
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import orjson
import psycopg
from psycopg import sql

from connectors.sinks.postgres_batch import Batch, Cells, Checkpoint
from connectors.sinks.postgres_link import SinkLost, StoreError
from connectors.sinks.postgres_migrate import ENGINE, STATES
from connectors.sinks.postgres_sql import TableSql, clear

PIECE: Final = 1 << 20  # bytes of a state in one row
FAST: Final = 1  # zlib level: arrays with room to grow shrink to a tenth at once
_log = logging.getLogger(__name__)


class Progress:
    """Counts commits, numbers the rows of logs, and stores checkpoints.

    Each commit carries its number in the same transaction. After a lost connection the number says
    whether the commit took place, and whether the tables are still those this run has written.

    Args:
        schema: of the tables.
        run: an id that no other run has.
    """

    def __init__(self, schema: str, run: str) -> None:
        self._run, self._schema = run, schema
        self._batch = 0
        self._seqs: dict[str, int] = {}
        self._engine = sql.Identifier(schema, ENGINE)
        self._states = sql.Identifier(schema, STATES)
        self._advance = sql.SQL("UPDATE {} SET batch = %s").format(self._engine).as_bytes()

    def begin(
        self,
        connection: psycopg.Connection[Any],
        tables: Mapping[str, TableSql],
        fingerprint: str,
        *,
        anew: bool,
    ) -> Checkpoint | None:
        """Bring the tables back to the last checkpoint, or empty them, and begin to count anew.

        Raises:
            StoreError: the checkpoint is of other settings, and nobody asked to begin anew.
        """
        query = sql.SQL("SELECT checkpoint, fingerprint, marks FROM {}").format(self._engine)
        row = connection.execute(query).fetchone()
        number, known, marks = (None, "", {}) if row is None else row
        if number is None or known != fingerprint:
            if number is not None:
                self._may_begin_anew(_changed(known, fingerprint), anew)
            number, marks = None, {}
            self._empty(connection, tables.values())
        else:
            self._roll_back(connection, tables.values(), marks)
        self._batch = 0
        self._seqs = {name: int(seq) for name, seq in marks.items()}
        connection.execute(
            sql.SQL(
                "INSERT INTO {} VALUES (true, %(run)s, 0, %(number)s, %(print)s, %(marks)s) "
                "ON CONFLICT (only_row) DO UPDATE SET run = excluded.run, batch = 0, "
                "checkpoint = excluded.checkpoint, fingerprint = excluded.fingerprint, "
                "marks = excluded.marks"
            ).format(self._engine),
            {
                "run": self._run,
                "number": number,
                "print": fingerprint,
                "marks": orjson.dumps(marks).decode(),
            },
        )
        return None if number is None else Checkpoint(number, self._payloads(connection))

    def _may_begin_anew(self, changed: str, anew: bool) -> None:
        """Refuse to empty tables that feeds may not be able to fill again, unless asked to."""
        if not anew:
            raise StoreError(
                f"schema {self._schema!r}: its tables were made with other settings ({changed}); "
                "undo that, name another sinks.postgres.schema, or empty them and begin anew "
                "with --anew"
            )
        _log.warning("postgres: the tables of %s are emptied (%s)", self._schema, changed)

    def append(
        self, cursor: psycopg.Cursor[Any], statements: TableSql, rows: Sequence[Cells]
    ) -> None:
        """Add numbered rows to a log."""
        seq = self._seqs.get(statements.table.name, 0)
        with cursor.copy(statements.copy) as copy:
            copy.set_types(statements.copy_types)
            for number, row in enumerate(rows, seq + 1):
                copy.write_row((number, *row))

    def advance(self, connection: psycopg.Connection[Any]) -> None:
        """Write down that the running transaction is the next commit."""
        connection.execute(self._advance, [self._batch + 1])

    def advanced(self, batch: Batch) -> None:
        """Count a commit of ``batch`` that has taken place."""
        self._batch += 1
        for name, added in batch.appended.items():
            self._seqs[name] = self._seqs.get(name, 0) + len(added)

    def checkpoint(
        self,
        connection: psycopg.Connection[Any],
        checkpoint: Checkpoint,
        touched: Iterable[sql.Identifier],
    ) -> None:
        """Store a checkpoint in place of the last one and forget what was noted since that."""
        packed = {part: zlib.compress(state, FAST) for part, state in checkpoint.payloads.items()}
        clear(connection, [self._states, *touched])
        with connection.cursor() as cursor:
            into = sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(self._states)
            with cursor.copy(into) as copy:
                copy.set_types(["text", "integer", "bytea"])
                for piece in Checkpoint(checkpoint.number, packed).pieces(PIECE):
                    copy.write_row(piece)
        connection.execute(
            sql.SQL("UPDATE {} SET batch = %s, checkpoint = %s, marks = %s").format(self._engine),
            [self._batch + 1, checkpoint.number, orjson.dumps(self._seqs).decode()],
        )

    def took_place(self, connection: psycopg.Connection[Any]) -> bool:
        """Whether the commit after the last one counted is there.

        Raises:
            SinkLost: the tables are not as this run has left them.
        """
        query = sql.SQL("SELECT run, batch FROM {}").format(self._engine)
        row = connection.execute(query).fetchone()
        if row is None or row[0] != self._run or row[1] not in (self._batch, self._batch + 1):
            raise SinkLost("the tables are not as this engine left them: another one wrote them")
        return bool(row[1] == self._batch + 1)

    def _empty(self, connection: psycopg.Connection[Any], tables: Collection[TableSql]) -> None:
        clear(connection, [self._states, *_undos(tables), *(table.base for table in tables)])

    def _roll_back(
        self,
        connection: psycopg.Connection[Any],
        tables: Collection[TableSql],
        marks: Mapping[str, int],
    ) -> None:
        for table in tables:
            if table.table.append_only:
                query = sql.SQL("DELETE FROM {} WHERE seq > %s").format(table.base)
                connection.execute(query, [marks.get(table.table.name, 0)])
            else:
                for statement in table.roll_back():
                    connection.execute(statement)
        clear(connection, _undos(tables))

    def _payloads(self, connection: psycopg.Connection[Any]) -> dict[str, bytes]:
        query = sql.SQL("SELECT part, piece FROM {} ORDER BY part, place").format(self._states)
        parts: dict[str, list[bytes]] = {}
        for part, piece in connection.cursor(binary=True).execute(query):
            parts.setdefault(part, []).append(piece)
        return {part: zlib.decompress(b"".join(pieces)) for part, pieces in parts.items()}


def _undos(tables: Iterable[TableSql]) -> list[sql.Identifier]:
    return [table.undo for table in tables if not table.table.append_only]


def _changed(known: str, fingerprint: str) -> str:
    """Names of the parts of a fingerprint that are not as they were."""
    parts = set(known.split()) ^ set(fingerprint.split())
    return ", ".join(sorted({part.partition("=")[0] for part in parts}))
