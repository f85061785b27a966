"""What Postgres says of the tables that are there: columns, keys, comments."""

from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
from psycopg import sql

from connectors.sinks.postgres_tables import Column, SinkTable

_COLUMNS: Final = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
       coalesce(col_description(c.oid, a.attnum), ''), coalesce(obj_description(c.oid), '')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = %s AND c.relkind IN ('r', 'p') ORDER BY c.relname, a.attnum
"""
_KEYS: Final = """
SELECT c.relname, array_agg(a.attname::text ORDER BY array_position(k.conkey, a.attnum))
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (k.conkey)
WHERE n.nspname = %s AND k.contype = 'p' GROUP BY c.relname
"""


@dataclass
class Found:
    """A table that is there."""

    comment: str
    columns: dict[str, Column] = field(default_factory=dict)
    key: tuple[str, ...] = ()


def find(connection: psycopg.Connection[Any], schema: str) -> dict[str, Found]:
    """The tables of ``schema`` by name."""
    tables: dict[str, Found] = {}
    for row in connection.execute(_COLUMNS, [schema]):
        table, name, kind, nullable, comment, of_table = row
        there = tables.setdefault(table, Found(of_table))
        there.columns[name] = Column(name, kind, nullable, comment)
    for table, key in connection.execute(_KEYS, [schema]):
        tables[table].key = tuple(key)
    return tables


def comment_on(
    connection: psycopg.Connection[Any],
    name: sql.Identifier,
    table: SinkTable,
    there: Found | None,
) -> None:
    """Write the comments of ``table`` that are not there yet."""
    if table.comment != ("" if there is None else there.comment):
        of_table = sql.SQL("COMMENT ON TABLE {} IS {}")
        connection.execute(of_table.format(name, sql.Literal(table.comment)))
    for column in table.columns:
        known = None if there is None else there.columns.get(column.name)
        if column.comment != ("" if known is None else known.comment):
            connection.execute(
                sql.SQL("COMMENT ON COLUMN {}.{} IS {}").format(
                    name, sql.Identifier(column.name), sql.Literal(column.comment)
                )
            )
