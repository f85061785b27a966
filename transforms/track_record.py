"""AdviceVersion, closes of sessions -> TrackRecord: how advice has fared, rule by rule.

A fold keeps openings, clearings and closes; only rows that changed leave it. It reads versions of
advice because they say when a row opened and when it cleared, whatever the order in which that was
found out; and sessions as the columns that the book reads too (SessionClose has the same as rows).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pathway as pw

from transforms.book_rows import state_type
from transforms.insights.openings import (
    EXPECTED,
    NEITHER,
    TOLD_BY,
    Clearing,
    Opening,
    direction_of,
)
from transforms.insights.record import FLIP_SESSIONS, Record
from transforms.insights.tally import RecordRow
from transforms.schemas import AdviceVersion, TrackRecord
from transforms.versions import Version

OPENING, CLEARING, SESSIONS = range(3)
OPENED = ("advice_id", "portfolio_id", "rule_id", "subject", "severity", "direction", "started")
CLEARED = ("portfolio_id", "rule_id", "subject", "started")
KEY = ("rule_id", "severity", "direction", "horizon")
Events = list[tuple[list[Any], int]]


@dataclass
class Folded:
    """State of the fold: the record and how often it has changed."""

    record: Record
    version: int = 0

    def take(self, events: Events) -> list[tuple[Any, ...]]:
        """Apply the events of one commit; cells of the rows that changed."""
        self.version += 1
        gone, new = (list(_told(events, sign)) for sign in (-1, 1))
        self.record.apply(gone, new)
        self.record.apply_sessions(_sessions(events))
        upserts, removed = self.record.take()
        return [(True, *row) for row in upserts] + [(False, *row) for row in removed]


def _told(events: Events, sign: int) -> Iterator[Opening | Clearing]:
    for (kind, cells), diff in events:
        if diff * sign > 0 and kind == OPENING:
            yield Opening(*cells)
        elif diff * sign > 0 and kind == CLEARING:
            portfolio_id, rule_id, subject, started = cells
            yield Clearing((portfolio_id, rule_id, subject), started)


def _sessions(events: Events) -> Iterator[tuple[str, int, float | None]]:
    deltas = [cells for (kind, cells), diff in events if kind == SESSIONS and diff > 0]
    for _, _, names, daily in sorted(deltas, key=lambda cells: cells[:2]):
        for code, end, op, close, _ in daily.tolist():
            yield names[int(code)], int(end), close if op > 0 else None


def build_track_record(
    versions: pw.Table[AdviceVersion],
    deltas: pw.Table[Any],
    *,
    interval: int,
    flip_sessions: int = FLIP_SESSIONS,
) -> pw.Table[TrackRecord]:
    """Count how often each rule fired and came back, and follow prices after it.

    A pure function of the versions and sessions that stand in the end.

    Args:
        versions: of advice rows.
        deltas: ``SeriesTables.deltas``, for the sessions that are over.
        interval: length of a bar of the advice interval, microseconds.
        flip_sessions: advice that opens again within so many sessions after it cleared is a flip.
    """

    @pw.reducers.stateful_many
    def fold(state: Any, rows: Events) -> tuple[Any, ...]:
        folded = Folded(Record(flip_sessions)) if state is None else state[0].value
        changes = folded.take(rows)
        return pw.wrap_py_object(folded, serializer=Version), changes

    events = pw.Table.concat_reindex(*_events(versions, deltas, interval))
    folded = events.reduce(state=fold(events.kind, events.payload))
    state = pw.declare_type(state_type([TrackRecord]), folded.state)
    commits = folded.select(row=state[1]).to_stream("up").filter(pw.this.up)
    return _table(commits)


def _events(
    versions: pw.Table[AdviceVersion], deltas: pw.Table[Any], interval: int
) -> Iterable[pw.Table[Any]]:
    """All that can change the record as rows of one shape: (kind, payload)."""
    standing = versions.filter(~pw.this.removed)
    standing = standing.with_columns(started=pw.this.valid_from - interval)
    opened = standing.filter((pw.this.state == "open") & (pw.this.valid_from == pw.this.as_of))
    opened = opened.filter(pw.this.severity != "strength")
    both_ways = _one_of(opened.rule_id, TOLD_BY)
    directions = pw.apply_with_type(_direction, int, pw.this.rule_id, pw.this.evidence)
    falling = pw.if_else(_one_of(pw.this.rule_id, EXPECTED), -1, NEITHER)
    d = deltas
    yield _packed(opened.filter(both_ways).with_columns(direction=directions), OPENING, OPENED)
    yield _packed(opened.filter(~both_ways).with_columns(direction=falling), OPENING, OPENED)
    yield _packed(standing.filter(pw.this.state == "cleared"), CLEARING, CLEARED)
    payload = pw.make_tuple(d.shard, d.seq, d.names, d.daily)
    yield d.select(kind=SESSIONS, payload=pw.declare_type(Any, payload))


def _one_of(column: Any, names: Iterable[str]) -> Any:
    first, *others = names
    found = column == first
    for name in others:
        found = found | (column == name)
    return found


def _packed(table: pw.Table[Any], kind: int, columns: Iterable[str]) -> pw.Table[Any]:
    payload = pw.make_tuple(*(table[name] for name in columns))
    return table.select(kind=kind, payload=pw.declare_type(Any, payload))


def _direction(rule_id: str, evidence: pw.Json) -> int:
    return direction_of(rule_id, evidence.as_list())


def _table(commits: pw.Table[Any]) -> pw.Table[TrackRecord]:
    """Rows with the identity of their key: cell 0 says whether a row comes or goes."""
    flat = commits.flatten(pw.this.row)
    cells = {name: flat.row[place] for place, name in enumerate(RecordRow._fields, 1)}
    flat = flat.select(up=flat.row[0], **cells)
    keyed = flat.with_id_from(*(flat[name] for name in KEY)).stream_to_table(pw.this.up)
    return keyed.without(pw.this.up).update_types(**TrackRecord.typehints())
