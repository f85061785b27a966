"""Rows by key, grouped and in key order, bounded per group. Plain Python, no engine."""

from bisect import bisect_left, insort
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

Row = Mapping[str, object]
ALL: Hashable = None


class _Group:
    """The rows of one group: keys in order, and the rows as a tuple until they change."""

    __slots__ = ("keys", "rows")

    def __init__(self) -> None:
        self.keys: list[Any] = []
        self.rows: tuple[Row, ...] | None = None


class KeyedRows:
    """The rows of one table.

    Keys of one table must be of one type, so that they can be ordered. ``keep``: rows per group;
    the lowest keys go first, which for bars are the oldest.
    """

    def __init__(self, keep: int | None = None) -> None:
        if keep is not None and keep < 1:
            raise ValueError(f"`keep` must be at least 1, was {keep}")
        self._keep = keep
        self._rows: dict[Hashable, Row] = {}
        self._groups: dict[Hashable, _Group] = {}
        self._group_of: dict[Hashable, Hashable] = {}
        self._sorted: tuple[Row, ...] | None = None

    def __len__(self) -> int:
        """How many rows are kept."""
        return len(self._rows)

    def get(self, key: Hashable) -> Row | None:
        """The row of ``key``; None when there is none."""
        return self._rows.get(key)

    def rows(self, group: Hashable = ALL) -> Sequence[Row]:
        """Rows of ``group`` by key, of the table when it is None; one object until they change."""
        if group is ALL:
            if self._sorted is None:
                ordered: list[Any] = list(self._rows)
                ordered.sort()
                self._sorted = tuple(self._rows[key] for key in ordered)
            return self._sorted
        found = self._groups.get(group)
        if found is None:
            return ()
        if found.rows is None:
            found.rows = tuple(self._rows[key] for key in found.keys)
        return found.rows

    def size(self, group: Hashable) -> int:
        """How many rows of a group are kept."""
        found = self._groups.get(group)
        return 0 if found is None else len(found.keys)

    def put(self, key: Hashable, group: Hashable, row: Row) -> bool:
        """Insert or replace; False when the row is older than all that its full group keeps."""
        self._sorted = None
        if key in self._rows and self._group_of[key] != group:
            self.drop(key)
        found = self._groups.get(group)
        if found is None:
            found = self._groups[group] = _Group()
        found.rows = None
        if key not in self._rows:
            insort(found.keys, key)
        self._rows[key] = row
        self._group_of[key] = group
        if self._keep is not None and len(found.keys) > self._keep:
            self.drop(found.keys[0])
        return key in self._rows

    def clear(self) -> None:
        """Keep nothing."""
        self._rows, self._groups, self._group_of, self._sorted = {}, {}, {}, None

    def drop(self, key: Hashable) -> Row | None:
        """Remove and return the row of ``key``; None when it is not kept."""
        row = self._rows.pop(key, None)
        if row is None:
            return None
        self._sorted = None
        group = self._group_of.pop(key)
        found = self._groups[group]
        del found.keys[bisect_left(found.keys, key)]
        found.rows = None
        if not found.keys:
            del self._groups[group]
        return row
