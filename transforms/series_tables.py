"""The changed rows of the series fold -> tables whose rows have the identity their key says."""

from typing import Any

import pathway as pw

from transforms.adjustments import KINDS
from transforms.schemas import Adjustment, Bar, SessionClose, Signal
from transforms.series_changes import BAR_VALUES
from transforms.shard_rows import ABSENT
from transforms.signals import NAMES, SIGNAL_VALUES

VALUES_AT = 5  # symbol label, interval label, bar_start, op, is_final come first in a row


def keyed_rows(commits: pw.Table[Any]) -> pw.Table[Any]:
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


def cell(table: pw.Table[Any], place: int) -> Any:
    """A value of the row, null where the fold had none."""
    return pw.if_else(table.row[place] > ABSENT, table.row[place], None)


def bars_table(compact: pw.Table[Any]) -> pw.Table[Bar]:
    """Bars of ``keyed_rows``."""
    at = {name: VALUES_AT + number for number, name in enumerate(BAR_VALUES)}
    prices = {name: compact.row[at[name]] for name in ("open", "high", "low", "close", "volume")}
    table: pw.Table[Bar] = compact.select(
        compact.symbol,
        compact.interval,
        compact.bar_start,
        **prices,
        trade_count=pw.cast(int, compact.row[at["trade_count"]]),
        vwap=cell(compact, at["vwap"]),
        is_final=compact.row[4] > 0,
        adj_version=pw.cast(int, compact.row[at["adj_version"]]),
    )
    return table


def indicators_table(compact: pw.Table[Any], columns: tuple[str, ...]) -> pw.Table[Any]:
    """Indicators of ``keyed_rows``; ``columns`` in the order of the rows."""
    first = VALUES_AT + len(BAR_VALUES)
    values = {name: cell(compact, first + number) for number, name in enumerate(columns)}
    return compact.select(
        compact.symbol, compact.interval, compact.bar_start, is_final=compact.row[4] > 0, **values
    ).update_types(**{name: float | None for name in columns})


def signals_table(commits: pw.Table[Any]) -> pw.Table[Signal]:
    """Signals of each commit: upserts and deletions."""
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


def sessions_table(commits: pw.Table[Any]) -> pw.Table[SessionClose]:
    """Daily rows of each commit: upserts and deletions."""
    flat = commits.flatten(pw.this.row)
    flat = flat.select(
        symbol=flat.labels[pw.cast(int, flat.row[0])],
        session_end=pw.cast(int, flat.row[1]),
        close=flat.row[3],
        volume=flat.row[4],
        up=flat.row[2] > 0,
    )
    keyed = flat.with_id_from(flat.symbol, flat.session_end)
    table: pw.Table[SessionClose] = keyed.stream_to_table(pw.this.up).without(pw.this.up)
    return table


def adjustments_table(commits: pw.Table[Any]) -> pw.Table[Adjustment]:
    """What each commit changed about corporate actions: upserts and deletions."""
    flat = commits.flatten(pw.this.row)
    flat = flat.select(
        symbol=flat.labels[pw.cast(int, flat.row[0])],
        interval=flat.labels[pw.cast(int, flat.row[1])],
        ex=pw.cast(int, flat.row[2]),
        kind=pw.make_tuple(*KINDS)[pw.cast(int, flat.row[4])],
        new=pw.cast(int, flat.row[5]),
        old=pw.cast(int, flat.row[6]),
        bars=pw.cast(int, flat.row[7]),
        up=flat.row[3] > 0,
    )
    keyed = flat.with_id_from(flat.symbol, flat.interval, flat.ex, flat.kind)
    table: pw.Table[Adjustment] = keyed.stream_to_table(pw.this.up).without(pw.this.up)
    return table
