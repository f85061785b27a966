"""Tables of the graph on their way to Postgres: packed rows, and what a minibatch makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import orjson
import pathway as pw

from connectors.sinks.postgres_batch import Batch, Cells, Key
from connectors.sinks.postgres_tables import CHANGE_LOG, SinkTable


@dataclass(frozen=True)
class Stream:
    """A table of the graph and where its rows go.

    Attributes:
        table: has the columns of ``target``.
        target: not append-only.
        ops: ``table`` is append-only and says by a column ``up`` whether a row comes (true) or goes
            (false; then only the key counts); at most one row per key and minibatch.
        logged: every change goes to the change log too, with the value of this column as ``as_of``;
            '': it does not.
    """

    table: pw.Table[Any]
    target: SinkTable
    ops: bool = False
    logged: str = ""


class Packing:
    """Packs rows of a stream for the one subscription, and collects them behind it.

    Args:
        stream: what to pack.

    Raises:
        ValueError: the table lacks a column, or the stream cannot be logged.
    """

    def __init__(self, stream: Stream) -> None:
        target, names = stream.target, stream.target.names
        self._stream = stream
        self._columns = (*names, "up") if stream.ops else names
        missing = set(self._columns) - set(stream.table.typehints())
        if missing or target.append_only:
            raise ValueError(f"table {target.name!r}: append-only, or no column {missing}")
        if stream.logged and any(column.sql == "bytea" for column in target.columns):
            raise ValueError(f"table {target.name!r} has bytes and cannot be logged")
        self._json = [n for n, column in enumerate(target.columns) if column.sql == "jsonb"]
        self._key = [names.index(name) for name in target.key]
        self._as_of = itemgetter(names.index(stream.logged)) if stream.logged else None
        self._before: dict[Key, Cells] = {}
        self._after: dict[Key, Cells] = {}

    def packed(self, number: int) -> pw.Table[Any]:
        """The table as (stream, cells)."""
        return pack(self._stream.table, self._columns, number)

    def add(self, batch: Batch, cells: Sequence[Any], is_addition: bool) -> None:
        """Take a change of the table into ``batch``."""
        name = self._stream.target.name
        row = self._plain(cells)
        key = tuple([row[place] for place in self._key])
        # An update comes as a removal and an addition in any order: the addition counts.
        if cells[-1] if self._stream.ops else is_addition:
            batch.put(name, key, row)
            if self._as_of is not None:
                self._after[key] = row
        else:
            if key not in batch.rows.get(name, ()):
                batch.put(name, key, None)
            if self._as_of is not None:
                self._before[key] = row

    def log(self, batch: Batch) -> None:
        """Add to the change log what the minibatch has changed, in the order of the keys."""
        if self._as_of is None:
            return
        for key in sorted(self._before.keys() | self._after.keys()):
            row = self._after.get(key)
            op = "delete" if row is None else "upsert"
            row = self._before[key] if row is None else row
            cells = dict(zip(self._stream.target.names, row, strict=True))
            entry = (self._stream.target.name, _text(key), op, cells, self._as_of(row))
            batch.append(CHANGE_LOG.name, entry)
        self._before.clear()
        self._after.clear()

    def _plain(self, cells: Sequence[Any]) -> Cells:
        row = cells[:-1] if self._stream.ops else cells
        if not self._json:
            return tuple(row)
        plain = list(row)
        for place in self._json:
            if isinstance(plain[place], pw.Json):
                plain[place] = plain[place].value
        return tuple(plain)


def pack(table: pw.Table[Any], columns: Sequence[str], number: int) -> pw.Table[Any]:
    """Rows of any table as (stream, cells)."""
    cells = pw.make_tuple(*(table[column] for column in columns))
    return table.select(stream=number, cells=cells).update_types(cells=tuple)


def _text(key: Key) -> str:
    return str(key[0]) if len(key) == 1 else orjson.dumps(key).decode()
