"""Advice rows over time: what is open, what was, and how to go back to an earlier instant.

Every write remembers what it replaced. Going back to an instant undoes the writes since; writing
anew from there leaves exactly the rows that the revised inputs give, and the difference to what was
handed out before is all that leaves.
"""

from collections import deque
from dataclasses import dataclass

from transforms.advice.rows import AdviceRow
from transforms.advice.versions import VersionChanges

Key = tuple[int, int, str, str]  # rule, portfolio, subject, kind: "" or the state of a status row


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to a row, for the change log."""

    row: AdviceRow
    change: str
    cause: str
    as_of: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The row that stands for a key, as it was when it opened."""

    advice_id: str
    opened: AdviceRow


@dataclass(frozen=True, slots=True)
class _Write:
    time: int
    advice_id: str
    row: AdviceRow | None
    key: Key
    standing: Standing | None
    ends: bool


class AdviceHistory:
    """Rows by id, the one standing for each key, and the writes that can be undone.

    Attributes:
        versions: rows by the instant from which they stand so, as far as they have changed.
    """

    def __init__(self) -> None:
        self.versions = VersionChanges()
        self._rows: dict[str, AdviceRow] = {}
        self._standing: dict[Key, Standing] = {}
        self._writes: deque[_Write] = deque()
        self._handed_out: dict[str, AdviceRow | None] = {}
        self._before: dict[str, AdviceRow | None] = {}
        self._log: list[Change] = []
        self._logging = True

    def standing(self, key: Key) -> Standing | None:
        """What is open (or withheld) for a key."""
        return self._standing.get(key)

    def all_standing(self) -> list[tuple[Key, Standing]]:
        """Everything that stands, in a fixed order."""
        return sorted(self._standing.items(), key=lambda item: item[0])

    def open(self, time: int, key: Key, row: AdviceRow) -> None:
        """Add a row that stands for ``key``."""
        self._write(time, key, row.advice_id, row, Standing(row.advice_id, row))
        self._note(row, "opened", row.cause, time)

    def alter(self, time: int, key: Key, row: AdviceRow, change: str) -> None:
        """Change the row that stands for ``key``; it goes on standing."""
        self._write(time, key, row.advice_id, row, self._standing[key])
        self._note(row, change, row.cause, time)

    def close(self, time: int, key: Key, row: AdviceRow) -> None:
        """Leave a cleared row behind; nothing stands for ``key`` any more."""
        self._write(time, key, row.advice_id, row, None, ends=True)
        self._note(row, "cleared", row.cause, time)

    def drop(self, time: int, key: Key, cause: str) -> None:
        """Remove the status row that stands for ``key``."""
        row = self._rows[self._standing[key].advice_id]
        self._write(time, key, row.advice_id, None, None)
        self._note(row, "cleared", cause, time)

    def _write(
        self,
        time: int,
        key: Key,
        advice_id: str,
        row: AdviceRow | None,
        standing: Standing | None,
        *,
        ends: bool = False,
    ) -> None:
        previous = self._rows.get(advice_id)
        self._writes.append(_Write(time, advice_id, previous, key, self._standing.get(key), ends))
        self._set(advice_id, row, key, standing)
        shown = row or previous
        if shown is not None:
            self.versions.wrote(time, shown, removed=row is None)

    def _set(
        self, advice_id: str, row: AdviceRow | None, key: Key, standing: Standing | None
    ) -> None:
        previous = self._rows.get(advice_id)
        self._handed_out.setdefault(advice_id, previous)
        if not self._logging:
            self._before.setdefault(advice_id, previous)
        if row is None:
            self._rows.pop(advice_id, None)
        else:
            self._rows[advice_id] = row
        if standing is None:
            self._standing.pop(key, None)
        else:
            self._standing[key] = standing

    def _note(self, row: AdviceRow, change: str, cause: str, time: int) -> None:
        if self._logging:
            self._log.append(Change(row, change, cause, time))

    def back_to(self, time: int | None) -> None:
        """Undo every write later than ``time`` (None: all), and stop logging until caught up."""
        self._logging = False
        while self._writes and (time is None or self._writes[-1].time > time):
            write = self._writes.pop()
            after = self._rows.get(write.advice_id)
            shown = after or write.row
            if shown is not None:
                self.versions.undid(write.time, shown, removed=after is None)
            self._set(write.advice_id, write.row, write.key, write.standing)

    def caught_up(self, cause: str) -> None:
        """Revised instants are written anew: log the net difference, then log each write again."""
        if not self._logging:
            for advice_id, before in self._before.items():
                after = self._rows.get(advice_id)
                if before != after:
                    self._log += _differences(before, after, cause)
        self._logging = True
        self._before = {}

    def take(self) -> tuple[list[AdviceRow], list[AdviceRow], list[Change]]:
        """(new or changed rows, removed rows, log) since the last call."""
        upserts, deletes = [], []
        for advice_id, before in self._handed_out.items():
            after = self._rows.get(advice_id)
            if after is not None and after != before:
                upserts.append(after)
            elif after is None and before is not None:
                deletes.append(before)
        log, self._handed_out, self._log = self._log, {}, []
        return upserts, deletes, log

    def forget(self, time: int) -> None:
        """Give up undoing writes up to ``time``; rows that cleared by then are no longer kept here.

        Call it right after ``take``: what was forgotten is not a removed row.
        """
        while self._writes and self._writes[0].time <= time:
            write = self._writes.popleft()
            if write.ends:
                self._rows.pop(write.advice_id, None)


CHANGES = {
    ("open", "withheld"): "withheld",
    ("withheld", "open"): "resumed",
    ("open", "cleared"): "cleared",
    ("withheld", "cleared"): "cleared",
}


def _differences(before: AdviceRow | None, after: AdviceRow | None, cause: str) -> list[Change]:
    """A net difference in the words of the change log."""
    if after is None:
        return [] if before is None else [Change(before, "withdrawn", cause, before.as_of)]
    if before is None:
        opened = [Change(after, "opened", cause, after.as_of)]
        return opened + [Change(after, "cleared", cause, after.as_of)] * (after.state == "cleared")
    change = CHANGES.get((before.state, after.state), "revised")
    return [Change(after, change, cause, after.as_of)]
