"""The series fold of one interval: partial bars in, changed rows out. Pure numpy, no pathway.

It steps all touched symbols of a bar at once, from the first bar that changed to the newest. State
after each of the last ``depth`` bars is kept, so that a late trade re-steps exactly the bars it
should; where a feed may correct any bar, a copy of the state every ``MARK`` bars bounds how far
back it starts.
"""

from collections.abc import Sequence
from typing import cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.bar_columns import VERSION
from transforms.bar_history import BarHistory
from transforms.bar_scaling import BarScaling
from transforms.kernel_chain import KernelChain
from transforms.kernel_states import KernelStates
from transforms.kernels.columns import Bars, Columns, Floats, Ints, Kernel
from transforms.series_changes import BAR_VALUES, HEAD, Changes
from transforms.sessions import SessionClock
from transforms.signals import SHOWN
from transforms.usual_volumes import UsualVolumes

NEVER = 1 << 62


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
        self.interval, self.sessions, self.forming = interval, clock, forming
        self.chain = KernelChain(kernels)
        depth = late_allowance // interval + 3
        self.names = [column.name for column in self.chain.columns]
        self.width = HEAD + len(BAR_VALUES) + len(self.names)
        lookback = max(self.chain.lookback, 2)
        self.history = BarHistory(lookback=lookback, keep=lookback + depth)
        self.states = KernelStates(size=self.chain.state_size, depth=depth)
        self.volumes = UsualVolumes(self.history, clock, interval)
        self.scaling = BarScaling(self.history, clock, interval)
        self.now = -NEVER
        self._first = np.zeros(0, np.int64)  # ordinal of the first bar to step again; NEVER: none
        self._closes_at = np.zeros(0, np.int64)  # end of the first bar not shown as final yet
        self._withdrawn: dict[tuple[int, int], int] = {}  # (code, start) -> what had been given

    # ---- input ---------------------------------------------------------------------------------
    def grow(self, symbols: int) -> None:
        """Make room for ``symbols`` symbols."""
        self.history.grow(symbols)
        room = len(self.history.last)
        more = room - len(self._first)
        if more > 0:
            self.states.grow(room)
            self._first = np.pad(self._first, (0, more), constant_values=NEVER)
            self._closes_at = np.pad(self._closes_at, (0, more), constant_values=NEVER)

    def add_trades(self, part: pl.DataFrame) -> None:
        """Merge partial bars; ``part`` has ``code`` and ``start`` beside TRADE_PART."""
        self._touch(*self._upsert(part, merge=True))
        self._follow(part)

    def add_actions(self, part: pl.DataFrame) -> None:
        """Take splits in or back; ``part`` has ``code`` beside ACTION_PART.

        Every bar of a symbol that is re-scaled by it is given again. From here on all are kept.
        """
        self._touch(*self.scaling.add(part))

    def add_bars(self, part: pl.DataFrame) -> None:
        """Replace or withdraw whole bars; from here on every bar of this interval is kept."""
        self.history.keep = None
        self.states.keep_marks()
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
        self._follow(part)

    def _follow(self, part: pl.DataFrame) -> None:
        self._touch(*self.scaling.follow(part["code"].to_numpy(), part["start"].to_numpy()))

    def _upsert(self, part: pl.DataFrame, *, merge: bool) -> tuple[Ints, Ints]:
        codes, starts = part["code"].to_numpy(), part["start"].to_numpy()
        order = np.lexsort((starts, codes))
        known = self.history.columns
        columns = {name: part[name].to_numpy()[order] for name in part.columns if name in known}
        return self.history.upsert(codes[order], columns, merge=merge)

    def _touch(self, codes: Ints, ordinals: Ints) -> None:
        self._first[codes] = np.minimum(self._first[codes], ordinals)

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
        rows = np.full((len(gone), self.width), np.nan)
        rows[:, :HEAD] = [(code, start, -1.0, 1.0) for code, start, _ in gone]
        absent = np.full(len(gone), np.nan)
        late = rows[:, 1] + self.interval <= before
        changes.add(rows, late=late, ts_last=absent, sessions=absent, counts=absent)
        changes.signals.extend(self.chain.crossovers.withdrawn(*bar) for bar in gone)

    def _step_all(self, due: Ints, changes: Changes, before: int) -> None:
        """One wave per bar: wave j steps the j-th bar to do of every symbol that has one."""
        history = self.history
        first = np.minimum(self._first[due], self._open_from(due))
        last = history.ordinals(due)
        if not self.forming:
            last = self._last_closed(due, last)
        start = self.states.resume_from(due, first)
        state = self.states.before(due, start)
        self.volumes.rewind(due, start)
        for wave in range(int((last - start).max()) + 1):
            alive = np.flatnonzero(start + wave <= last)
            codes, ordinals = due[alive], start[alive] + wave
            bars, places = self._bars(codes, ordinals)
            values, moved = self.chain.step(state[:, alive], bars)
            state[:, alive] = moved
            self.states.remember(codes, ordinals, moved)
            shown = ordinals >= first[alive]
            self._give(changes, codes, bars, places, values, before, shown)
        self.states.stepped[due] = np.maximum(last, 0)
        self._first[due] = NEVER
        self._closes_at[due] = self._next_close(due)

    def _open_from(self, due: Ints) -> Ints:
        """Ordinal of the first bar that was not final when last shown, or was never shown."""
        history = self.history
        waiting = self._closes_at[due] <= self.now
        ordinals = np.where(waiting, self.states.stepped[due] + (0 if self.forming else 1), NEVER)
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
        return np.minimum(ordinals, self.states.stepped[due] + 1)

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
            count=ordinals,
            start=start,
            session=session,
            minute=self.sessions.minutes(start, session, self.interval),
            usual_volume=self.volumes.asked(codes, start, session, now["volume"], window),
            window=window,
            **now,
            **old,
        ), places

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
        rows = np.empty((len(codes), self.width))
        rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3] = codes, bars.start, 1, final
        count = self.history.get("trade_count", codes, places)
        vwap = np.divide(
            bars.turnover, bars.volume, out=np.full(len(codes), np.nan), where=bars.volume > 0
        )
        version = self.history.get(VERSION, codes, places) if self.history.scaled else 0
        for number, value in enumerate(
            (bars.open, bars.high, bars.low, bars.close, bars.volume, count, vwap, version)
        ):
            rows[:, HEAD + number] = value
        for number, column in enumerate(self.chain.columns):
            rows[:, HEAD + len(BAR_VALUES) + number] = values[column.name]
        mask = self.history.get("given", codes, places)
        signals, mask = self.chain.crossovers.changes(rows, values, mask, shown, final)
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
