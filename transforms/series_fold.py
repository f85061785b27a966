"""The series fold of one interval: partial bars in, the rows that changed out. Pure numpy, no pathway.

It steps all touched symbols of a bar at once, from the first bar that changed to the newest. State
after each of the last ``depth`` bars is kept, so that a late trade re-steps exactly the bars it should;
where a feed may correct any bar, a copy of the state every ``MARK`` bars bounds how far back it starts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.bar_history import BarHistory
from transforms.kernels.columns import Bars, Column, Columns, Floats, Ints, Kernel
from transforms.sessions import SessionClock
from transforms.signals import SHOWN, Crossovers

MARK = 64
NEVER = np.int64(1 << 62)
BAR_VALUES = ("open", "high", "low", "close", "volume", "trade_count", "vwap")
HEAD = 4  # code, bar_start, op, is_final


@dataclass
class Changes:
    """Rows that changed, as blocks of columns: ``rows`` [n, HEAD + bar values + kernel columns]."""

    rows: list[Floats] = field(default_factory=list)
    signals: list[Floats] = field(default_factory=list)
    late: list[NDArray[np.bool_]] = field(default_factory=list)
    ts_last: list[Floats] = field(default_factory=list)
    sessions: list[Floats] = field(default_factory=list)
    counts: list[Floats] = field(default_factory=list)

    def add(self, rows: Floats, **beside: Floats | NDArray[np.bool_]) -> None:
        """Append one block and what the book wants to know beside it."""
        self.rows.append(rows)
        for name, column in beside.items():
            getattr(self, name).append(column)


class SeriesFold:
    """Bars and indicators of one interval for all symbols of a shard.

    Args:
        interval: length of a bar, microseconds.
        kernels: indicators, in column order.
        clock: where sessions begin.
        late_allowance: how far behind its symbol's newest trade a trade may be, microseconds.
        forming: also give rows for bars that are not closed yet.
    """

    def __init__(
        self,
        *,
        interval: int,
        kernels: Sequence[Kernel],
        clock: SessionClock,
        late_allowance: int,
        forming: bool,
    ) -> None:
        self.interval, self.kernels, self.sessions, self.forming = (
            interval,
            tuple(kernels),
            clock,
            forming,
        )
        self.columns: list[Column] = [
            column for kernel in self.kernels for column in kernel.columns
        ]
        self.crossovers = Crossovers([column.name for column in self.columns])
        self._fields = [
            (number, name) for number, kernel in enumerate(self.kernels) for name in kernel.state
        ]
        self._size = len(self._fields) + len(self.crossovers.state)
        self.depth = late_allowance // interval + 3
        lookback = max((kernel.lookback for kernel in self.kernels), default=1)
        self.history = BarHistory(lookback=max(lookback, 2), keep=lookback + self.depth)
        self.now = -NEVER
        self._ring = np.zeros((self.depth, self._size, 0))
        self._marks: list[Floats] = []
        self._stepped = np.zeros(0, np.int64)
        self._first = np.zeros(0, np.int64)  # ordinal of the first bar to step again; NEVER: none
        self._closes_at = np.zeros(0, np.int64)  # end of the first bar not shown as final yet
        self._withdrawn: dict[tuple[int, int], int] = {}  # (code, start) -> what had been given

    # ---- input ---------------------------------------------------------------------------------
    def grow(self, symbols: int) -> None:
        """Make room for ``symbols`` symbols."""
        self.history.grow(symbols)
        more = len(self.history.last) - len(self._stepped)
        if more > 0:
            self._ring = np.pad(self._ring, ((0, 0), (0, 0), (0, more)))
            self._marks = [np.pad(mark, ((0, 0), (0, more))) for mark in self._marks]
            self._stepped = np.pad(self._stepped, (0, more))
            self._first = np.pad(self._first, (0, more), constant_values=NEVER)
            self._closes_at = np.pad(self._closes_at, (0, more), constant_values=NEVER)

    def add_trades(self, part: pl.DataFrame) -> None:
        """Merge partial bars; ``part`` has ``code`` and ``start`` beside the columns of TRADE_PART."""
        self._touch(*self._upsert(part, merge=True))

    def add_bars(self, part: pl.DataFrame) -> None:
        """Replace or withdraw whole bars; from here on every bar of this interval is kept."""
        self._keep_all()
        gone = part.filter(pl.col("diff") < 0)
        for code, start in gone.select("code", "start").iter_rows():
            found = self.history.withdraw(code, start)
            if found is not None:
                self._touch(np.array([code]), np.array([found[0]]))
                if found[1] & SHOWN:
                    self._withdrawn[code, start] = found[1]
        start = pl.col("start")
        there = part.filter(pl.col("diff") > 0).with_columns(
            ts_open=start, ts_close=start + (self.interval - 1)
        )
        if len(there):
            self._touch(*self._upsert(there, merge=False))

    def _upsert(self, part: pl.DataFrame, *, merge: bool) -> tuple[Ints, Ints]:
        part = part.sort("code", "start")
        return self.history.upsert(part["code"].to_numpy(), part, merge=merge)

    def _touch(self, codes: Ints, ordinals: Ints) -> None:
        self._first[codes] = np.minimum(self._first[codes], ordinals)

    def _keep_all(self) -> None:
        if self.history.keep is not None:
            self.history.keep = None
            self._marks = [np.zeros((self._size, len(self._stepped)))]

    # ---- output --------------------------------------------------------------------------------
    def settle(self, clock: int) -> Changes:
        """Step what changed and what the clock has closed since, and give the rows."""
        before, self.now = self.now, max(self.now, clock)
        changes = Changes()
        self._give_withdrawn(changes, before)
        due = np.flatnonzero((self._first < NEVER) | (self._closes_at <= self.now))
        if len(due):
            self._step_all(due, changes, before)
        return changes

    def _give_withdrawn(self, changes: Changes, before: int) -> None:
        """Take back the rows of withdrawn bars, but for those that have come again meanwhile."""
        gone = []
        for (code, start), mask in sorted(self._withdrawn.items()):
            place = self.history.find(code, start)
            if place is None:
                gone.append((code, start, mask))
            else:
                self.history.columns["given"][code, place] |= mask
        self._withdrawn = {}
        if not gone:
            return
        rows = np.full((len(gone), HEAD + len(BAR_VALUES) + len(self.columns)), np.nan)
        rows[:, :HEAD] = [(code, start, -1.0, 1.0) for code, start, _ in gone]
        absent = np.full(len(gone), np.nan)
        late = rows[:, 1] + self.interval <= before
        changes.add(rows, late=late, ts_last=absent, sessions=absent, counts=absent)
        changes.signals.extend(self.crossovers.withdrawn(*bar) for bar in gone)

    def _step_all(self, due: Ints, changes: Changes, before: int) -> None:
        """One wave per bar: wave j steps the j-th bar to do of every symbol that has one."""
        history = self.history
        first = np.minimum(self._first[due], self._open_from(due))
        last = history.ordinals(due)
        if not self.forming:
            last = self._last_closed(due, last)
        start = self._resume_from(due, first)
        state = self._state_before(due, start)
        for wave in range(int((last - start).max()) + 1):
            alive = np.flatnonzero(start + wave <= last)
            codes, ordinals = due[alive], start[alive] + wave
            bars, places = self._bars(codes, ordinals)
            values, moved = self._step(state[:, alive], bars)
            state[:, alive] = moved
            self._remember(codes, ordinals, moved)
            shown = ordinals >= first[alive]
            self._give(changes, codes, bars, places, values, before, shown)
        self._stepped[due] = np.maximum(last, 0)
        self._first[due] = NEVER
        self._closes_at[due] = self._next_close(due)

    def _open_from(self, due: Ints) -> Ints:
        """Ordinal of the first bar that was not final when last shown, or was never shown."""
        history = self.history
        waiting = self._closes_at[due] <= self.now
        ordinals = np.where(waiting, self._stepped[due] + (0 if self.forming else 1), NEVER)
        if self.forming and waiting.any():  # more than one bar may have been shown as forming
            for row in np.flatnonzero(waiting):
                ends = (
                    history.columns["start"][due[row], : history.last[due[row]] + 1] + self.interval
                )
                ordinals[row] = (
                    history.dropped[due[row]]
                    + int(np.searchsorted(ends, self._closes_at[due[row]]))
                    + 1
                )
        return np.minimum(ordinals, self._stepped[due] + 1)

    def _last_closed(self, due: Ints, last: Ints) -> Ints:
        """Ordinal of each symbol's last bar that the clock has closed."""
        history, last = self.history, last.copy()
        while True:
            places = last - history.dropped[due] - 1
            known = places >= 0
            ends = history.get("start", due, np.maximum(places, 0)) + self.interval
            back = known & (ends > self.now)
            if not back.any():
                return last
            last[back] -= 1

    def _next_close(self, due: Ints) -> Ints:
        """End of each symbol's first bar that is not final yet; NEVER when all are."""
        history = self.history
        following = self._last_closed(due, history.ordinals(due)) - history.dropped[due]
        exists = following <= history.last[due]
        ends = history.get("start", due, np.minimum(following, history.width - 1)) + self.interval
        return cast(Ints, np.where(exists, ends, NEVER))

    def _resume_from(self, due: Ints, first: Ints) -> Ints:
        """First ordinal to step: ``first`` itself, or the bar behind a mark when it lies deeper than the ring."""
        deep = (first <= self._stepped[due] - self.depth + 1) & (first > 1)
        return np.where(deep, (first - 1) // MARK * MARK + 1, first)

    def _state_before(self, due: Ints, start: Ints) -> Floats:
        before = start - 1
        state: Floats = np.ascontiguousarray(self._ring[before % self.depth, :, due].T)
        state[:, before == 0] = 0.0
        for row in np.flatnonzero((before > 0) & (before <= self._stepped[due] - self.depth)):
            state[:, row] = self._marks[int(before[row]) // MARK][:, due[row]]
        return state

    def _remember(self, codes: Ints, ordinals: Ints, state: Floats) -> None:
        self._ring[ordinals % self.depth, :, codes] = state.T
        if self.history.keep is not None:
            return
        for row in np.flatnonzero(ordinals % MARK == 0):
            number = int(ordinals[row]) // MARK
            while len(self._marks) <= number:
                self._marks.append(np.zeros((self._size, len(self._stepped))))
            self._marks[number][:, codes[row]] = state[:, row]

    def _bars(self, codes: Ints, ordinals: Ints) -> tuple[Bars, Ints]:
        history = self.history
        places = ordinals - history.dropped[codes] - 1
        now = {
            name: history.get(name, codes, places)
            for name in ("open", "high", "low", "close", "volume", "turnover")
        }
        old = {
            f"previous_{name}": history.get(name, codes, places - 1)
            for name in ("high", "low", "close")
        }
        start = history.get("start", codes, places)
        windows: Columns = {}

        def window(name: str, length: int) -> Floats:
            key = f"{name}:{length}"
            if key not in windows:
                windows[key] = history.window(name, codes, places, length)
            return windows[key]

        session = self.sessions.numbers(start)
        return Bars(
            count=ordinals, start=start, session=session, window=window, **now, **old
        ), places

    def _step(self, state: Floats, bars: Bars) -> tuple[Columns, Floats]:
        """All kernels once, then the crossovers of what they gave."""
        values: Columns = {}
        moved = np.empty_like(state)
        at = 0
        for kernel in self.kernels:
            mine = {name: state[at + number] for number, name in enumerate(kernel.state)}
            after, given = kernel.step(mine, bars)
            for number, name in enumerate(kernel.state):
                moved[at + number] = after[name]
            at += len(kernel.state)
            values.update(given)
        moved[at:] = self.crossovers.remember(values, bars.close)
        values.update(self.crossovers.events(state[at:], moved[at:]))
        return values, moved

    def _give(
        self,
        changes: Changes,
        codes: Ints,
        bars: Bars,
        places: Ints,
        values: Columns,
        before: int,
        shown: NDArray[np.bool_],
    ) -> None:
        end = bars.start + self.interval
        final = end <= self.now
        rows = np.empty((len(codes), HEAD + len(BAR_VALUES) + len(self.columns)))
        rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3] = codes, bars.start, 1, final
        count = self.history.get("trade_count", codes, places)
        vwap = np.divide(
            bars.turnover, bars.volume, out=np.full(len(codes), np.nan), where=bars.volume > 0
        )
        for number, value in enumerate(
            (bars.open, bars.high, bars.low, bars.close, bars.volume, count, vwap)
        ):
            rows[:, HEAD + number] = value
        for number, column in enumerate(self.columns):
            rows[:, HEAD + len(BAR_VALUES) + number] = values[column.name]
        mask = self.history.get("given", codes, places)
        signals, mask = self.crossovers.changes(rows, values, mask, shown, final)
        self.history.put("given", codes, places, mask)
        changes.signals.append(signals)
        ts_last = self.history.get("ts_close", codes, places).astype(np.float64)
        changes.add(
            rows[shown],
            late=(end <= before)[shown],
            ts_last=ts_last[shown],
            sessions=bars.session[shown].astype(np.float64),
            counts=bars.count[shown].astype(np.float64),
        )


def blocks(changes: Changes, select: NDArray[np.bool_]) -> Iterator[Floats]:
    """The book's columns of the selected rows: late flag, last trade, ordinal, session."""
    for name in ("late", "ts_last", "counts", "sessions"):
        yield np.concatenate(getattr(changes, name))[select].astype(np.float64)
