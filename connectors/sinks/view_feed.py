"""One table on its way into a view: unpacking rows, keying them, keeping them."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pathway as pw

from connectors.sinks.keyed_rows import KeyedRows, Row

Op = Literal["upsert", "delete"]
Change = tuple[str, Op, Row]
Warm = Literal["rows", "commit", "mark"]


class LiveView:
    """One table as of the last published commit. Read it only where commits are published."""

    def __init__(self, name: str, rows: KeyedRows, warm: Warm) -> None:
        self.name = name
        self.warm = warm
        self.ready = False
        self.kept = rows

    def get(self, key: Hashable) -> Row | None:
        """The row of ``key``; None when there is none."""
        return self.kept.get(key)

    def rows(self, group: Hashable = None) -> Sequence[Row]:
        """All rows of ``group`` in the order of their keys; of the table when it is None."""
        return self.kept.rows(group)

    def __len__(self) -> int:
        """How many rows are kept."""
        return len(self.kept)

    def warm_up(self) -> None:
        """Note that a commit was published."""
        self.ready = self.ready or self.warm == "commit" or (self.warm == "rows" and len(self) > 0)


@dataclass(frozen=True, slots=True)
class Feed:
    """How the packed rows of a table become rows of its view.

    Attributes:
        json: columns to unwrap.
        ops: the table is of changes: ``up``, the last cell, is false for a row that goes.
    """

    view: LiveView
    table: pw.Table[Any]
    columns: Sequence[str]
    json: Sequence[str]
    key: Callable[[Row], Hashable]
    group: Callable[[Row], Hashable]
    ops: bool = False

    def comes(self, cells: Sequence[object], is_addition: bool) -> bool:
        """Whether a packed row comes."""
        return bool(cells[-1]) if self.ops else is_addition

    def unpack(self, cells: Sequence[object]) -> Row:
        """The row of a packed tuple, JSON columns as plain Python."""
        row = dict(zip(self.columns, cells, strict=False))
        for name in self.json:
            value = row[name]
            if isinstance(value, pw.Json):
                row[name] = value.value
        return row

    def apply(self, key: Hashable, row: Row | None) -> Change | None:
        """Change the view; what its readers must know of it, None when nothing is kept of it."""
        kept = self.view.kept
        if row is None:
            gone = kept.drop(key)
            return None if gone is None else (self.view.name, "delete", gone)
        return (self.view.name, "upsert", row) if kept.put(key, self.group(row), row) else None

    def refill(self, rows: Sequence[Row]) -> list[Change]:
        """Put other rows in the place of all; what changed, if they could be read before."""
        view, kept = self.view, self.view.kept
        before = {self.key(row): row for row in kept.rows()} if view.ready else {}
        told, view.ready = view.ready, bool(rows) or view.warm == "commit"
        kept.clear()
        for row in rows:
            kept.put(self.key(row), self.group(row), row)
        if not told:
            return []
        gone = [row for key, row in before.items() if kept.get(key) is None]
        come = [row for row in kept.rows() if before.get(self.key(row)) != row]
        changes: list[Change] = [(view.name, "delete", row) for row in gone]
        return changes + [(view.name, "upsert", row) for row in come]


def ungrouped(row: Row) -> Hashable:
    """The group of every row of a table that has none."""
    return ""
