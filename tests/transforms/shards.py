"""A shard of the series fold with its tables, and parts of a small market to feed it."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl

from connectors.sources.actions import ACTION_PART
from connectors.sources.feed_gaps import GAP_PART
from connectors.sources.partial_bars import encode, reduce_bars, reduce_trades
from transforms.kernels.registry import build_kernels
from transforms.market_delta import BOOK_FIELDS
from transforms.series_changes import BAR_VALUES
from transforms.sessions import MINUTE
from transforms.shard_fold import SeriesOptions, ShardFold

T0 = 1_768_448_700_000_000  # 2026-01-15 09:15 in Kolkata
Row = tuple[str, int, float, float]  # symbol, instant, price, size
Action = tuple[str, int, str, int, int, int]  # a row of ACTION_PART
Gap = tuple[str, str, int, int, str]  # a row of GAP_PART
Part = tuple[str, int, pl.DataFrame, int]  # kind, interval, part, clock
GAP = BOOK_FIELDS.index("gap")
SOME = ("ema_9", "sma_20", "rsi_14", "atr_14", "obv", "vwap_session", "psar", "mfi_14", "cci_20")
VOLUME, VWAP, VERSION = (BAR_VALUES.index(name) for name in ("volume", "vwap", "adj_version"))


def shard(*intervals: str, columns: Sequence[str] = ("ema_9", "sma_20"), zone: str) -> ShardFold:
    kernels = {name: build_kernels(columns, bars_per_year=252.0) for name in intervals}
    options = SeriesOptions(
        intervals, kernels, tuple(columns), intervals[0], zone, 120_000_000, False
    )
    return ShardFold(options)


class Run:
    """A shard and its tables, kept as a sink would keep them."""

    def __init__(self, *intervals: str, zone: str = "Asia/Kolkata", **options: Any) -> None:
        self.shard = shard(*(intervals or ("1m",)), zone=zone, **options)
        self.bars: dict[tuple[str, str, int], list[float]] = {}
        self.adjustments: dict[tuple[str, str, int, str], tuple[int, ...]] = {}
        self.actions: list[tuple[Any, ...]] = []
        self.book: dict[tuple[str, float], list[float]] = {}
        self.gaps: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def add(self, *parts: Part) -> "Run":
        """Take micro-batches in, each in a commit of its own."""
        for kind, interval, part, clock in parts:
            self.shard.add(kind, interval, encode(part), clock, False)
            self.take()
        return self

    def end(self) -> "Run":
        self.shard.add("trades", MINUTE, b"", 0, True)
        self.take()
        return self

    def take(self) -> None:
        delta = self.shard.take()
        self.actions += delta.actions
        for symbol, interval, start, op, *values in delta.rows.tolist():
            key = (delta.labels[int(symbol)], delta.labels[int(interval)], int(start))
            self._set(self.bars, key, op, values)
        for symbol, interval, ex, op, kind, *values in delta.adjustments.tolist():
            label = ("split", "bonus")[int(kind)]
            key = (delta.labels[int(symbol)], delta.labels[int(interval)], int(ex), label)
            self._set(self.adjustments, key, op, tuple(map(int, values)))
        for code, instant, op, _, *fields in delta.book.tolist():
            values = [None if np.isnan(value) else value for value in fields]
            key = (delta.labels[int(code)], instant)
            if op == 0:
                assert values.count(None) == len(values) - 1, "a mark says nothing but the gap"
                self.book[key] = [*self.book[key][:GAP], values[GAP], *self.book[key][GAP + 1 :]]
            else:
                self._set(self.book, key, op, values)
        self.gaps |= {row[:3]: row[3:] for row in delta.gaps}

    @staticmethod
    def _set(table: dict[Any, Any], key: Any, op: float, values: Any) -> None:
        if op > 0:
            table[key] = values
        else:
            del table[key]

    @property
    def traded(self) -> dict[tuple[str, str, int], list[float]]:
        """The rows but for ``adj_version``."""
        at = 1 + VERSION  # is_final comes first
        return {key: row[:at] + row[at + 1 :] for key, row in self.bars.items()}

    def column(self, place: int, symbol: str = "A") -> list[float]:
        rows = sorted(
            (key[2], row[1 + place]) for key, row in self.bars.items() if key[0] == symbol
        )
        return [value for _, value in rows]


def bar_rows(rows: Iterable[Row], step: int = MINUTE, diff: float = 1.0) -> Part:
    """Bars of one price each side of which lie high and low."""
    listed = [
        {"symbol": symbol, "ts_event": at, "open": price, "high": price + 1.0, "low": price - 0.5,
         "close": price + 0.25, "volume": size, "diff": diff}
        for symbol, at, price, size in rows
    ]  # fmt: skip
    return "bars", step, reduce_bars(pl.DataFrame(listed)), max(row["ts_event"] for row in listed)


def trade_rows(rows: Sequence[Row]) -> Part:
    frame = pl.DataFrame(rows, schema=["symbol", "ts_event", "price", "size"], orient="row")
    frame = frame.with_columns(order=pl.int_range(pl.len(), dtype=pl.Int64))
    return "trades", MINUTE, reduce_trades(frame, MINUTE), max(row[1] for row in rows)


def gap_rows(*rows: Gap) -> Part:
    return "gaps", MINUTE, pl.DataFrame(rows, schema=dict(GAP_PART), orient="row"), 0


def acts(*rows: Action) -> Part:
    return "actions", MINUTE, pl.DataFrame(rows, schema=dict(ACTION_PART), orient="row"), 0


def split(at: int, new: int = 2, old: int = 1, *, diff: int = 1, symbol: str = "A") -> Action:
    return (symbol, at, "split", new, old, diff)


def market(count: int = 120, symbols: str = "AB", step: int = MINUTE) -> list[Row]:
    """Prices in eighths, so that halves of them are exact."""
    rng = np.random.default_rng(5)
    walk = 100.0 + rng.integers(-8, 9, (count, len(symbols))).cumsum(axis=0) / 8
    sizes = rng.integers(1, 50, (count, len(symbols))) * 12.0
    return [
        (symbol, T0 + number * step, float(walk[number, place]), float(sizes[number, place]))
        for number in range(count)
        for place, symbol in enumerate(symbols)
    ]


EX = T0 + 70 * MINUTE
