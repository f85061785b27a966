"""What a table of Postgres looks like to a feed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import polars as pl
import psycopg
from psycopg import sql

from connectors.sources.columns import FIELDS, Mapped, resolve_columns
from connectors.sources.errors import SourceError
from connectors.sources.live_feed import LiveKind
from connectors.sources.postgres_cells import INSTANTS, WHOLE, Cell, TableColumn, cell, instant

_TABLE: Final = "SELECT oid, relkind, pg_is_in_recovery() FROM pg_class WHERE oid = to_regclass(%s)"
_COLUMNS: Final = """
SELECT a.attname, CASE t.typtype WHEN 'e' THEN 'text' ELSE coalesce(b.typname, t.typname) END,
  a.attnotnull, format_type(a.atttypid, a.atttypmod)
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_type b ON b.oid = t.typbasetype
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""


@dataclass(frozen=True)
class Shape:
    """A table that can be read.

    Attributes:
        oid: another one when the table is dropped and made again.
        is_table: not a view: whoever writes it holds a lock on it.
        name: as SQL; ``cursor`` likewise.
        cursor_type: int8, timestamptz or timestamp.
        cells: ``line``, which is the cursor as a number, and the fields.
    """

    oid: int
    is_table: bool
    name: sql.Composable
    cursor: sql.Composable
    cursor_column: str
    cursor_type: LiteralString
    cells: Mapping[str, Cell]

    @property
    def timed(self) -> bool:
        """Whether the cursor is a time."""
        return self.cursor_type in INSTANTS

    def frame(self, rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
        """Rows of cells as a feed gives them."""
        comes = {name: one.comes for name, one in self.cells.items()}
        found = pl.DataFrame(rows, comes, orient="row")
        return found.cast({name: one.type for name, one in self.cells.items()}, strict=False)


def inspect(
    session: psycopg.Connection[Any],
    table: str,
    cursor: str,
    kind: LiveKind,
    mapping: Mapping[str, Mapped],
) -> Shape:
    """Look at a table.

    Args:
        session: to ask with.
        table: with its schema, or without where the search path finds it.
        cursor: name of a column that only grows.
        kind: of the feed.
        mapping: which column holds which field, where names differ from ours.

    Raises:
        SourceError: there is no such table, or a column is missing or of a type that does not fit.
        psycopg.Error: the server does not answer.
    """
    name = sql.Identifier(*table.split("."))
    found = session.execute(_TABLE, [name.as_string(session)]).fetchone()
    if found is None:
        raise SourceError(f"there is no table {table}: name it as SCHEMA.TABLE, in its own case")
    oid, relkind, standby = found
    if standby:  # it knows which transactions are open, but not which of them write the table
        raise SourceError(f"{table} is on a standby: let DATABASE_URL name the primary")
    asked = session.execute(_COLUMNS, [oid]).fetchall()
    columns = {row[0]: TableColumn(*row) for row in asked}
    place = _checked_cursor(table, cursor, columns, must_be_set=relkind in "rpf")
    return Shape(
        oid=oid,
        is_table=relkind in "rp",
        name=name,
        cursor=sql.Identifier(cursor),
        cursor_column=cursor,
        cursor_type="int8" if place.type in WHOLE else INSTANTS[place.type],
        cells={"line": _line(place)} | _cells(table, kind, columns, mapping, place),
    )


def _cells(
    table: str,
    kind: LiveKind,
    columns: Mapping[str, TableColumn],
    mapping: Mapping[str, Mapped],
    cursor: TableColumn,
) -> dict[str, Cell]:
    fields = resolve_columns(table, kind, tuple(columns), mapping)
    if kind == "snapshots" and cursor.type in INSTANTS:
        fields.setdefault("ts_event", Mapped(cursor.name))  # such as updated_at
    known = {field.name: field for field in FIELDS[kind]}
    return {name: cell(table, known[name], at, columns[at.column]) for name, at in fields.items()}


def _line(cursor: TableColumn) -> Cell:
    whole = sql.SQL("{}::int8").format(sql.Identifier(cursor.name))
    asked = whole if cursor.type in WHOLE else instant(cursor.name)
    return Cell(asked, pl.Int64(), pl.Int64())


def _checked_cursor(
    table: str, cursor: str, columns: Mapping[str, TableColumn], *, must_be_set: bool
) -> TableColumn:
    if cursor not in columns:
        there = ", ".join(columns)
        raise SourceError(f"{table} has no column `{cursor}` to be its cursor (columns: {there})")
    column = columns[cursor]
    if column.type not in (*WHOLE, *INSTANTS):
        raise SourceError(
            f"{table}.{cursor} is {column.written}, and a cursor must be a whole number or a "
            "timestamp: name another column as `cursor`"
        )
    if must_be_set and not column.not_null:
        raise SourceError(
            f"{table}.{cursor} may be null, and such rows would never be read: "
            f"ALTER TABLE {table} ALTER COLUMN {cursor} SET NOT NULL"
        )
    return column
