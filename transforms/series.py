"""PartialBars -> Bar, Indicator, Signal and the book's deltas: the one fold over market data.

Batches of columns cross the border to Python, rows are ordinary on the other side: the fold returns
only the rows that changed, as one array; pathway flattens it and gives each row its identity.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pathway as pw

from transforms.schemas import Bar, PartialBars, Signal
from transforms.series_changes import BAR_VALUES
from transforms.shard_fold import ABSENT, SeriesOptions, ShardFold
from transforms.signals import NAMES, SIGNAL_VALUES
from transforms.versions import Version

Block: Any = np.ndarray[tuple[int, int], float]  # type: ignore[type-var]  # pathway's spelling of a 2-D array
VALUES_AT = 5  # symbol label, interval label, bar_start, op, is_final come first in a row


class MarketDeltas(pw.Schema):
    """What one commit closed or revised, for the book. One row per commit, append-only."""

    shard: int
    names: list[str]
    rows: Any
    clock: int
    drained: bool
    seq: int


@dataclass(frozen=True)
class SeriesTables:
    """Results of build_series."""

    bars: pw.Table[Bar]
    indicators: pw.Table[Any]
    signals: pw.Table[Signal]
    deltas: pw.Table[MarketDeltas]


def indicator_schema(columns: Iterable[str]) -> type[pw.Schema]:
    """Schema of Indicator: a row per (symbol, interval, bar_start), a nullable float per column."""
    fixed: dict[str, Any] = {"symbol": str, "interval": str, "bar_start": int, "is_final": bool}
    return pw.schema_from_types("Indicator", **fixed, **{name: float | None for name in columns})


def build_series(partials: pw.Table[PartialBars], *, options: SeriesOptions) -> SeriesTables:
    """Fold partial bars into bars, indicators and signals.

    A late trade or a corrected bar re-issues exactly the rows it changes, as -1 and +1.

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
            delta.rows,
            delta.signals,
            delta.book,
            shard.clock,
            shard.drained,
            shard.version,
        )

    p = partials
    folded = p.reduce(state=fold(p.feed, p.seq, p.kind, p.interval, p.part, p.clock, p.drained))
    state = pw.declare_type(
        tuple[pw.PyObjectWrapper[Any], list[str], Block, Block, Block, int, bool, int], folded.state
    )
    commits = folded.select(
        labels=state[1],
        rows=state[2],
        signals=state[3],
        book=state[4],
        clock=state[5],
        drained=state[6],
        seq=state[7],
    )
    commits = commits.to_stream("up").filter(pw.this.up)
    compact = _keyed_rows(commits.select(pw.this.labels, row=pw.this.rows))
    return SeriesTables(
        bars=_bars(compact),
        indicators=_indicators(compact, options.columns),
        signals=_signals(commits.select(pw.this.labels, row=pw.this.signals)),
        deltas=commits.select(
            pw.this.clock,
            pw.this.drained,
            pw.this.seq,
            shard=0,
            names=pw.this.labels,
            rows=pw.this.book,
        ),
    )


def _keyed_rows(commits: pw.Table[Any]) -> pw.Table[Any]:
    """One compact row per (symbol, interval, bar_start): upserts and deletions from here on."""
    flat = commits.flatten(pw.this.row)
    flat = flat.select(
        flat.row,
        symbol=flat.labels[pw.cast(int, flat.row[0])],
        interval=flat.labels[pw.cast(int, flat.row[1])],
        bar_start=pw.cast(int, flat.row[2]),
        up=flat.row[3] > 0,
    )
    keyed = flat.with_id_from(flat.symbol, flat.interval, flat.bar_start)
    return keyed.stream_to_table(pw.this.up)


def _cell(table: pw.Table[Any], place: int) -> Any:
    """A value of the row, null where the fold had none."""
    return pw.if_else(table.row[place] > ABSENT, table.row[place], None)


def _bars(compact: pw.Table[Any]) -> pw.Table[Bar]:
    at = {name: VALUES_AT + number for number, name in enumerate(BAR_VALUES)}
    prices = {name: compact.row[at[name]] for name in ("open", "high", "low", "close", "volume")}
    table: pw.Table[Bar] = compact.select(
        compact.symbol,
        compact.interval,
        compact.bar_start,
        **prices,
        trade_count=pw.cast(int, compact.row[at["trade_count"]]),
        vwap=_cell(compact, at["vwap"]),
        is_final=compact.row[4] > 0,
    )
    return table


def _indicators(compact: pw.Table[Any], columns: tuple[str, ...]) -> pw.Table[Any]:
    first = VALUES_AT + len(BAR_VALUES)
    values = {name: _cell(compact, first + number) for number, name in enumerate(columns)}
    return compact.select(
        compact.symbol, compact.interval, compact.bar_start, is_final=compact.row[4] > 0, **values
    ).update_types(**{name: float | None for name in columns})


def _signals(commits: pw.Table[Any]) -> pw.Table[Signal]:
    flat = commits.flatten(pw.this.row)
    flat = flat.select(
        symbol=flat.labels[pw.cast(int, flat.row[0])],
        interval=flat.labels[pw.cast(int, flat.row[1])],
        bar_start=pw.cast(int, flat.row[2]),
        signal=pw.make_tuple(*NAMES)[pw.cast(int, flat.row[4])],
        direction=pw.cast(int, flat.row[5]),
        **{name: flat.row[5 + number] for number, name in enumerate(SIGNAL_VALUES) if number},
        up=flat.row[3] > 0,
    )
    keyed = flat.with_id_from(flat.symbol, flat.interval, flat.bar_start, flat.signal)
    table: pw.Table[Signal] = keyed.stream_to_table(pw.this.up).without(pw.this.up)
    return table
