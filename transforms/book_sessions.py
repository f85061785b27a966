"""Closes and volumes of sessions that are over, by symbol, as risk reads them."""

import itertools
import math
from bisect import bisect_left, bisect_right, insort

import numpy as np

from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.lines import padded


class SessionHistory:
    """One row of closes and one of volumes per session end, one column per symbol code.

    Args:
        keep: sessions that are looked back at; older ones are let go once ``forget`` allows.
    """

    def __init__(self, keep: int) -> None:
        self.keep = keep
        self.ends: list[int] = []
        self._closes: dict[int, Floats] = {}
        self._volumes: dict[int, Floats] = {}
        self._means: dict[tuple[int, int], float] = {}
        self._table: tuple[int, Ints, Floats, Floats] | None = None

    def record(self, codes: Ints, daily: Floats) -> int | None:
        """Take daily rows in, their codes translated; the earliest session end that changed."""
        changed, self._table = None, None
        order = np.argsort(daily[:, 1], kind="stable")
        for end in np.unique(daily[:, 1]):
            rows = order[daily[order, 1] == end]
            if self._write(int(end), codes[rows], daily[rows]) and changed is None:
                changed = int(end)
        if changed is not None:
            self._means = {pair: mean for pair, mean in self._means.items() if pair[1] < changed}
        return changed

    def _write(self, end: int, codes: Ints, rows: Floats) -> bool:
        if end not in self._closes:
            insort(self.ends, end)
            self._closes[end] = self._volumes[end] = np.empty(0)
        size = max(int(codes.max()) + 1, len(self._closes[end]))
        set_ = rows[:, 2] > 0
        moved = False
        for store, place in ((self._closes, 3), (self._volumes, 4)):
            before = padded(store[end], size, np.nan)
            after = before.copy()
            after[codes] = np.where(set_, rows[:, place], np.nan)
            moved |= not np.array_equal(before, after, equal_nan=True)
            store[end] = after
        return moved

    def through(self, time: int) -> int:
        """End of the last session that is over at ``time``; -1 before the first."""
        place = bisect_right(self.ends, time)
        return self.ends[place - 1] if place else -1

    def window(self, codes: Ints, time: int) -> tuple[Ints, Floats, Floats]:
        """Ends, closes [sessions, codes] and volumes of the last ``keep`` sessions up to ``time``.

        NaN where a symbol did not trade. ``codes`` beyond the known ones never did.
        """
        ends, closes, volumes = self.table(time)
        size = int(codes.max()) + 1 if len(codes) else 0
        if size > closes.shape[1]:
            wide = ((0, 0), (0, size - closes.shape[1]))
            closes = np.pad(closes, wide, constant_values=np.nan)
            volumes = np.pad(volumes, wide, constant_values=np.nan)
        return ends, closes[:, codes], volumes[:, codes]

    def table(self, time: int) -> tuple[Ints, Floats, Floats]:
        """The same of every symbol."""
        stop = bisect_right(self.ends, time)
        ends = self.ends[max(0, stop - self.keep) : stop]
        last = ends[-1] if ends else -1
        if self._table is None or self._table[0] != last:
            size = max((len(self._closes[end]) for end in ends), default=0)
            parts = [
                np.array([padded(store[end], size, np.nan) for end in ends]).reshape(
                    len(ends), size
                )
                for store in (self._closes, self._volumes)
            ]
            self._table = (last, np.array(ends, np.int64), parts[0], parts[1])
        return self._table[1:]

    def past(self, code: int, time: int) -> tuple[Ints, Floats]:
        """Ends and closes of every session up to ``time`` in which one symbol traded."""
        ends = self.ends[: bisect_right(self.ends, time)]
        closes = (self._closes[end] for end in ends)
        found = np.array([row[code] if code < len(row) else np.nan for row in closes])
        known = ~np.isnan(found)
        return np.array(ends, np.int64)[known], found[known]

    def mean_level(self, time: int) -> Floats:
        """An index of the mean return of all symbols that traded in both of two sessions.

        Starts at 1; a session without any such symbol leaves it where it was.
        """
        stop = bisect_right(self.ends, time)
        ends = self.ends[max(0, stop - self.keep) : stop]
        steps = [self._mean_return(old, new) for old, new in itertools.pairwise(ends)]
        return np.cumprod(np.array([1.0, *steps])[: len(ends)])

    def _mean_return(self, old: int, new: int) -> float:
        """1 + the mean return between two sessions; exact sums, whatever the order of symbols."""
        if (old, new) not in self._means:
            size = min(len(self._closes[old]), len(self._closes[new]))
            with np.errstate(divide="ignore", invalid="ignore"):
                returns = self._closes[new][:size] / self._closes[old][:size] - 1.0
            known = returns[np.isfinite(returns)].tolist()
            self._means[old, new] = 1.0 + (math.fsum(known) / len(known) if known else 0.0)
        return self._means[old, new]

    def forget(self, time: int) -> None:
        """Let go of sessions that nothing at or after ``time`` looks back at."""
        surplus = max(0, bisect_left(self.ends, time) - self.keep)
        for end in self.ends[:surplus]:
            del self._closes[end], self._volumes[end]
        del self.ends[:surplus]
