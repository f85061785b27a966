"""Versions of rows over time, as far back as they can be asked for."""

from collections.abc import Hashable

from connectors.sinks.keyed_rows import KeyedRows, Row

DAY = 86_400_000_000
FEW = 64  # versions of a group that are not worth tidying up


class VersionRows(KeyedRows):
    """Rows of the advice_versions table, without those that no question can reach any more.

    A question about a time within ``retention`` before the newest version needs the versions since
    then and, of each row, the one that stood at its beginning; of rows that had gone by then, or
    had cleared and are more than a day old, none. A group is tidied up whenever it has doubled.

    Keys are ``(valid_from, advice_id)``.

    Args:
        retention: how far back, microseconds.
    """

    def __init__(self, retention: int) -> None:
        super().__init__()
        self._retention = retention
        self._newest = 0
        self._limits: dict[Hashable, int] = {}

    def put(self, key: Hashable, group: Hashable, row: Row) -> bool:
        """Insert or replace; False when the row is of no use any more."""
        self._newest = max(self._newest, _time(row, "valid_from"))
        super().put(key, group, row)
        if self.size(group) > self._limits.get(group, FEW):
            self._tidy(group, self._newest - self._retention)
            self._limits[group] = max(FEW, 2 * self.size(group))
        return self.get(key) is not None

    def _tidy(self, group: Hashable, start: int) -> None:
        """Drop what questions about ``start`` and later do not need."""
        standing: dict[object, Row] = {}
        for row in self.rows(group):
            if _time(row, "valid_from") > start:
                break
            known = standing.get(row["advice_id"])
            if known is not None:
                self._forget(known)
            standing[row["advice_id"]] = row
        for row in standing.values():
            cleared = row["state"] == "cleared" and _time(row, "as_of") <= start - DAY
            if row["removed"] or cleared:
                self._forget(row)

    def _forget(self, row: Row) -> None:
        self.drop((row["valid_from"], row["advice_id"]))


def _time(row: Row, name: str) -> int:
    value = row[name]
    assert isinstance(value, int)
    return value
