"""Reading the sink's tables back: for views after a restart, and for serving without an engine."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import orjson
import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads

from connectors.sinks.postgres_link import parameters
from connectors.sinks.postgres_sql import names
from connectors.sinks.postgres_tables import SinkTable

_NEWEST: Final = """
WITH RECURSIVE groups AS (
  (SELECT {group} FROM {table} ORDER BY {group} LIMIT 1)
  UNION ALL
  SELECT following.* FROM groups, LATERAL (
    SELECT {group} FROM {table} WHERE ({group}) > ({before}) ORDER BY {group} LIMIT 1) following
)
SELECT newest.* FROM groups, LATERAL (
  SELECT {columns} FROM {table} WHERE ({group}) = ({before}) AND {where}
  ORDER BY {by} DESC LIMIT {limit}) newest ORDER BY {key}
"""


@dataclass(frozen=True)
class Newest:
    """Of each ``group`` the ``limit`` rows with the highest ``by``.

    Quick when ``group`` and then ``by`` begin the key: nothing but those rows is then read.
    """

    limit: int
    group: Sequence[str]
    by: str


class Reader:
    """Reads tables of one schema; all that one reader gives is as of the same commit."""

    def __init__(self, connection: psycopg.Connection[Any], schema: str) -> None:
        self._connection = connection
        self._schema = schema

    def rows(
        self,
        table: SinkTable,
        *,
        where: Mapping[str, object] | None = None,
        newest: Newest | None = None,
    ) -> list[dict[str, Any]]:
        """Rows by column in the order of the key, JSON as plain Python.

        Args:
            table: as it is written.
            where: column -> value it must have.
            newest: only the newest rows of each group.

        Raises:
            psycopg.Error: Postgres is away, or there is no such table or column.
        """
        wanted = dict(where or {})
        plain = sql.SQL("SELECT {columns} FROM {table} WHERE {where} ORDER BY {key}")
        group = [] if newest is None else newest.group
        query = (plain if newest is None else sql.SQL(_NEWEST)).format(
            columns=names(table.names),
            table=sql.Identifier(self._schema, table.name),
            key=names(table.key),
            group=names(group),
            before=sql.SQL(", ").join([sql.Identifier("groups", name) for name in group]),
            where=_equal(wanted),
            by=names([] if newest is None else [newest.by]),
            limit=sql.Literal(0 if newest is None else newest.limit),
        )
        return self._connection.execute(query, list(wanted.values())).fetchall()


@contextmanager
def open_reader(dsn: str, *, schema: str = "yieldflow") -> Iterator[Reader]:
    """Connect for reading; needs no lock and disturbs no engine.

    Raises:
        StoreError: ``dsn`` is no address.
        psycopg.Error: Postgres is away.
    """
    with psycopg.connect(**parameters(dsn), row_factory=dict_row) as connection:
        set_json_loads(orjson.loads, connection)
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield Reader(connection, schema)


def read_rows(
    dsn: str,
    table: SinkTable,
    *,
    schema: str = "yieldflow",
    where: Mapping[str, object] | None = None,
    newest: Newest | None = None,
) -> list[dict[str, Any]]:
    """Rows of one table, over a connection of their own: see :meth:`Reader.rows`."""
    with open_reader(dsn, schema=schema) as reader:
        return reader.rows(table, where=where, newest=newest)


def _equal(wanted: Mapping[str, object]) -> sql.Composable:
    if not wanted:
        return sql.SQL("true")
    tests = [sql.SQL("{} = %s").format(sql.Identifier(name)) for name in wanted]
    return sql.SQL(" AND ").join(tests)
