"""Closes and volumes of sessions that are over, by symbol, as risk reads them."""

import math
from bisect import bisect_left, bisect_right

import numpy as np

from transforms.kernels.columns import Floats, Ints
from transforms.market_delta import DAILY_FIELDS

ROOM = 64
SESSIONS_KEPT = 600  # for those who are told of sessions: twice what risk looks back at


class SessionHistory:
    """One row of closes and one of volumes per session end, one column per symbol code.

    Args:
        keep: sessions that are looked back at; older ones are let go once ``forget`` allows.
        retell: sessions that stay all the same, for ``retold``.
    """

    def __init__(self, keep: int, retell: int = 0) -> None:
        self.keep, self._retell = keep, max(keep, retell)
        self.ends: list[int] = []
        self._closes: Floats = np.full((ROOM, ROOM), np.nan)
        self._volumes: Floats = np.full((ROOM, ROOM), np.nan)
        self._steps: list[float] = []  # 1 + mean return since the session before; NaN: not yet told

    def record(self, codes: Ints, daily: Floats) -> int | None:
        """Take daily rows in, their codes translated; the earliest session end that changed."""
        changed = None
        order = np.argsort(daily[:, 1], kind="stable")
        ends, starts = np.unique(daily[order, 1], return_index=True)
        for end, rows in zip(ends.tolist(), np.split(order, starts[1:]), strict=True):
            if self._write(int(end), codes[rows], daily[rows]) and changed is None:
                changed = int(end)
        return changed

    def _write(self, end: int, codes: Ints, rows: Floats) -> bool:
        place = bisect_left(self.ends, end)
        if place == len(self.ends) or self.ends[place] != end:
            self._insert(place, end)
        self._widen(int(codes.max()) + 1)
        gone, moved = rows[:, 2] <= 0, False
        for table, column in ((self._closes, 3), (self._volumes, 4)):
            values = np.where(gone, np.nan, rows[:, column])
            before = table[place, codes]
            moved |= not np.array_equal(before, values, equal_nan=True)
            table[place, codes] = values
        if moved:
            self._steps[place : place + 2] = [np.nan] * len(self._steps[place : place + 2])
        if gone.any() and np.isnan(self._closes[place]).all():
            self._remove(place)  # a session in which nothing traded is none
        return moved

    def _remove(self, place: int) -> None:
        count = len(self.ends)
        for table in (self._closes, self._volumes):
            table[place : count - 1] = table[place + 1 : count].copy()
            table[count - 1] = np.nan
        del self.ends[place], self._steps[place]

    def _insert(self, place: int, end: int) -> None:
        count = len(self.ends)
        if count == len(self._closes):
            more = ((0, count), (0, 0))
            self._closes = np.pad(self._closes, more, constant_values=np.nan)
            self._volumes = np.pad(self._volumes, more, constant_values=np.nan)
        for table in (self._closes, self._volumes):
            table[place + 1 : count + 1] = table[place:count].copy()
            table[place] = np.nan
        self.ends.insert(place, end)
        self._steps[place : place + 1] = [np.nan] * (1 + len(self._steps[place : place + 1]))

    def _widen(self, size: int) -> None:
        more = size - self._closes.shape[1]
        if more > 0:
            wide = ((0, 0), (0, more + size))
            self._closes = np.pad(self._closes, wide, constant_values=np.nan)
            self._volumes = np.pad(self._volumes, wide, constant_values=np.nan)

    def through(self, time: int) -> int:
        """End of the last session that is over at ``time``; -1 before the first."""
        place = bisect_right(self.ends, time)
        return self.ends[place - 1] if place else -1

    def window(self, codes: Ints, time: int) -> tuple[Ints, Floats, Floats]:
        """Ends, closes [sessions, codes] and volumes of the last ``keep`` sessions up to ``time``.

        NaN where a symbol did not trade.
        """
        if len(codes):
            self._widen(int(codes.max()) + 1)
        rows = self._rows(time)
        ends = np.array(self.ends[rows], np.int64)
        return ends, self._closes[rows, codes], self._volumes[rows, codes]

    def _rows(self, time: int) -> slice:
        stop = bisect_right(self.ends, time)
        return slice(max(0, stop - self.keep), stop)

    def past(self, code: int, time: int) -> tuple[Ints, Floats]:
        """Ends and closes of every session up to ``time`` in which one symbol traded."""
        self._widen(code + 1)
        stop = bisect_right(self.ends, time)
        closes = self._closes[:stop, code]
        known = ~np.isnan(closes)
        return np.array(self.ends[:stop], np.int64)[known], closes[known]

    def retold(self) -> Floats:
        """All that is known, as daily rows of a delta."""
        rows = [
            (code, end, 1.0, self._closes[place, code], self._volumes[place, code])
            for place, end in enumerate(self.ends)
            for code in np.flatnonzero(~np.isnan(self._closes[place])).tolist()
        ]
        return np.array(rows, np.float64).reshape(-1, len(DAILY_FIELDS))

    def mean_level(self, time: int) -> Floats:
        """An index of the mean return of all symbols that traded in both of two sessions.

        Starts at 1; a session without any such symbol leaves it where it was.
        """
        rows = self._rows(time)
        for place in range(rows.start + 1, rows.stop):
            if math.isnan(self._steps[place]):
                self._steps[place] = self._step(place)
        return np.cumprod(np.array([1.0, *self._steps[rows.start + 1 : rows.stop]])[: rows.stop])

    def _step(self, place: int) -> float:
        """1 + the mean return since the session before; exact, whatever the order of symbols."""
        with np.errstate(divide="ignore", invalid="ignore"):
            returns = self._closes[place] / self._closes[place - 1] - 1.0
        known = returns[np.isfinite(returns)].tolist()
        return 1.0 + (math.fsum(known) / len(known) if known else 0.0)

    def forget(self, time: int) -> None:
        """Let go of sessions that nothing at or after ``time`` looks back at."""
        surplus = max(0, bisect_left(self.ends, time) - self._retell)
        if surplus:
            for table in (self._closes, self._volumes):
                table[:-surplus] = table[surplus:].copy()
                table[-surplus:] = np.nan
            del self.ends[:surplus], self._steps[:surplus]
