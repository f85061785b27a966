"""The engine's tables in Postgres: written in transactions, and brought back to a checkpoint.

The engine keeps no log of its own. Once in a while it hands over a checkpoint: the states of its
parts as of a minibatch. Until the next one, the row of every key that is touched for the first time
is noted as it stood, in the transaction that changes it. A start after a crash puts those rows back
and gives the states out again: tables and engine then stand at the same minibatch, and what follows
is what would have followed without the crash.
"""

import logging
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import psycopg

from connectors.sinks.postgres_batch import Batch, Cells, Checkpoint, Key
from connectors.sinks.postgres_link import Link, SinkLost, StoreError, passes
from connectors.sinks.postgres_migrate import migrate
from connectors.sinks.postgres_progress import Progress
from connectors.sinks.postgres_sql import TableSql
from connectors.sinks.postgres_tables import CHANGE_LOG, SinkTable

LOCK_WAIT: Final = 5.0  # seconds the session of an engine that was killed may take to end
_log = logging.getLogger(__name__)


class PostgresStore:
    """The tables of one schema. One engine at a time may write them.

    :meth:`prepare`, then :meth:`restore`, then any number of writes; one thread at a time.

    Args:
        dsn: where Postgres is, as a URL or as key=value pairs.
        tables: of the engine; ``change_log`` is added.
        schema: made when it does not exist. It is the engine's own: a start empties its tables when
            they belong to no checkpoint.

    Raises:
        StoreError: ``dsn`` cannot be read.
    """

    def __init__(self, dsn: str, *, tables: Sequence[SinkTable], schema: str = "yieldflow") -> None:
        self.tables = (*tables, CHANGE_LOG)
        self.schema = schema
        self._link = Link(dsn, schema)
        self._progress = Progress(schema, uuid.uuid4().hex)
        self._sql: dict[str, TableSql] = {}
        self._staged: set[str] = set()
        self._noted: dict[str, set[Key]] = {}
        self._done = False

    def prepare(self) -> list[str]:
        """Connect, become the one writer of the schema, and make or change its tables.

        Returns:
            What was changed, a line each.

        Raises:
            StoreError: another engine writes the schema, a table is of another make, or Postgres
                does not let us.
            SinkLost: Postgres is away.
        """
        try:
            self._link.open(LOCK_WAIT)
            self._staged.clear()
            ready = migrate(self._link.connection, self.schema, self.tables)
        except psycopg.Error as error:
            if passes(error):
                raise SinkLost(f"postgres is away: {self.reason(error)}") from None
            raise StoreError(f"postgres, schema {self.schema!r}: {self.reason(error)}") from None
        self._sql = ready.tables
        return ready.changes

    def restore(self, fingerprint: str = "", *, anew: bool = False) -> Checkpoint | None:
        """Bring the tables back to the last checkpoint and give its states.

        Args:
            fingerprint: of the settings. The states of an engine with other settings are of no use.
            anew: then empty the tables instead of refusing.

        Returns:
            The checkpoint; None: there is none, the tables are empty and all begins anew.

        Raises:
            StoreError: the tables were made with other settings.
            SinkLost: Postgres is away.
        """
        connection = self._link.connection
        try:
            with connection.transaction():
                checkpoint = self._progress.begin(connection, self._sql, fingerprint, anew=anew)
        except psycopg.Error as error:
            raise SinkLost(f"postgres is away: {self.reason(error)}") from None
        self._noted.clear()
        self._done = False
        return checkpoint

    def write(self, batch: Batch) -> None:
        """Write a batch in one transaction; when it raises, the same batch may be written again.

        Raises:
            psycopg.Error: nothing was written, or it is unknown whether it was: see
                :meth:`reconnect`.
        """
        if not self._already_done():
            connection, staged = self._link.connection, set(self._staged)
            with connection.transaction():
                self._stage(connection, batch, staged)
                with connection.pipeline():
                    for name, rows in batch.rows.items():
                        self._apply(connection, self._sql[name], rows)
                    self._progress.advance(connection)
            self._staged = staged
        self._progress.advanced(batch)
        for name, rows in batch.rows.items():
            self._noted.setdefault(name, set()).update(rows)

    def write_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Make all that has been written so far what a start comes back to.

        Raises:
            psycopg.Error: as for :meth:`write`.
        """
        if not self._already_done():
            connection = self._link.connection
            touched = [self._sql[name].undo for name in self._noted]
            with connection.transaction():
                self._progress.checkpoint(connection, checkpoint, touched)
        self._progress.advanced(Batch())
        self._noted.clear()

    def reconnect(self) -> None:
        """Connect anew after a lost connection and find out whether its last commit took place.

        Raises:
            psycopg.Error: the server is still away.
            SinkLost: another engine has written the tables meanwhile, or they are an older copy.
        """
        self._link.open(LOCK_WAIT)
        self._staged.clear()
        self._done = self._progress.took_place(self._link.connection)

    def reason(self, error: psycopg.Error) -> str:
        """What went wrong, one line without the password."""
        return self._link.reason(error)

    def sever(self) -> None:
        """Cut the connection under a write that does not end; from any thread."""
        self._link.sever()

    def close(self) -> None:
        """Disconnect and let other engines write; twice is once."""
        self._link.close()

    def _already_done(self) -> bool:
        done, self._done = self._done, False
        if done:
            _log.info("postgres: the commit before the connection was lost had taken place")
        return done

    def _stage(self, connection: psycopg.Connection[Any], batch: Batch, staged: set[str]) -> None:
        with connection.cursor() as cursor:
            for name, rows in batch.rows.items():
                statements = self._sql[name]
                if name not in staged:
                    cursor.execute(statements.stage())
                    staged.add(name)
                _copy(cursor, statements, rows, self._noted.get(name, ()))
            for name, added in batch.appended.items():
                self._progress.append(cursor, self._sql[name], added)

    def _apply(
        self,
        connection: psycopg.Connection[Any],
        statements: TableSql,
        rows: Mapping[Key, Cells | None],
    ) -> None:
        if not rows.keys() <= self._noted.get(statements.table.name, set()):
            connection.execute(statements.note)
        if None in rows.values():
            connection.execute(statements.delete)
        connection.execute(statements.upsert)


def _copy(
    cursor: psycopg.Cursor[Any],
    statements: TableSql,
    rows: Mapping[Key, Cells | None],
    noted: Collection[Key],
) -> None:
    table = statements.table
    with cursor.copy(statements.copy) as copy:
        copy.set_types(statements.copy_types)
        for key, row in rows.items():
            fresh = key not in noted
            if row is None:
                cells = dict(zip(table.key, key, strict=True))
                copy.write_row((*map(cells.get, table.names), True, fresh))
            else:
                copy.write_row((*row, False, fresh))
