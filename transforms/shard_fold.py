"""All intervals of one shard of symbols: micro-batches in, the rows of a commit out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from transforms.coarser_bars import coarsened
from transforms.feed_gaps import FeedGaps
from transforms.kernels.columns import Floats, Ints, Kernel
from transforms.market_delta import BOOK_FIELDS
from transforms.second_source import SecondSource
from transforms.series_fold import SeriesFold
from transforms.session_closes import SessionCloses
from transforms.sessions import DAY, SessionClock, SessionHours, interval_micros
from transforms.shard_rows import (
    NO_BOOK,
    ActionRow,
    Delta,
    book_rows,
    labelled,
    places_of,
    table_rows,
)
from transforms.signals import stack

DAILY = "1d"
CHECK = "check_"
MARK = "mark"
GAPS = "gaps"
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
        hours: when sessions open and close; round the clock when not given.
    """

    intervals: tuple[str, ...]
    kernels: Mapping[str, Sequence[Kernel]]
    columns: tuple[str, ...]
    advice_interval: str | None
    timezone: str
    late_allowance: int
    forming: bool
    hours: SessionHours = field(default_factory=SessionHours)

    @property
    def shared(self) -> tuple[object, ...]:
        """What the state of a shard refers to and is given again, see ``frozen``."""
        kernels = (kernel for chain in self.kernels.values() for kernel in chain)
        return self, self.hours, *kernels


class ShardFold:
    """State of one shard; see SeriesFold for one interval of it."""

    def __init__(self, options: SeriesOptions) -> None:
        self.options = options
        self.labels: list[str] = list(options.intervals)
        self.version, self.clock, self.drained = 0, 0, False
        self.marked: tuple[int, bytes] | None = None
        self._codes: dict[str, int] = {}
        clock = SessionClock(options.timezone, options.hours)
        self._sessions = clock
        self.closes = SessionCloses(clock)
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
        self._advised = self.series[options.advice_interval or options.intervals[0]]
        self.second = SecondSource(self._advised.history, self._advised.interval)
        self.gaps = FeedGaps(self._advised.history, clock, self._advised.interval)
        self._layout = {
            name: places_of(series.names, options.columns) for name, series in self.series.items()
        }
        self._book = places_of(self._advised.names, BOOK_FIELDS)

    def add(self, kind: str, interval: int, part: bytes, clock: int, drained: bool) -> None:
        """Take one micro-batch; ``marked``: number and feed state of a mark that comes last."""
        self.version += 1
        self.marked = (interval, part) if kind == MARK else None
        if self.marked:
            return
        if kind == GAPS or kind.startswith(CHECK):
            self._put_beside(kind.removeprefix(CHECK), interval, self._read(part))
            return
        seen = clock + interval if kind == "bars" else clock  # a bar delivered whole is over
        self.clock, self.drained = max(self.clock, seen), self.drained or drained
        if not part:
            return
        frame = self._read(part)
        for name, series in self.series.items():
            micros = interval_micros(name)
            if kind == "trades" and micros >= interval:
                series.add_trades(self._coarsen(frame, micros, same=micros == interval))
            elif kind == "bars" and micros == interval:
                series.add_bars(frame.rename({"bar_start": "start"}))
            elif kind == "actions":
                series.add_actions(frame)

    def _read(self, part: bytes) -> pl.DataFrame:
        """A part with the codes of its symbols, for which there is room."""
        frame = pl.read_ipc_stream(part)
        frame = frame.with_columns(code=pl.Series(self._encode(frame["symbol"].to_list())))
        for series in self.series.values():
            series.grow(len(self._codes))
        return frame

    def _put_beside(self, kind: str, interval: int, frame: pl.DataFrame) -> None:
        """Take gaps or prices of a second source; they move no clock."""
        if kind == GAPS:
            self.gaps.add(frame)
            return
        if self.options.advice_interval is None:
            return
        self.second.announce()
        micros = self._advised.interval
        if kind == "trades" and micros >= interval:
            self.second.add(self._coarsen(frame, micros, same=micros == interval), merge=True)
        elif kind == "bars" and micros == interval:
            self.second.add(frame.rename({"bar_start": "start"}), merge=False)

    def _encode(self, symbols: list[str]) -> Ints:
        codes = self._codes
        for symbol in symbols:
            if symbol not in codes:
                codes[symbol] = len(codes)
                self.labels.append(symbol)
        return np.fromiter(map(codes.__getitem__, symbols), np.int64, len(symbols))

    def _coarsen(self, frame: pl.DataFrame, micros: int, *, same: bool) -> pl.DataFrame:
        return coarsened(frame, micros, same=same, floor=self._sessions.floor)

    def take(self) -> Delta:
        """Step what is due and lay out everything that changed since the last call."""
        rows, signals, adjusted, book = [], [], [], NO_BOOK
        before = len(self.options.intervals)
        now = END_OF_TIME if self.drained else self.clock
        for number, (name, series) in enumerate(self.series.items()):
            changes = series.settle(now)
            found = np.concatenate([np.empty((0, series.width)), *changes.rows])
            rows.append(table_rows(found, number, before, self._layout[name]))
            self._note_sessions(name, found)
            if name == self.options.advice_interval:
                if changes.rows:
                    book = book_rows(found, changes, series.interval, before, self._book)
                book = self.gaps.complete(self.second.complete(book, before), now, before)
            signals.append(labelled(stack(changes.signals), number, before))
            adjusted.append(labelled(series.scaling.take(), number, before))
        return Delta(
            self.labels[:],
            np.concatenate(rows),
            np.concatenate(signals),
            book,
            self._daily_rows(now, before),
            np.concatenate(adjusted),
            self._actions(before),
            self.gaps.take_rows(self.labels, before),
        )

    def _actions(self, before: int) -> list[ActionRow]:
        """Splits that the bars of the advice interval are re-scaled by from this commit on."""
        return [
            (self.labels[before + code], action.kind, action.ex, action.new, action.old, op)
            for code, action, op in self._advised.scaling.take_in_force()
        ]

    def _note_sessions(self, name: str, found: Floats) -> None:
        """Only portfolios need sessions: without an advice interval nobody asks."""
        closed = found[found[:, 3] > 0]
        if name == self.options.advice_interval:
            self.closes.note_bars(closed)
        elif name == DAILY and self.options.advice_interval is not None:
            self.closes.note_days(closed)

    def _daily_rows(self, now: int, before: int) -> Floats:
        rows = self.closes.take(now)
        rows[:, 0] += before
        if all(series.history.keep is not None for series in self.series.values()):
            self.closes.forget(now - self.options.late_allowance - DAY)
        return rows
