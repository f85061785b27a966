"""The changed rows of the series fold -> tables whose rows have the identity their key says.

The changes themselves (``ops``: upserts and deletions by key, with ``up``) are for sinks that keep
what an earlier run has written: there a deletion must arrive although this run has no such row.
"""

from typing import Any

import pathway as pw

from transforms.adjustments import KINDS
from transforms.schemas import FeedGap
from transforms.series_changes import BAR_VALUES
from transforms.shard_rows import ABSENT
from transforms.signals import NAMES, SIGNAL_VALUES

VALUES_AT = 5  # symbol label, interval label, bar_start, op, is_final come first in a row


def compact_ops(commits: pw.Table[Any]) -> pw.Table[Any]:
    """Compact rows of (symbol, interval, bar_start) that come (``up``) or go."""
    flat = commits.flatten(pw.this.row)
    return flat.select(
        flat.row,
        symbol=flat.labels[pw.cast(int, flat.row[0])],
        interval=flat.labels[pw.cast(int, flat.row[1])],
        bar_start=pw.cast(int, flat.row[2]),
        up=flat.row[3] > 0,
    )


def keyed(ops: pw.Table[Any], *key: str) -> pw.Table[Any]:
    """The table that upserts and deletions come to; it keeps ``up``."""
    return ops.with_id_from(*(ops[name] for name in key)).stream_to_table(pw.this.up)


def cell(table: pw.Table[Any], place: int) -> Any:
    """A value of the row, null where the fold had none."""
    return pw.if_else(table.row[place] > ABSENT, table.row[place], None)


def bars_of(compact: pw.Table[Any]) -> pw.Table[Any]:
    """Bars of compact rows, with ``up``."""
    at = {name: VALUES_AT + number for number, name in enumerate(BAR_VALUES)}
    prices = {name: compact.row[at[name]] for name in ("open", "high", "low", "close", "volume")}
    return compact.select(
        compact.up,
        compact.symbol,
        compact.interval,
        compact.bar_start,
        **prices,
        trade_count=pw.cast(int, compact.row[at["trade_count"]]),
        vwap=cell(compact, at["vwap"]),
        is_final=compact.row[4] > 0,
        adj_version=pw.cast(int, compact.row[at["adj_version"]]),
    )


def indicators_of(compact: pw.Table[Any], columns: tuple[str, ...]) -> pw.Table[Any]:
    """Indicators of compact rows, with ``up``; ``columns`` in the order of the rows."""
    first = VALUES_AT + len(BAR_VALUES)
    values = {name: cell(compact, first + number) for number, name in enumerate(columns)}
    c = compact
    found = c.select(c.up, c.symbol, c.interval, c.bar_start, is_final=c.row[4] > 0, **values)
    return found.update_types(**{name: float | None for name in columns})


def signals_ops(commits: pw.Table[Any]) -> pw.Table[Any]:
    """Signals of each commit: upserts and deletions."""
    flat = commits.flatten(pw.this.row)
    return flat.select(
        symbol=flat.labels[pw.cast(int, flat.row[0])],
        interval=flat.labels[pw.cast(int, flat.row[1])],
        bar_start=pw.cast(int, flat.row[2]),
        signal=pw.make_tuple(*NAMES)[pw.cast(int, flat.row[4])],
        direction=pw.cast(int, flat.row[5]),
        **{name: flat.row[5 + number] for number, name in enumerate(SIGNAL_VALUES) if number},
        up=flat.row[3] > 0,
    )


def sessions_ops(commits: pw.Table[Any]) -> pw.Table[Any]:
    """Daily rows of each commit: upserts and deletions."""
    flat = commits.flatten(pw.this.row)
    return flat.select(
        symbol=flat.labels[pw.cast(int, flat.row[0])],
        session_end=pw.cast(int, flat.row[1]),
        close=flat.row[3],
        volume=flat.row[4],
        up=flat.row[2] > 0,
    )


def adjustments_ops(commits: pw.Table[Any]) -> pw.Table[Any]:
    """What each commit changed about corporate actions: upserts and deletions."""
    flat = commits.flatten(pw.this.row)
    return flat.select(
        symbol=flat.labels[pw.cast(int, flat.row[0])],
        interval=flat.labels[pw.cast(int, flat.row[1])],
        ex=pw.cast(int, flat.row[2]),
        kind=pw.make_tuple(*KINDS)[pw.cast(int, flat.row[4])],
        new=pw.cast(int, flat.row[5]),
        old=pw.cast(int, flat.row[6]),
        bars=pw.cast(int, flat.row[7]),
        up=flat.row[3] > 0,
    )


def gaps_ops(commits: pw.Table[Any]) -> pw.Table[Any]:
    """Gaps of feeds that each commit has made known, as upserts: none is taken back."""
    flat = commits.flatten(pw.this.row)
    columns = {name: flat.row[place] for place, name in enumerate(FeedGap.column_names())}
    return flat.select(**columns, up=True)
