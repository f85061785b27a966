"""The statements of one table of the sink.

Beside a table stands ``undo_<table>``: the rows as they were at the last checkpoint, of the keys
that have been touched since. ``yf_existed`` is false for a key that had no row then.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Final

import psycopg
from psycopg import sql

from connectors.sinks.postgres_tables import SinkTable

GONE: Final = "yf_gone"
FRESH: Final = "yf_fresh"
EXISTED: Final = "yf_existed"
_COMMA: Final = sql.SQL(", ")
_AND: Final = sql.SQL(" AND ")


class TableSql:
    """Statements for ``table`` in ``schema``; those of every commit are put together once.

    Args:
        schema: where the table is.
        table: what it looks like.
        kept: columns it still has from earlier versions; undone with the others.
    """

    def __init__(self, schema: str, table: SinkTable, kept: Sequence[str] = ()) -> None:
        self.table = table
        self.base = sql.Identifier(schema, table.name)
        self.undo = sql.Identifier(schema, f"undo_{table.name}")
        self.staging = sql.Identifier("pg_temp", f"new_{table.name}")
        self._all = (*table.names, *kept)

    def stage(self) -> sql.Composed:
        """Make the session's table that new rows are copied to; it is empty after each commit."""
        return sql.SQL(
            "CREATE TEMP TABLE {} ON COMMIT DELETE ROWS AS "
            "SELECT {}, false AS {}, false AS {} FROM {} WITH NO DATA"
        ).format(
            sql.Identifier(f"new_{self.table.name}"),
            names(self.table.names),
            sql.Identifier(GONE),
            sql.Identifier(FRESH),
            self.base,
        )

    @cached_property
    def copy(self) -> bytes:
        """Copy new rows: the columns, whether the row is gone, whether its key is to be noted."""
        target = self.base if self.table.append_only else self.staging
        extra = () if self.table.append_only else (GONE, FRESH)
        columns = names((*self.table.names, *extra))
        query = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)")
        return query.format(target, columns).as_bytes()

    @cached_property
    def copy_types(self) -> list[str]:
        """Types of what ``copy`` takes."""
        types = [column.sql for column in self.table.columns]
        return types if self.table.append_only else [*types, "boolean", "boolean"]

    @cached_property
    def note(self) -> bytes:
        """Note how rows stand whose keys are touched for the first time since the checkpoint."""
        key = self.table.key
        others = [name for name in self._all if name not in key]
        query = sql.SQL(
            "INSERT INTO {} ({}) SELECT {}, b.{} IS NOT NULL FROM {} s LEFT JOIN {} b ON {} "
            "WHERE s.{}"
        )
        note = query.format(
            self.undo,
            names((*key, *others, EXISTED)),
            _COMMA.join([*_of("s", key), *_of("b", others)]),
            sql.Identifier(key[0]),
            self.staging,
            self.base,
            self._same("s", "b"),
            sql.Identifier(FRESH),
        )
        return note.as_bytes()

    @cached_property
    def delete(self) -> bytes:
        """Delete the rows that are gone."""
        query = sql.SQL("DELETE FROM {} b USING {} s WHERE {} AND s.{}")
        same = self._same("s", "b")
        return query.format(self.base, self.staging, same, sql.Identifier(GONE)).as_bytes()

    @cached_property
    def upsert(self) -> bytes:
        """Write the new rows; those that are equal to what is there stay untouched."""
        cells = [
            # A value that is missing is null in every table, whatever a kernel calls it.
            sql.SQL("NULLIF({}, 'NaN')" if _may_lack(column.sql, column.nullable) else "{}").format(
                sql.Identifier(column.name)
            )
            for column in self.table.columns
        ]
        upsert = sql.SQL("INSERT INTO {} AS b ({}) SELECT {} FROM {} WHERE NOT {} {}").format(
            self.base,
            names(self.table.names),
            _COMMA.join(cells),
            self.staging,
            sql.Identifier(GONE),
            self._conflict(self.table.names),
        )
        return upsert.as_bytes()

    def roll_back(self) -> list[sql.Composed]:
        """Bring the table back to what it was at the checkpoint."""
        fresh = sql.SQL("DELETE FROM {} b USING {} u WHERE {} AND NOT u.{}").format(
            self.base, self.undo, self._same("u", "b"), sql.Identifier(EXISTED)
        )
        changed = sql.SQL("INSERT INTO {} AS b ({}) SELECT {} FROM {} WHERE {} {}").format(
            self.base,
            names(self._all),
            names(self._all),
            self.undo,
            sql.Identifier(EXISTED),
            self._conflict(self._all),
        )
        return [fresh, changed]

    def _same(self, one: str, other: str) -> sql.Composed:
        pairs = zip(_of(one, self.table.key), _of(other, self.table.key), strict=True)
        return _AND.join([sql.SQL("{} = {}").format(left, right) for left, right in pairs])

    def _conflict(self, columns: Sequence[str]) -> sql.Composed:
        rest = [name for name in columns if name not in self.table.key]
        key = names(self.table.key)
        if not rest:
            return sql.SQL("ON CONFLICT ({}) DO NOTHING").format(key)
        return sql.SQL(
            "ON CONFLICT ({}) DO UPDATE SET {} WHERE ROW({}) IS DISTINCT FROM ROW({})"
        ).format(
            key,
            _COMMA.join([sql.SQL("{0} = excluded.{0}").format(sql.Identifier(n)) for n in rest]),
            _COMMA.join(_of("b", rest)),
            _COMMA.join(_of("excluded", rest)),
        )


def names(columns: Iterable[str]) -> sql.Composed:
    """Quoted names with commas between them."""
    return _COMMA.join([sql.Identifier(name) for name in columns])


def clear(connection: psycopg.Connection[Any], tables: Sequence[sql.Identifier]) -> None:
    """Empty tables, in a transaction.

    To truncate is quick and leaves nothing to clean up, but waits for whoever reads a table, as a
    backup may do for an hour: then rows are deleted one by one.
    """
    every = _COMMA.join(tables)
    lock = sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE NOWAIT").format(every)
    try:
        with connection.transaction():
            connection.execute(lock)
            connection.execute(sql.SQL("TRUNCATE {}").format(every))
    except psycopg.errors.LockNotAvailable:
        for table in tables:
            connection.execute(sql.SQL("DELETE FROM {}").format(table))


def _of(alias: str, columns: Iterable[str]) -> list[sql.Identifier]:
    return [sql.Identifier(alias, name) for name in columns]


def _may_lack(kind: str, nullable: bool) -> bool:
    return nullable and kind == "double precision"
