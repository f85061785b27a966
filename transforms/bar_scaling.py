"""Splits and bonuses on the bars of one interval: which bars are re-scaled, and since when.

An action is in force for a symbol when it has a bar in new units, so that the newest bar always is
as traded: a split that is announced ahead changes nothing before its time, and a symbol that does
not trade stays in the units it last traded in. That follows from the bars alone.
"""

import numpy as np
import polars as pl

from transforms.adjustments import KINDS, Action, Adjustments, rescaling
from transforms.bar_columns import FACTOR, VERSION
from transforms.bar_history import BarHistory
from transforms.kernels.columns import Floats, Ints
from transforms.sessions import DAY, SessionClock

ADJUSTMENT_FIELDS = ("code", "ex", "op", "kind", "new", "old", "bars")
Told = dict[tuple[int, str], tuple[int, int, int]]  # ex, kind -> new, old, bars


class BarScaling:
    """Keeps the factors of a history's bars.

    Args:
        history: bars as traded.
        clock: local dates.
        interval: length of a bar, microseconds.
    """

    def __init__(self, history: BarHistory, clock: SessionClock, interval: int) -> None:
        self._history, self._clock, self._interval = history, clock, interval
        self._known = Adjustments()
        self._forced: dict[int, list[Action]] = {}
        self._changed: set[int] = set()
        self._moved: set[int] = set()
        self._told: dict[int, Told] = {}
        self._told_forced: dict[int, list[Action]] = {}

    def add(self, part: pl.DataFrame) -> tuple[Ints, Ints]:
        """Take actions in or back; ``part`` has ``code`` beside ACTION_PART.

        Returns:
            Symbols whose bars have changed by it, and the ordinals of their first bars.
        """
        self._history.scale()
        for code, ex, kind, new, old, diff in part.select(
            "code", "ts_event", "kind", "new", "old", "diff"
        ).iter_rows():
            change = self._known.put if diff > 0 else self._known.withdraw
            if change(code, Action(ex, kind, new, old)):
                self._changed.add(code)
        codes = part["code"].to_numpy()
        return self.follow(codes, np.zeros(len(codes), np.int64))

    def follow(self, codes: Ints, starts: Ints) -> tuple[Ints, Ints]:
        """Bars have come or gone: scale them, and all bars where an action came in force by it.

        Args:
            codes: symbols.
            starts: of the bars.

        Returns:
            Symbols whose bars were all scaled anew, and the ordinals of their first bars.
        """
        known = self._known.among(codes.tolist()) if self._history.scaled else []
        found = np.array(
            [code for code in known if self._follow(code, starts[codes == code])], np.int64
        )
        return found, self._history.dropped[found] + 1

    def _follow(self, code: int, starts: Ints) -> bool:
        bars = self._history.columns["start"][code, : self._history.last[code] + 1]
        forced, before = self._in_force(code, bars), self._forced.get(code, [])
        again = forced != before
        if again:
            if self._history.dropped[code]:
                raise ValueError("`actions` must be sent before bars are let go, if only none")
            self._forced[code] = forced
            self._moved.add(code)
        if again or (forced and (self._keys(starts) < self._edge(forced[-1])).any()):
            self._changed.add(code)
        if len(bars):
            last = len(bars) - 1
            places = np.minimum(np.searchsorted(bars, starts), last)
            self._scale(code, forced, np.arange(last + 1) if again else places)
        return again and len(bars) > 0

    def _scale(self, code: int, forced: list[Action], places: Ints) -> None:
        """Write the factors of some bars of a symbol."""
        keys = self._keys(self._history.columns["start"][code, places])
        edges = np.array([self._edge(action) for action in forced], np.int64)
        factor, since = rescaling(edges, [action.ratio for action in forced], keys)
        codes = np.full(len(places), code)
        self._history.put(FACTOR, codes, places, factor)
        self._history.put(VERSION, codes, places, since)

    def _in_force(self, code: int, bars: Ints) -> list[Action]:
        """Actions that the symbol has a bar behind."""
        if not len(bars):
            return []
        newest = int(self._keys(bars[-1:])[0])
        found = [action for action in self._known.of(code) if self._edge(action) <= newest]
        return sorted(found, key=self._edge)

    def _keys(self, starts: Ints) -> Ints:
        """What tells bars before an action from those behind it: their start, of days their date.

        A day that starts at midnight UTC is named by that date whatever the market's zone.
        """
        if self._interval < DAY:
            return starts
        return np.where(starts % DAY == 0, starts // DAY, self._clock.numbers(starts))

    def _edge(self, action: Action) -> int:
        """Key of the first bar in new units."""
        ex = np.array([action.ex])
        return action.ex if self._interval < DAY else int(self._clock.numbers(ex)[0])

    def take(self) -> Floats:
        """Rows of ADJUSTMENT_FIELDS that differ from those given before; ``op`` -1 takes back."""
        rows: list[tuple[float, ...]] = []
        for code in sorted(self._changed):
            told, now = self._told.get(code, {}), self._bars_scaled(code)
            for (ex, kind), values in sorted(told.items()):
                if (ex, kind) not in now:
                    rows.append((code, ex, -1.0, KINDS.index(kind), *values))
            for (ex, kind), values in now.items():
                if told.get((ex, kind)) != values:
                    rows.append((code, ex, 1.0, KINDS.index(kind), *values))
            self._told[code] = now
        self._changed.clear()
        return np.array(rows, np.float64).reshape(-1, len(ADJUSTMENT_FIELDS))

    def _bars_scaled(self, code: int) -> Told:
        """How many bars each known action has re-scaled."""
        bars = self._history.columns["start"][code, : self._history.last[code] + 1]
        keys, forced = self._keys(bars), self._forced.get(code, [])
        return {
            action[:2]: (
                action.new,
                action.old,
                int(np.searchsorted(keys, self._edge(action))) if action in forced else 0,
            )
            for action in self._known.of(code)
        }

    def take_in_force(self) -> list[tuple[int, Action, int]]:
        """Actions that came in force (+1) or no longer are (-1) since the last call, by symbol."""
        found: list[tuple[int, Action, int]] = []
        for code in sorted(self._moved):
            before, now = self._told_forced.get(code, []), self._forced[code]
            keys = {action[:2] for action in now}
            found += [(code, gone, -1) for gone in before if gone[:2] not in keys]
            found += [(code, action, 1) for action in now if action not in before]
            self._told_forced[code] = now
        self._moved.clear()
        return found
