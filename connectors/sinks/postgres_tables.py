"""What a table of the Postgres sink looks like, taken from the schema of the Pathway table."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Union, get_args, get_origin

if TYPE_CHECKING:  # who only reads the tables needs no engine
    import pathway as pw

NAME_LIMIT: Final = 58  # of the 63 bytes of a name in Postgres, five go to a prefix
SQL_TYPES: Final = {
    "int": "bigint",
    "float": "double precision",
    "str": "text",
    "bool": "boolean",
    "bytes": "bytea",
    "Json": "jsonb",
}


@dataclass(frozen=True)
class Column:
    """A column: its name, its type in Postgres, and whether it may be null."""

    name: str
    sql: str
    nullable: bool = False
    comment: str = ""


@dataclass(frozen=True)
class SinkTable:
    """A table that the engine keeps in Postgres.

    Attributes:
        name: of the table.
        columns: in the order in which rows are handed over.
        key: columns of the primary key, in order.
        comment: of the table.
        append_only: rows are only ever added. Such a table begins with its key ``seq``, which the
            sink numbers 1, 2, 3 ... in the order of arrival; rows are handed over without it.
        indexes: columns of each further index.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    comment: str = ""
    append_only: bool = False
    indexes: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what Postgres would refuse later and less clearly."""
        names = self.names
        unknown = {*self.key, *(name for index in self.indexes for name in index)} - set(names)
        if not self.key or unknown or len(set(names)) < len(names):
            raise ValueError(f"table {self.name!r}: no key, a column twice, or none of {unknown}")
        if any(len(name.encode()) > NAME_LIMIT for name in (self.name, *names)):
            raise ValueError(f"table {self.name!r}: a name is longer than {NAME_LIMIT} bytes")
        if self.append_only and (self.key != ("seq",) or names[0] != "seq"):
            raise ValueError(f"table {self.name!r}: an append-only table begins with its key `seq`")

    @classmethod
    def of(
        cls,
        name: str,
        schema: "type[pw.Schema]",
        key: Sequence[str],
        *,
        indexes: Sequence[Sequence[str]] = (),
        comment: str | None = None,
    ) -> "SinkTable":
        """The table for rows of ``schema``; its docstring and descriptions become comments.

        Args:
            name: of the table.
            schema: columns of the types in ``SQL_TYPES``, each of them nullable or not.
            key: columns of the primary key.
            indexes: columns of each further index.
            comment: instead of the docstring.

        Raises:
            ValueError: a column has another type, or there is no such column.
        """
        columns = tuple(
            _column(name, column.name, schema.typehints()[column.name], column.description)
            for column in schema.columns().values()
        )
        text = inspect.cleandoc(schema.__doc__ or "") if comment is None else comment
        return cls(name, columns, tuple(key), text, indexes=tuple(map(tuple, indexes)))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)


def _column(table: str, name: str, hint: Any, description: str | None) -> Column:
    kinds = set(get_args(hint)) if get_origin(hint) in (Union, UnionType) else {hint}
    nullable = NoneType in kinds
    sql = {SQL_TYPES.get(getattr(kind, "__name__", "")) for kind in kinds - {NoneType}}
    if len(sql) != 1 or None in sql:
        raise ValueError(f"table {table!r}: column {name!r} has type {hint}, which has no place")
    return Column(name, str(sql.pop()), nullable, description or "")


CHANGE_LOG: Final = SinkTable(
    "change_log",
    (
        Column("seq", "bigint", comment="1, 2, 3 ... in the order of arrival"),
        Column("table_name", "text"),
        Column(
            "key", "text", comment="the key of the row; a JSON list when it has several columns"
        ),
        Column("op", "text", comment="upsert or delete"),
        Column("row", "jsonb", comment="as it stands from now on, or stood when it was deleted"),
        Column("as_of", "bigint", nullable=True, comment="event time, microseconds UTC"),
    ),
    ("seq",),
    "Every change of the tables that are logged, as the engine made it. One row per seq.",
    append_only=True,
    indexes=(("table_name", "key", "seq"), ("as_of",)),
)
