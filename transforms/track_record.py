"""AdviceVersion, closes of sessions -> TrackRecord: how advice has fared, rule by rule.

A fold keeps openings, clearings and closes; only rows that changed leave it. It reads versions of
advice because they say when a row opened and when it cleared, whatever the order in which that was
found out (their changes, so that it can go on where an earlier run has left off); and sessions as
the columns that the book reads too (SessionClose has the same as rows).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pathway as pw

from transforms.book_rows import ops_of, state_type
from transforms.frozen import freeze, thaw
from transforms.insights.openings import Clearing, Opening, direction_of
from transforms.insights.record import FLIP_SESSIONS, Record
from transforms.insights.tally import RecordRow
from transforms.schemas import Checkpoint, TrackRecord
from transforms.series import frozen_parts
from transforms.series_tables import keyed
from transforms.versions import Version

VERSION, SESSIONS = range(2)
TOLD = (
    *("up", "advice_id", "valid_from", "removed", "portfolio_id", "rule_id", "subject"),
    *("state", "severity", "as_of", "evidence"),
)
KEY = ("rule_id", "severity", "direction", "horizon")
Events = list[tuple[list[Any], int]]
Told = Opening | Clearing


@dataclass
class Folded:
    """State of the fold.

    Attributes:
        record: what is counted.
        interval: length of a bar of the advice interval, microseconds.
        version: how often it has changed. marked: number of the mark it has just come to.
        standing: what was told of each version of advice that stands.
    """

    record: Record
    interval: int
    version: int = 0
    marked: int = 0
    standing: dict[tuple[str, int], Told] = field(default_factory=dict)

    def take(self, events: Events) -> list[tuple[Any, ...]]:
        """Apply the events of one commit; cells of the rows that changed."""
        self.version += 1
        told = [cells for (kind, cells), _ in events if kind == VERSION]
        gone = [self.standing.pop(key, None) for key in {(cells[1], cells[2]) for cells in told}]
        new = {(cells[1], cells[2]): self._told(*cells[1:]) for cells in told if cells[0]}
        standing = {key: one for key, one in new.items() if one is not None}
        self.standing |= standing
        self.record.apply([one for one in gone if one is not None], standing.values())
        self.record.apply_sessions(self._sessions(events))
        upserts, removed = self.record.take()
        return [(True, *row) for row in upserts] + [(False, *row) for row in removed]

    def _told(self, advice_id: str, valid_from: int, removed: bool, *row: Any) -> Told | None:
        """What a version tells: that advice opened then, that it cleared then, or neither."""
        portfolio_id, rule_id, subject, state, severity, as_of, evidence = row
        if removed:
            return None
        thread, started = (portfolio_id, rule_id, subject), valid_from - self.interval
        if state == "cleared":
            return Clearing(thread, started)
        if state != "open" or valid_from != as_of or severity == "strength":
            return None
        direction = direction_of(rule_id, evidence.value)
        return Opening(advice_id, *thread, severity, direction, started)

    def _sessions(self, events: Events) -> Iterator[tuple[str, int, float | None]]:
        deltas = [cells for (kind, cells), _ in events if kind == SESSIONS]
        self.marked = 0
        for _, _, names, daily, mark in sorted(deltas, key=lambda cells: cells[:2]):
            self.marked = mark
            for code, end, op, close, _ in daily.tolist():
                yield names[int(code)], int(end), close if op > 0 else None


@dataclass(frozen=True)
class RecordTables:
    """Results of build_track_record; ``ops``: the changes that the table comes to, with ``up``."""

    record: pw.Table[TrackRecord]
    ops: pw.Table[Any]
    checkpoints: pw.Table[Checkpoint]


def build_track_record(
    versions: pw.Table[Any],
    deltas: pw.Table[Any],
    *,
    interval: int,
    flip_sessions: int = FLIP_SESSIONS,
    restored: bytes | None = None,
) -> RecordTables:
    """Count how often each rule fired and came back, and follow prices after it.

    A pure function of the versions and sessions that stand in the end.

    Args:
        versions: changes of AdviceVersion rows, as ``BookTables.ops`` has them.
        deltas: ``SeriesTables.deltas``, for the sessions that are over.
        interval: length of a bar of the advice interval, microseconds.
        flip_sessions: advice that opens again within so many sessions after it cleared is a flip.
        restored: state of a checkpoint to go on from. The table then lacks the rows from before.
    """

    @pw.reducers.stateful_many
    def fold(state: Any, rows: Events) -> tuple[Any, ...]:
        if state is not None:
            folded = state[0].value
        else:
            fresh = Folded(Record(flip_sessions), interval)
            folded = fresh if restored is None else thaw(restored)
        changes = folded.take(rows)
        mark = folded.marked
        frozen = [("track_record", freeze(folded))] if mark else []
        return pw.wrap_py_object(folded, serializer=Version), changes, mark, frozen

    v, d = versions, deltas
    told = pw.make_tuple(*(v[name] for name in TOLD))
    sessions = pw.make_tuple(d.shard, d.seq, d.names, d.daily, d.checkpoint)
    events = pw.Table.concat_reindex(
        v.select(kind=VERSION, payload=pw.declare_type(Any, told)),
        d.select(kind=SESSIONS, payload=pw.declare_type(Any, sessions)),
    )
    folded = events.reduce(state=fold(events.kind, events.payload))
    state = pw.declare_type(state_type([TrackRecord]), folded.state)
    commits = folded.select(rows=state[1], checkpoint=state[2], frozen=state[3])
    commits = commits.to_stream("up").filter(pw.this.up)
    ops = ops_of(commits, "rows", RecordRow._fields, TrackRecord.typehints())
    return RecordTables(keyed(ops, *KEY).without(pw.this.up), ops, frozen_parts(commits))
