"""Peer: the graph a newcomer to Pathway writes.

One row per tick, native reducers for the bars, one Python fold per symbol for the indicators.
"""

from pathlib import Path
from typing import Any

import pathway as pw

from scripts.bench_peers.stepper import BAR, START, VALUES, Bar, step

HUNDREDTHS = 100  # sums of whole hundredths are exact; Pathway's sum of floats is not safe


class Tick(pw.Schema):
    """One trade."""

    symbol: str
    price: float
    qty: int
    event_time: int


def bars(ticks: pw.Table[Tick]) -> pw.Table[Any]:
    """One row per symbol and minute."""
    ticks = ticks.with_columns(
        bar_start=pw.this.event_time - pw.this.event_time % BAR,
        placed=pw.make_tuple(pw.this.event_time, pw.this.price),
        turnover=pw.cast(int, (pw.this.price * HUNDREDTHS).num.round()) * pw.this.qty,
    )
    grouped = ticks.groupby(pw.this.symbol, pw.this.bar_start).reduce(
        pw.this.symbol,
        pw.this.bar_start,
        first=pw.reducers.min(pw.this.placed),
        high=pw.reducers.max(pw.this.price),
        low=pw.reducers.min(pw.this.price),
        last=pw.reducers.max(pw.this.placed),
        volume=pw.reducers.sum(pw.this.qty),
        turnover=pw.reducers.sum(pw.this.turnover),
        trade_count=pw.reducers.count(),
    )
    return grouped.select(
        pw.this.symbol,
        pw.this.bar_start,
        interval="1m",
        open=pw.declare_type(float, pw.this.first[1]),
        high=pw.this.high,
        low=pw.this.low,
        close=pw.declare_type(float, pw.this.last[1]),
        volume=pw.this.volume,
        turnover=pw.this.turnover / HUNDREDTHS,
        trade_count=pw.this.trade_count,
        is_final=True,
    )


def series(packed: tuple[Any, ...]) -> list[tuple[int, tuple[float | None, ...]]]:
    """Every bar of a symbol in order -> its values."""
    state, found = START, []
    for start, high, low, close, volume, turnover in packed:
        bar = Bar(start, start, close, volume)
        bar.high, bar.low, bar.turnover = high, low, turnover
        state, values = step(state, bar)
        found.append((start, values))
    return found


def indicators(table: pw.Table[Any]) -> pw.Table[Any]:
    """The values of every bar."""
    packed = pw.make_tuple(
        pw.this.bar_start,
        pw.this.high,
        pw.this.low,
        pw.this.close,
        pw.this.volume,
        pw.this.turnover,
    )
    kind = list[tuple[int, tuple[float | None, ...]]]
    folded = table.groupby(pw.this.symbol).reduce(
        pw.this.symbol, bars=pw.reducers.sorted_tuple(packed)
    )
    rows = folded.select(
        pw.this.symbol, row=pw.apply_with_type(series, kind, pw.this.bars)
    ).flatten(pw.this.row)
    return rows.select(
        pw.this.symbol,
        interval="1m",
        bar_start=pw.this.row[0],
        is_final=True,
        **{name: pw.this.row[1][place] for place, name in enumerate(VALUES)},
    )


def run(ticks: Path, out: Path) -> None:
    """Turn a file of ticks into bars.jsonl and indicators.jsonl."""
    rows = pw.io.jsonlines.read(ticks, schema=Tick, mode="static")
    table = bars(rows)
    shown = table.with_columns(vwap=pw.this.turnover / pw.this.volume).without(pw.this.turnover)
    pw.io.jsonlines.write(shown, out / "bars.jsonl")
    pw.io.jsonlines.write(indicators(table), out / "indicators.jsonl")
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)
