"""Closes of sessions that are over: what daily risk is computed from.

A session is over when the clock has passed the local midnight behind it. Its close is that of its
last bar and its volume the sum of its bars, whichever of them was late or corrected; a 1d bar that
a feed delivers whole goes before what shorter bars add up to.
"""

from dataclasses import dataclass, field

import numpy as np

from transforms.kernels.columns import Floats
from transforms.market_delta import DAILY_FIELDS, no_sessions
from transforms.series_changes import BAR_VALUES, HEAD
from transforms.sessions import SessionClock

START, OP = 1, 2
CLOSE, VOLUME = (HEAD + BAR_VALUES.index(name) for name in ("close", "volume"))
Key = tuple[int, int]  # midnight behind the session, code
Total = tuple[float, float]  # close, volume


@dataclass
class SessionCloses:
    """Sessions of one shard of symbols.

    Args:
        clock: where sessions begin and end.
    """

    clock: SessionClock
    _bars: dict[Key, dict[int, Total]] = field(default_factory=dict)
    _whole: dict[Key, Total] = field(default_factory=dict)
    _given: dict[Key, Total] = field(default_factory=dict)
    _due: set[Key] = field(default_factory=set)

    def note_bars(self, rows: Floats) -> None:
        """Take closed bars of the advice interval: rows of a ``Changes``."""
        for key, start, op, total in self._read(rows):
            bars = self._bars.setdefault(key, {})
            if op > 0:
                bars[start] = total
            else:
                bars.pop(start, None)
            self._due.add(key)

    def note_days(self, rows: Floats) -> None:
        """Take closed 1d bars."""
        for key, _, op, total in self._read(rows):
            if op > 0:
                self._whole[key] = total
            else:
                self._whole.pop(key, None)
            self._due.add(key)

    def _read(self, rows: Floats) -> list[tuple[Key, int, float, Total]]:
        starts = rows[:, START].astype(np.int64)
        ends = self.clock.ends(starts)
        columns = (rows[:, 0].astype(np.int64), starts, ends, *rows[:, [OP, CLOSE, VOLUME]].T)
        return [
            ((end, code), start, op, (close, volume))
            for code, start, end, op, close, volume in zip(
                *(column.tolist() for column in columns), strict=True
            )
        ]

    def take(self, clock: int) -> Floats:
        """Daily rows of sessions that are over by ``clock`` and differ from what was given."""
        over = sorted(key for key in self._due if key[0] <= clock)
        self._due.difference_update(over)
        rows = []
        for key in over:
            total, given = self._total(key), self._given.get(key)
            if total == given:
                continue
            close, volume = total or (np.nan, np.nan)
            rows.append((key[1], key[0], -1.0 if total is None else 1.0, close, volume))
            self._keep(key, total)
        return np.array(rows, np.float64).reshape(-1, len(DAILY_FIELDS)) if rows else no_sessions()

    def _total(self, key: Key) -> Total | None:
        if key in self._whole:
            return self._whole[key]
        bars = self._bars.get(key)
        if not bars:
            return None
        last = max(bars)
        # In order of time, so that the sum does not depend on the order of arrival.
        return bars[last][0], float(sum(bars[start][1] for start in sorted(bars)))

    def forget(self, before: int) -> None:
        """Let go of the bars of sessions that ended before ``before``: none of them may change."""
        for key in [key for key in self._bars if key[0] < before and key not in self._due]:
            del self._bars[key]

    def _keep(self, key: Key, total: Total | None) -> None:
        if total is None:
            self._given.pop(key, None)
        else:
            self._given[key] = total
