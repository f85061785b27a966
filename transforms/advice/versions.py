"""Versions of advice rows that have come, changed or gone since they were last handed out.

A version is a row as it stands from an instant on. It follows from the write at that instant alone,
so a write that is undone takes its version back, and one that is done again as before leaves no
trace.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from transforms.advice.rows import AdviceRow

VersionKey = tuple[str, int]  # advice_id, valid_from


@dataclass(frozen=True, slots=True)
class RowVersion:
    """A row from ``valid_from`` on; ``removed``: it has gone at that instant."""

    valid_from: int
    removed: bool
    row: AdviceRow


class _Absent:
    """No version."""


ABSENT: Final = _Absent()
State: TypeAlias = RowVersion | _Absent


class VersionChanges:
    """The net difference of versions between two calls of :meth:`take`.

    It holds what has changed since the last one and nothing else: what a version was before is
    known from the write that is undone. So the writes of one instant must not be divided by a call
    of ``take``, unless they are undone before: the book walks whole instants.
    """

    def __init__(self) -> None:
        self._before: dict[VersionKey, State] = {}
        self._after: dict[VersionKey, State] = {}

    def wrote(self, time: int, row: AdviceRow, *, removed: bool) -> None:
        """Note a write; of several of one row at one instant the last one counts."""
        key = (row.advice_id, time)
        self._before.setdefault(key, ABSENT)
        self._after[key] = RowVersion(time, removed, row)

    def undid(self, time: int, row: AdviceRow, *, removed: bool) -> None:
        """Take the version of a write back; ``row`` and ``removed`` as they were after it."""
        key = (row.advice_id, time)
        self._before.setdefault(key, RowVersion(time, removed, row))
        self._after[key] = ABSENT

    def take(self) -> tuple[list[RowVersion], list[VersionKey]]:
        """(new or changed versions, keys of those that are no more) since the last call."""
        upserts: list[RowVersion] = []
        deletes: list[VersionKey] = []
        for key, before in self._before.items():
            after = self._after[key]
            if isinstance(after, RowVersion):
                if after != before:
                    upserts.append(after)
            elif isinstance(before, RowVersion):
                deletes.append(key)
        self._before, self._after = {}, {}
        return upserts, deletes
