"""Columns of Postgres as fields of a feed: what is asked for, and what type it has then.

Values that no feed can hold (``infinity``, the year 290000, a numeric beyond every float) come as
such that are refused with their reason: one of them must not fail all that is asked with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, LiteralString

import polars as pl
from psycopg import sql

from connectors.sources.columns import Field, Mapped
from connectors.sources.errors import SourceError
from connectors.sources.timestamps import LATEST

WHOLE: Final = frozenset({"int2", "int4", "int8"})
INSTANTS: Final[Mapping[str, LiteralString]] = {
    "timestamptz": "timestamptz",
    "timestamp": "timestamp",
}
_FLOATS: Final = frozenset({"float4", "float8"})
_TEXTS: Final = frozenset({"text", "varchar", "bpchar", "name", "citext", "uuid"})
_MICROS: Final[Mapping[str, LiteralString]] = {"s": "1000000", "ms": "1000", "us": "1"}


@dataclass(frozen=True)
class TableColumn:
    """A column of a table.

    Attributes:
        type: name of its base type.
        not_null: whether the table refuses null.
        written: its type as Postgres writes it.
    """

    name: str
    type: str
    not_null: bool
    written: str


@dataclass(frozen=True)
class Cell:
    """A field: how it is asked for, as what it comes, and what it is in a frame."""

    asked: sql.Composable
    comes: pl.DataType
    type: pl.DataType


def cell(table: str, field: Field, at: Mapped, column: TableColumn) -> Cell:
    """How a field is read.

    Raises:
        SourceError: the type of the column does not fit.
    """
    name, kind, wanted = sql.Identifier(column.name), column.type, field.type
    if wanted == "time":
        return _time(table, field, at, column)
    if wanted == "number" and kind == "numeric":
        return Cell(sql.SQL("{}::text").format(name), pl.String(), pl.Float64())
    if wanted == "number" and kind in WHOLE | _FLOATS:
        return Cell(sql.SQL("{}::float8").format(name), pl.Float64(), pl.Float64())
    if wanted == "id" and kind in WHOLE:
        return Cell(sql.SQL("{}::int8").format(name), pl.Int64(), pl.Int64())
    if wanted in ("text", "id") and kind in _TEXTS:
        return Cell(sql.SQL("{}::text").format(name), pl.String(), pl.String())
    raise _unfit(table, field, column)


def instant(column: str) -> sql.Composable:
    """A point in time as microseconds UTC; without a zone it is UTC."""
    latest = sql.Literal((LATEST + 1) // 1_000_000)
    seconds = sql.SQL("extract(epoch FROM {})").format(sql.Identifier(column))
    return _micros(column, sql.SQL("least({}, {})").format(seconds, latest), "1000000")


def _time(table: str, field: Field, at: Mapped, column: TableColumn) -> Cell:
    if column.type in (*INSTANTS, "date"):
        return Cell(instant(column.name), pl.Int64(), pl.Int64())
    unit = at.unit or ("us" if column.name == "ts_event" else None)
    if column.type not in WHOLE or unit == "date":
        raise _unfit(table, field, column)
    if unit is None or unit not in _MICROS:
        raise SourceError(
            f"{table}.{column.name} is {column.written}: say its unit, as in "
            f"map: {{{field.name}: {column.name}:ms}} (s, ms or us)"
        )
    scale = _MICROS[unit]
    latest = sql.Literal((LATEST + 1) // int(scale))
    number = sql.SQL("least({}, {})").format(sql.Identifier(column.name), latest)
    return Cell(_micros(column.name, number, scale), pl.Int64(), pl.Int64())


def _micros(column: str, value: sql.Composable, scale: LiteralString) -> sql.Composable:
    """Null stays null: ``least`` and ``greatest`` would pass it over."""
    return sql.SQL(
        "CASE WHEN {} IS NOT NULL THEN (greatest({}, 0) * " + scale + ")::int8 END"
    ).format(sql.Identifier(column), value)


def _unfit(table: str, field: Field, column: TableColumn) -> SourceError:
    wanted = {"text": "text", "number": "a number", "time": "a time", "id": "a number or text"}
    return SourceError(
        f"{table}.{column.name} is {column.written}, and `{field.name}` must be "
        f"{wanted[field.type]}: name another column in `map`, or a view that casts it"
    )
