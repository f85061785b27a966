"""All intervals of one shard of symbols: micro-batches in, the rows of a commit out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from transforms.kernels.columns import Floats, Ints, Kernel
from transforms.market_delta import BOOK_FIELDS
from transforms.series_changes import BAR_VALUES, HEAD, Changes
from transforms.series_fold import SeriesFold
from transforms.sessions import SessionClock, interval_micros
from transforms.signals import stack

ABSENT = -np.inf  # how a missing value crosses the border to pathway, which turns it into null
FIRST, SUMMED = (
    ("open", "ts_open", "order_open"),
    ("volume_units", "volume_picos", "turnover_units", "turnover_picos", "trade_count"),
)
LAST = ("close", "ts_close", "order_close")
END_OF_TIME = 1 << 61  # closes every bar


@dataclass(frozen=True)
class SeriesOptions:
    """What the series fold must know.

    Attributes:
        intervals: names of the bars to build, shortest first; feeds deliver the first.
        kernels: per interval the kernels to step.
        columns: names of the indicator columns of the Indicator table.
        advice_interval: interval whose closed bars the book evaluates; None without portfolios.
        timezone: IANA zone whose midnight starts a session and a 1d bar.
        late_allowance: microseconds a trade may be behind the newest of its symbol.
        forming: also show bars that have not closed yet.
    """

    intervals: tuple[str, ...]
    kernels: Mapping[str, Sequence[Kernel]]
    columns: tuple[str, ...]
    advice_interval: str | None
    timezone: str
    late_allowance: int
    forming: bool


@dataclass(frozen=True)
class Delta:
    """What one commit changed.

    Attributes:
        labels: interval names, then symbols in the order they were first seen; codes index into it.
        rows: [n, 5 + bar values + columns]: symbol and interval label, bar_start, op, is_final, ...
        signals: [n, 5 + signal values]: symbol and interval label, bar_start, op, number, ...
        book: rows of a MarketDelta.
    """

    labels: list[str]
    rows: Floats
    signals: Floats
    book: Floats


class ShardFold:
    """State of one shard; see SeriesFold for one interval of it."""

    def __init__(self, options: SeriesOptions) -> None:
        self.options = options
        self.labels: list[str] = list(options.intervals)
        self.version, self.clock, self.drained = 0, 0, False
        self._codes: dict[str, int] = {}
        clock = SessionClock(options.timezone)
        self._sessions = clock
        self.series = {
            name: SeriesFold(
                interval=interval_micros(name),
                kernels=options.kernels[name],
                clock=clock,
                late_allowance=options.late_allowance,
                forming=options.forming,
            )
            for name in options.intervals
        }
        self._layout = {
            name: self._places(series, options.columns) for name, series in self.series.items()
        }
        self._book = {
            name: self._places(series, BOOK_FIELDS) for name, series in self.series.items()
        }

    @staticmethod
    def _places(series: SeriesFold, wanted: Sequence[str]) -> list[int]:
        """Column of a series' rows for each wanted name, -1 where it has none."""
        names = [*BAR_VALUES, *(column.name for column in series.chain.columns)]
        return [HEAD + names.index(name) if name in names else -1 for name in wanted]

    def add(self, kind: str, interval: int, part: bytes, clock: int, drained: bool) -> None:
        """Take one micro-batch."""
        self.version += 1
        seen = clock + interval if kind == "bars" else clock  # a bar delivered whole is over
        self.clock, self.drained = max(self.clock, seen), self.drained or drained
        if not part:
            return
        frame = pl.read_ipc_stream(part)
        frame = frame.with_columns(code=pl.Series(self._encode(frame["symbol"].to_list())))
        for name, series in self.series.items():
            series.grow(len(self._codes))
            micros = interval_micros(name)
            if kind == "trades" and micros >= interval:
                series.add_trades(self._coarsen(frame, micros, same=micros == interval))
            elif kind == "bars" and micros == interval:
                series.add_bars(frame.rename({"bar_start": "start"}))

    def _encode(self, symbols: list[str]) -> Ints:
        codes = self._codes
        for symbol in symbols:
            if symbol not in codes:
                codes[symbol] = len(codes)
                self.labels.append(symbol)
        return np.fromiter(map(codes.__getitem__, symbols), np.int64, len(symbols))

    def _coarsen(self, frame: pl.DataFrame, micros: int, *, same: bool) -> pl.DataFrame:
        """Partial bars of a longer interval: minutes do not overlap, so first is first."""
        if same:
            return frame.rename({"bar_start": "start"})
        start = self._sessions.floor(frame["bar_start"].to_numpy(), micros)
        return (
            frame.with_columns(start=pl.Series(start))
            .sort("code", "bar_start")
            .group_by("code", "start", maintain_order=True)
            .agg(
                *(pl.col(name).first() for name in FIRST),
                pl.col("high").max(),
                pl.col("low").min(),
                *(pl.col(name).last() for name in LAST),
                *(pl.col(name).sum() for name in SUMMED),
            )
        )

    def take(self) -> Delta:
        """Step what is due and lay out everything that changed since the last call."""
        rows, signals, book = [], [], []
        before = len(self.options.intervals)
        for number, (name, series) in enumerate(self.series.items()):
            changes = series.settle(END_OF_TIME if self.drained else self.clock)
            if changes.rows:
                found = np.concatenate(changes.rows)
                rows.append(self._table_rows(found, number, before, self._layout[name]))
                if name == self.options.advice_interval:
                    book.append(
                        self._book_rows(found, changes, series.interval, before, self._book[name])
                    )
            fired = stack(changes.signals)
            signals.append(np.insert(fired, 1, number, axis=1))
            signals[-1][:, 0] += before
        width = HEAD + 1 + len(BAR_VALUES) + len(self.options.columns)
        return Delta(
            self.labels[:],
            np.concatenate(rows) if rows else np.empty((0, width)),
            np.concatenate(signals),
            np.concatenate(book) if book else np.empty((0, 4 + len(BOOK_FIELDS))),
        )

    def _table_rows(self, found: Floats, number: int, before: int, places: list[int]) -> Floats:
        keep = HEAD + len(BAR_VALUES)
        rows = np.empty((len(found), 1 + keep + len(places)))
        rows[:, 0], rows[:, 1] = found[:, 0] + before, number
        rows[:, 2 : 1 + keep] = found[:, 1:keep]
        for offset, place in enumerate(places):
            rows[:, 1 + keep + offset] = found[:, place] if place >= 0 else np.nan
        rows[np.isnan(rows)] = ABSENT
        return rows

    def _book_rows(
        self, found: Floats, changes: Changes, interval: int, before: int, places: list[int]
    ) -> Floats:
        closed = found[:, 3] > 0
        beside = {
            "ts_last_trade": np.concatenate(changes.ts_last),
            "count": np.concatenate(changes.counts),
            "session": np.concatenate(changes.sessions),
        }
        rows = np.empty((int(closed.sum()), 4 + len(BOOK_FIELDS)))
        rows[:, 0], rows[:, 1] = found[closed, 0] + before, self._ends(found[closed, 1], interval)
        rows[:, 2], rows[:, 3] = found[closed, 2], np.concatenate(changes.late)[closed]
        for offset, (name, place) in enumerate(zip(BOOK_FIELDS, places, strict=True)):
            column = (
                beside[name]
                if name in beside
                else found[:, place]
                if place >= 0
                else np.full(len(found), np.nan)
            )
            rows[:, 4 + offset] = column[closed]
        return rows

    @staticmethod
    def _ends(starts: Floats, interval: int) -> Floats:
        return starts + interval
