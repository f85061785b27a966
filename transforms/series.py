"""PartialBars -> Bar, Indicator, Signal and the book's deltas: the one fold over market data.

Batches of columns cross the border to Python, rows are ordinary on the other side: the fold returns
only the rows that changed, as one array; pathway flattens it and gives each row its identity.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pathway as pw

from transforms.schemas import Adjustment, Bar, PartialBars, SessionClose, Signal
from transforms.series_tables import (
    adjustments_table,
    bars_table,
    indicators_table,
    keyed_rows,
    sessions_table,
    signals_table,
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


@dataclass(frozen=True)
class SeriesTables:
    """Results of build_series."""

    bars: pw.Table[Bar]
    indicators: pw.Table[Any]
    signals: pw.Table[Signal]
    sessions: pw.Table[SessionClose]
    adjustments: pw.Table[Adjustment]
    deltas: pw.Table[MarketDeltas]


def indicator_schema(columns: Iterable[str]) -> type[pw.Schema]:
    """Schema of Indicator: a row per (symbol, interval, bar_start), a nullable float per column."""
    fixed: dict[str, Any] = {"symbol": str, "interval": str, "bar_start": int, "is_final": bool}
    return pw.schema_from_types("Indicator", **fixed, **{name: float | None for name in columns})


def build_series(partials: pw.Table[PartialBars], *, options: SeriesOptions) -> SeriesTables:
    """Fold partial bars into bars, indicators and signals.

    A late trade or a corrected bar re-issues exactly the rows it changes, as -1 and +1; a split
    all rows of its symbol.

    Args:
        partials: micro-batches of all feeds.
        options: intervals, kernels and clocks.
    """

    @pw.reducers.stateful_many
    def fold(state: Any, rows: list[tuple[list[Any], int]]) -> tuple[Any, ...]:
        shard = ShardFold(options) if state is None else state[0].value
        for values, _ in sorted(rows, key=lambda row: (row[0][0], row[0][1])):
            _, _, kind, interval, part, clock, last = values
            shard.add(kind, interval, part, clock, last)
        delta = shard.take()
        wrapped = pw.wrap_py_object(shard, serializer=Version)
        return (
            wrapped,
            delta.labels,
            (delta.rows, delta.signals, delta.book, delta.daily, delta.adjustments),
            delta.actions,
            shard.clock,
            shard.drained,
            shard.version,
        )

    p = partials
    folded = p.reduce(state=fold(p.feed, p.seq, p.kind, p.interval, p.part, p.clock, p.drained))
    state = pw.declare_type(
        tuple[pw.PyObjectWrapper[Any], list[str], Blocks, list[ActionRow], int, bool, int],
        folded.state,
    )
    commits = folded.select(
        labels=state[1],
        rows=state[2][0],
        signals=state[2][1],
        book=state[2][2],
        daily=state[2][3],
        adjustments=state[2][4],
        actions=state[3],
        clock=state[4],
        drained=state[5],
        seq=state[6],
    )
    commits = commits.to_stream("up").filter(pw.this.up)
    compact = keyed_rows(commits.select(pw.this.labels, row=pw.this.rows))
    return SeriesTables(
        bars=bars_table(compact),
        indicators=indicators_table(compact, options.columns),
        signals=signals_table(commits.select(pw.this.labels, row=pw.this.signals)),
        sessions=sessions_table(commits.select(pw.this.labels, row=pw.this.daily)),
        adjustments=adjustments_table(commits.select(pw.this.labels, row=pw.this.adjustments)),
        deltas=commits.select(
            pw.this.daily,
            pw.this.actions,
            pw.this.clock,
            pw.this.drained,
            pw.this.seq,
            shard=0,
            names=pw.this.labels,
            rows=pw.this.book,
        ),
    )
