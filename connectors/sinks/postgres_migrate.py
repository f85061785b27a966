"""Making the tables of a schema, and bringing older ones up to what the code says now.

A new column is added, nullable: rows of before have no value. A column that the code no longer
knows stays, nullable. A change of type or key is refused. Every change is noted in
``schema_version``.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

from connectors.sinks.postgres_catalog import Found, comment_on, find
from connectors.sinks.postgres_link import StoreError
from connectors.sinks.postgres_sql import EXISTED, TableSql, names
from connectors.sinks.postgres_tables import Column, SinkTable

VERSIONS: Final = "schema_version"
ENGINE: Final = "engine"
STATES: Final = "checkpoint_state"
_OURS: Final = """
CREATE TABLE IF NOT EXISTS {versions} (
  version integer PRIMARY KEY, ts_applied bigint NOT NULL, change text NOT NULL);
CREATE TABLE IF NOT EXISTS {engine} (
  only_row boolean PRIMARY KEY CHECK (only_row), run text NOT NULL, batch bigint NOT NULL,
  checkpoint bigint, fingerprint text NOT NULL, marks jsonb NOT NULL);
CREATE TABLE IF NOT EXISTS {states} (
  part text, place integer, piece bytea NOT NULL, PRIMARY KEY (part, place));
ALTER TABLE {states} ALTER piece SET STORAGE EXTERNAL;
COMMENT ON TABLE {versions} IS 'Changes of the tables of this schema. One row per version.';
COMMENT ON TABLE {engine} IS 'Where the engine stands: its last commit and its last checkpoint.';
COMMENT ON TABLE {states} IS 'States of the engine at its last checkpoint, in pieces.'
"""
_BOOKKEEPING: Final = (VERSIONS, ENGINE, STATES)


@dataclass(frozen=True)
class Prepared:
    """Tables that are ready: statements by name of the table, and what was changed."""

    tables: dict[str, TableSql]
    changes: list[str]


def migrate(
    connection: psycopg.Connection[Any], schema: str, tables: Sequence[SinkTable]
) -> Prepared:
    """Make or change the tables of ``schema`` in one transaction.

    Raises:
        StoreError: a table cannot become what the code says; nothing was changed.
        psycopg.Error: the server is away, or we may not.
    """
    taken = [table.name for table in tables if table.name in _BOOKKEEPING]
    if taken or len({table.name for table in tables}) < len(tables):
        raise StoreError(f"tables of the sink need names of their own, not {taken or 'one twice'}")
    with connection.transaction():
        found = find(connection, schema)
        # Nothing that is right already is touched: that would wait for whoever reads it.
        if not found.keys() >= set(_BOOKKEEPING):
            _make_bookkeeping(connection, schema)
        ready: dict[str, TableSql] = {}
        changes: list[str] = []
        for table in tables:
            there = found.get(table.name)
            known = {} if there is None else there.columns
            kept = [name for name in known if name not in table.names]
            ready[table.name] = TableSql(schema, table, kept)
            if there is None:
                _create(connection, ready[table.name])
                changes.append(f"table {table.name}: made")
            else:
                if not table.append_only and f"undo_{table.name}" not in found:
                    _create_undo(connection, ready[table.name])
                changes += _change(connection, ready[table.name], there)
            _add_indexes(connection, schema, table)
            comment_on(connection, ready[table.name].base, table, there)
        if changes:
            _note_version(connection, schema, changes)
    return Prepared(ready, changes)


def _make_bookkeeping(connection: psycopg.Connection[Any], schema: str) -> None:
    # CREATE SCHEMA asks for a right on the database even when there is nothing to create.
    if not connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone():
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    connection.execute(
        sql.SQL(_OURS).format(
            versions=sql.Identifier(schema, VERSIONS),
            engine=sql.Identifier(schema, ENGINE),
            states=sql.Identifier(schema, STATES),
        )
    )


def _create(connection: psycopg.Connection[Any], made: TableSql) -> None:
    columns = [_definition(column, column.nullable) for column in made.table.columns]
    # Room on every page lets an update that touches no index stay on its page.
    connection.execute(
        sql.SQL("CREATE TABLE {} ({}, PRIMARY KEY ({})) WITH (fillfactor = {})").format(
            made.base,
            sql.SQL(", ").join(columns),
            names(made.table.key),
            sql.Literal(100 if made.table.append_only else 80),
        )
    )
    if not made.table.append_only:
        _create_undo(connection, made)


def _create_undo(connection: psycopg.Connection[Any], made: TableSql) -> None:
    connection.execute(
        sql.SQL("CREATE TABLE {} AS SELECT *, true AS {} FROM {} WITH NO DATA").format(
            made.undo, sql.Identifier(EXISTED), made.base
        )
    )


def _change(connection: psycopg.Connection[Any], made: TableSql, there: Found) -> list[str]:
    table = made.table
    if there.key != table.key:
        raise StoreError(
            f"table {table.name} has the key {', '.join(there.key) or 'none'} and needs "
            f"{', '.join(table.key)}: rename or drop it, and it is made anew"
        )
    changes: list[str] = []
    for column in table.columns:
        kind = there.columns.get(column.name)
        if kind is None:
            _add(connection, made, column)
            changes.append(f"table {table.name}: column {column.name} added, null in older rows")
        elif kind.sql != column.sql:
            raise StoreError(
                f"table {table.name}, column {column.name} is {kind.sql} and needs {column.sql}: "
                "rename or drop the column, and it is added anew"
            )
        elif column.nullable and not kind.nullable:
            changes.append(_free(connection, made, column.name))
    unknown = [name for name in there.columns if name not in table.names]
    return changes + [
        f"{_free(connection, made, name)}: it is kept, but no longer written"
        for name in unknown
        if not there.columns[name].nullable
    ]


def _free(connection: psycopg.Connection[Any], made: TableSql, name: str) -> str:
    loose = sql.SQL("ALTER TABLE {} ALTER {} DROP NOT NULL")
    connection.execute(loose.format(made.base, sql.Identifier(name)))
    return f"table {made.table.name}: column {name} may be null"


def _add(connection: psycopg.Connection[Any], made: TableSql, column: Column) -> None:
    definition = _definition(column, True)
    connection.execute(sql.SQL("ALTER TABLE {} ADD COLUMN {}").format(made.base, definition))
    if not made.table.append_only:  # the column may still be there if it was dropped by hand
        connection.execute(
            sql.SQL("ALTER TABLE {} DROP COLUMN IF EXISTS {}, ADD COLUMN {}").format(
                made.undo, sql.Identifier(column.name), definition
            )
        )


def _add_indexes(connection: psycopg.Connection[Any], schema: str, table: SinkTable) -> None:
    for index in table.indexes:
        connection.execute(
            sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} ({})").format(
                sql.Identifier("_".join((table.name, *index))[:63]),
                sql.Identifier(schema, table.name),
                names(index),
            )
        )


def _definition(column: Column, nullable: bool) -> sql.Composed:
    null = sql.SQL("" if nullable else "NOT NULL")
    kind = sql.SQL(column.sql)
    return sql.SQL("{} {} {}").format(sql.Identifier(column.name), kind, null)


def _note_version(connection: psycopg.Connection[Any], schema: str, changes: list[str]) -> None:
    connection.execute(
        sql.SQL("INSERT INTO {0} SELECT coalesce(max(version), 0) + 1, %s, %s FROM {0}").format(
            sql.Identifier(schema, VERSIONS)
        ),
        [time.time_ns() // 1000, "\n".join(changes)],
    )
