"""Flows that end between two commits and go on from what was frozen there.

What a sink keeps outlives the folds. As after every restart, documents are then told again from the
first on, and nothing of the market is.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from tests.transforms.flows import TO_THE_BOOK, Event, Flow, options
from tests.transforms.worlds import World
from transforms.advice.policy import BookPolicy
from transforms.book_changes import BookChanges
from transforms.book_core import Book
from transforms.book_fold import Folded
from transforms.book_rows import version_cells
from transforms.frozen import freeze, thaw
from transforms.insights.record import Record
from transforms.schemas import AdviceVersion
from transforms.sessions import interval_micros
from transforms.shard_fold import ShardFold
from transforms.shard_rows import Delta
from transforms.track_record import KEY, SESSIONS, TOLD, VERSION
from transforms.track_record import Folded as FoldedRecord

Tables = dict[str, dict[Any, Any]]
Told = dict[str, str]  # what one commit has changed, by table
BLOCKS = ("rows", "signals", "book", "daily", "adjustments")
COLUMNS = ("up", *AdviceVersion.column_names())


class LongFlow(Flow):
    """A flow and the track record behind it.

    Args:
        intervals: the first one is advised on.
        policy: rules.
        forming: also give rows for bars that are not closed yet.
        keep: instants that may still be revised in the book; None: all.
        history: without it the market keeps but the bars that a late trade may revise.
    """

    def __init__(
        self,
        *intervals: str,
        policy: BookPolicy,
        forming: bool = False,
        keep: int | None = None,
        history: bool = True,
    ) -> None:
        super().__init__(*intervals, policy=policy)
        self._options, self._history = replace(options(*intervals), forming=forming), history
        length = interval_micros(intervals[0])
        book = Book(policy, interval=length, label=intervals[0], currency="INR", keep=keep)
        self.shard, self.book = ShardFold(self._options), Folded(book)
        self.record = FoldedRecord(Record(), length)
        self.told: list[Told] = []

    def begin(self) -> None:
        if self._history:
            super().begin()

    def commit(self, events: Sequence[Event]) -> tuple[Delta, BookChanges]:
        delta, changes = super().commit(events)
        rows = [dict(zip(COLUMNS, cells, strict=True)) for cells in version_cells(changes)]
        told = [[VERSION, [row[name] for name in TOLD]] for row in rows]
        told.append([SESSIONS, [0, self._seq, delta.labels, delta.daily, 0]])
        record = self.record.take([(cells, 1) for cells in told])
        for up, *row in record:
            self.tables.put("track_record", tuple(row[: len(KEY)]), tuple(row) if up else None)
        self.told.append(told_by(delta, changes, record))
        return delta, changes

    def restart(self) -> None:
        """Let go of everything but what is frozen, and go on from that."""
        known = self._options.shared
        self.shard = thaw(freeze(self.shard, *known), *known)
        self.book = thaw(freeze(self.book))
        self.record = thaw(freeze(self.record))

    def end(self) -> Tables:
        """The tables once the feed has ended."""
        self.shard.add("bars", 0, b"", 0, True)
        self.commit([])
        return self.final()

    def final(self) -> Tables:
        """The tables as they are."""
        return {name: dict(rows) for name, rows in self.tables.rows.items() if rows}

    def go(self, events: Sequence[Event], every: int) -> "LongFlow":
        """Commit after commit of so many events."""
        for start, stop in pairwise(sorted({*range(0, len(events), every), len(events)})):
            self.commit(events[start:stop])
        return self


def told_by(delta: Delta, changes: BookChanges, record: list[tuple[Any, ...]]) -> Told:
    """All rows that a commit has changed, by table."""
    market = {name: getattr(delta, name).tolist() for name in BLOCKS}
    market |= {"actions": delta.actions, "gaps": delta.gaps}
    book = {name: sorted(map(repr, rows)) for name, rows in vars(changes).items()}
    rows = {**market, **book, "record": sorted(map(repr, record))}
    return {name: repr(found) for name, found in rows.items() if found}


def documents(events: Iterable[Event]) -> list[Event]:
    """What a restart is told again: all documents and rates, and the facts that still stand."""
    told: Counter[Event] = Counter()
    for *event, diff in events:
        if event[0] in TO_THE_BOOK:
            told[tuple(event)] += diff
    return [(*event, 1) for event, diff in told.items() if diff > 0]


def intervals(world: World) -> tuple[str, ...]:
    return (world.interval,) if world.interval == "1d" else (world.interval, "1d")
