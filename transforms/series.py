"""PartialBars -> Bar, Indicator, Signal and the book's deltas: the one fold over market data.

Batches of columns cross the border to Python, rows are ordinary on the other side: the fold returns
only the rows that changed, as one array; pathway flattens it and gives each row its identity.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pathway as pw

from transforms.feed_gaps import GapRow
from transforms.frozen import freeze, thaw
from transforms.schemas import (
    Adjustment,
    Bar,
    Checkpoint,
    FeedGap,
    PartialBars,
    SessionClose,
    Signal,
)
from transforms.series_tables import (
    adjustments_ops,
    bars_of,
    compact_ops,
    gaps_ops,
    indicators_of,
    keyed,
    sessions_ops,
    signals_ops,
)
from transforms.shard_fold import SeriesOptions, ShardFold
from transforms.shard_rows import ActionRow
from transforms.versions import Version

Block: Any = np.ndarray[tuple[int, int], float]  # type: ignore[type-var]  # pathway's spelling of a 2-D array

Blocks: Any = tuple[Block, Block, Block, Block, Block]


class MarketDeltas(pw.Schema):
    """What one commit closed or revised, for the book. One row per commit, append-only."""

    shard: int
    names: list[str]
    rows: Any
    daily: Any
    actions: list[ActionRow] = pw.column_definition(
        description="(symbol, kind, ex, new, old, op): re-scale rows and daily from here on"
    )
    clock: int
    drained: bool
    seq: int
    checkpoint: int = pw.column_definition(description="number of the mark at its end; 0: none")


@dataclass(frozen=True)
class SeriesTables:
    """Results of build_series.

    Attributes:
        ops: the changes that the tables come to, by name, with ``up``; see ``series_tables``.
        checkpoints: states of the feed and of this fold.
    """

    bars: pw.Table[Bar]
    indicators: pw.Table[Any]
    signals: pw.Table[Signal]
    sessions: pw.Table[SessionClose]
    adjustments: pw.Table[Adjustment]
    gaps: pw.Table[FeedGap]
    deltas: pw.Table[MarketDeltas]
    ops: Mapping[str, pw.Table[Any]]
    checkpoints: pw.Table[Checkpoint]


def indicator_schema(columns: Iterable[str]) -> type[pw.Schema]:
    """Schema of Indicator: a row per (symbol, interval, bar_start), a nullable float per column."""
    fixed: dict[str, Any] = {"symbol": str, "interval": str, "bar_start": int, "is_final": bool}
    return pw.schema_from_types("Indicator", **fixed, **{name: float | None for name in columns})


def build_series(
    partials: pw.Table[PartialBars], *, options: SeriesOptions, restored: bytes | None = None
) -> SeriesTables:
    """Fold partial bars into bars, indicators and signals.

    A late trade or a corrected bar re-issues exactly the rows it changes, as -1 and +1; a split
    all rows of its symbol.

    Args:
        partials: micro-batches of all feeds.
        options: intervals, kernels and clocks.
        restored: state of a checkpoint to go on from. The tables then lack the rows from before.
    """
    known = options.shared

    @pw.reducers.stateful_many
    def fold(state: Any, rows: list[tuple[list[Any], int]]) -> tuple[Any, ...]:
        if state is not None:
            shard = state[0].value
        else:
            shard = ShardFold(options) if restored is None else thaw(restored, *known)
        for values, _ in sorted(rows, key=lambda row: (row[0][0], row[0][1])):
            shard.add(*values[2:])
        delta, marked, shard.marked = shard.take(), shard.marked, None
        number, feed = marked or (0, b"")
        return (
            pw.wrap_py_object(shard, serializer=Version),
            delta.labels,
            (delta.rows, delta.signals, delta.book, delta.daily, delta.adjustments),
            delta.actions,
            delta.gaps,
            shard.clock,
            shard.drained,
            shard.version,
            number,
            [("feed", feed), ("series", freeze(shard, *known))] if marked else [],
        )

    p = partials
    folded = p.reduce(state=fold(p.feed, p.seq, p.kind, p.interval, p.part, p.clock, p.drained))
    return _tables(_commits(folded), options.columns)


def _commits(folded: pw.Table[Any]) -> pw.Table[Any]:
    """What the fold returned, one row per commit."""
    told = (list[ActionRow], list[GapRow], int, bool, int, int, list[tuple[str, bytes]])
    kind = tuple.__class_getitem__((pw.PyObjectWrapper[Any], list[str], Blocks, *told))
    state = pw.declare_type(kind, folded.state)
    blocks = ("rows", "signals", "book", "daily", "adjustments")
    behind = ("actions", "gaps", "clock", "drained", "seq", "checkpoint", "frozen")
    commits = folded.select(
        labels=state[1],
        **{name: state[2][place] for place, name in enumerate(blocks)},
        **{name: state[place] for place, name in enumerate(behind, 3)},
    )
    return commits.to_stream("up").filter(pw.this.up)


def _tables(commits: pw.Table[Any], columns: tuple[str, ...]) -> SeriesTables:
    rows = compact_ops(commits.select(pw.this.labels, row=pw.this.rows))
    signals = signals_ops(commits.select(pw.this.labels, row=pw.this.signals))
    sessions = sessions_ops(commits.select(pw.this.labels, row=pw.this.daily))
    adjusted = adjustments_ops(commits.select(pw.this.labels, row=pw.this.adjustments))
    gaps = gaps_ops(commits.select(row=pw.this.gaps))
    compact = keyed(rows, "symbol", "interval", "bar_start")
    c = commits
    return SeriesTables(
        bars=bars_of(compact).without(pw.this.up),
        indicators=indicators_of(compact, columns).without(pw.this.up),
        signals=keyed(signals, "symbol", "interval", "bar_start", "signal").without(pw.this.up),
        sessions=keyed(sessions, "symbol", "session_end").without(pw.this.up),
        adjustments=keyed(adjusted, "symbol", "interval", "ex", "kind").without(pw.this.up),
        gaps=keyed(gaps, "source", "symbol", "ts_from").without(pw.this.up),
        deltas=c.select(
            *(c.daily, c.actions, c.clock, c.drained, c.seq, c.checkpoint),
            shard=0,
            names=c.labels,
            rows=c.book,
        ),
        ops={
            "bars": bars_of(rows),
            "indicators": indicators_of(rows, columns),
            "signals": signals,
            "sessions": sessions,
            "adjustments": adjusted,
            "gaps": gaps,
        },
        checkpoints=frozen_parts(c),
    )


def frozen_parts(commits: pw.Table[Any]) -> pw.Table[Checkpoint]:
    """States of the parts of a fold: ``frozen`` (part, state) and ``checkpoint`` of each commit."""
    flat = commits.select(number=commits.checkpoint, one=commits.frozen).flatten(pw.this.one)
    return flat.select(part=flat.one[0], number=flat.number, state=flat.one[1])
