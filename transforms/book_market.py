"""The closed bars the book has been told of, and the state of all symbols at any of their instants.

An instant is the end of a bar of the advice interval at which at least one symbol closed a bar. The
state at an instant follows from the bars up to it alone, so a bar that is late, corrected or
withdrawn is handled by going back to a stored state before it and walking on from there.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.book_symbols import SymbolState, first_state, next_state
from transforms.gap_marks import whole_rows
from transforms.kernels.columns import Floats, Ints

Closed = tuple[Ints, Floats]  # codes in ascending order, one row of BOOK_FIELDS each
RECENT = 16  # states kept behind the last instant
SPARSE = 64  # of the older ones every 64th


@dataclass(frozen=True, slots=True)
class Touch:
    """The earliest instant at which a delta changed a symbol, and how."""

    symbol: str
    instant: int
    kind: str


class MarketHistory:
    """Bars by instant, and states of symbols at some of the instants.

    Args:
        keep: how many instants may still be revised; None keeps all.
    """

    def __init__(self, keep: int | None = None) -> None:
        if keep is not None and keep < RECENT:
            raise ValueError(f"`keep` must be at least {RECENT}, was {keep}")
        self.keep = keep
        self.codes: dict[str, int] = {}
        self.names: list[str] = []
        self.times: list[int] = []
        self.forgotten = 0
        self.limit = -1
        self._bars: dict[int, Closed] = {}
        self._states: dict[int, SymbolState] = {}
        self._floor: SymbolState | None = None
        self._known: dict[int, bool] = {}

    def code(self, name: str) -> int:
        """Number of a symbol; the next one for a new name."""
        if name not in self.codes:
            self.codes[name] = len(self.names)
            self.names.append(name)
        return self.codes[name]

    def record(self, names: list[str], rows: Floats) -> tuple[list[Touch], list[Touch]]:
        """Take the rows of a delta in.

        Returns:
            What changed (earliest instant per symbol), and what came too late to be taken.
        """
        mapped, instants, ops, values = self._columns(names, rows)
        order = np.lexsort((mapped, instants))
        mapped, instants, ops, values = mapped[order], instants[order], ops[order], values[order]
        last = np.append((np.diff(instants) != 0) | (np.diff(mapped) != 0), True)[: len(order)]
        mapped, instants, ops, values = mapped[last], instants[last], ops[last], values[last]
        starts = np.flatnonzero(np.diff(instants, prepend=-1))
        touches: dict[int, Touch] = {}
        refused: list[Touch] = []
        for start, stop in zip(starts, np.append(starts[1:], len(instants)), strict=True):
            part, instant = slice(start, stop), int(instants[start])
            if instant <= self.limit:
                refused += [Touch(self.names[code], instant, "too_old") for code in mapped[part]]
                continue
            for code, kind in self._merge(instant, mapped[part], ops[part], values[part]):
                touches.setdefault(code, Touch(self.names[code], instant, kind))
        self._forget_states(min((touch.instant for touch in touches.values()), default=None))
        return list(touches.values()), refused

    def _columns(
        self, names: list[str], rows: Floats
    ) -> tuple[Ints, Ints, NDArray[np.bool_], Floats]:
        used = np.unique(rows[:, 0]).astype(np.int64)
        translation = np.zeros(len(names), np.int64)
        translation[used] = [self.code(names[code]) for code in used]
        mapped, instants = translation[rows[:, 0].astype(np.int64)], rows[:, 1].astype(np.int64)
        values, found = whole_rows(rows, mapped, instants, self._bars)
        found |= instants <= self.limit  # to be refused
        return mapped[found], instants[found], rows[found, 2] >= 0, values[found]

    def _merge(
        self, instant: int, codes: Ints, kept: NDArray[np.bool_], values: Floats
    ) -> list[tuple[int, str]]:
        """Write one instant anew; (code, kind) of every bar that differs from what was there."""
        known = self._bars.get(instant)
        if known is None:
            if not kept.any():
                return []
            self._bars[instant] = (codes[kept], values[kept])
            late = bool(self.times) and instant < self.times[-1]
            self.times.insert(bisect_left(self.times, instant), instant)
            self._known.setdefault(instant, False)
            return [(int(code), "late_bar" if late else "new_bar") for code in codes[kept]]
        place = np.searchsorted(known[0], codes)
        there = np.append(known[0], -1)[place] == codes
        same = np.zeros(len(codes), np.bool_)
        same[there] = _equal(known[1][place[there]], values[there]) & kept[there]
        same |= ~there & ~kept
        if same.all():
            return []
        stay = ~np.isin(known[0], codes)
        merged = np.concatenate((known[0][stay], codes[kept]))
        order = np.argsort(merged)
        self._replace(instant, merged[order], np.concatenate((known[1][stay], values[kept]))[order])
        kinds = np.where(~kept, "withdrawn_bar", np.where(there, "correction", "late_bar"))
        return [
            (int(code), str(kind)) for code, kind in zip(codes[~same], kinds[~same], strict=True)
        ]

    def _replace(self, instant: int, codes: Ints, values: Floats) -> None:
        if len(codes):
            self._bars[instant] = (codes, values)
        else:
            del self._bars[instant]
            del self.times[bisect_left(self.times, instant)]
            self._known.setdefault(instant, True)

    def take_instants(self) -> tuple[list[int], list[int]]:
        """(new instants, instants that no bar closes at any more) since the last call."""
        known, self._known = self._known, {}
        new = [at for at, before in known.items() if not before and at in self._bars]
        gone = [at for at, before in known.items() if before and at not in self._bars]
        return sorted(new), sorted(gone)

    def _forget_states(self, since: int | None) -> None:
        if since is not None:
            for instant in [known for known in self._states if known >= since]:
                del self._states[instant]

    def walk(self, after: int | None = None) -> Iterator[SymbolState]:
        """States at the instants later than ``after`` (None: all), oldest first."""
        state, place = self._resume(after)
        for instant in self.times[place:]:
            state = next_state(state, instant, *self._bars[instant], len(self.names))
            self._store(state)
            if after is None or instant > after:
                yield state

    def current(self) -> SymbolState:
        """State at the last instant; of no symbol before the first."""
        if not self.times:
            return self._floor or first_state()
        before = self.times[-2] if len(self.times) > 1 else None
        return list(self.walk(before))[-1]

    def _resume(self, after: int | None) -> tuple[SymbolState, int]:
        """The latest stored state at or before ``after``, and the place of the next instant."""
        floor = self._floor or first_state()
        if after is None:
            return floor, 0
        stored = max((known for known in self._states if known <= after), default=None)
        if stored is None:
            return floor, 0
        return self._states[stored], bisect_right(self.times, stored)

    def _store(self, state: SymbolState) -> None:
        self._states[state.instant] = state
        old = state.index - self.forgotten - RECENT
        if old >= 0 and (old + self.forgotten) % SPARSE:
            self._states.pop(self.times[old], None)

    def surplus(self) -> int | None:
        """The last instant that retention lets go; None while there is little to gain."""
        if self.keep is None or len(self.times) < self.keep + 2 * SPARSE:
            return None
        return self.times[len(self.times) - self.keep - 1]

    def forget(self, needed: int, limit: int) -> None:
        """Let go of bars up to ``needed``; from now on refuse what revises ``limit`` or earlier."""
        stored = [known for known in self._states if known <= needed]
        if not stored:
            return
        self.limit, self._floor = limit, self._states[max(stored)]
        place = bisect_right(self.times, self._floor.instant)
        for instant in self.times[:place]:
            del self._bars[instant]
            self._states.pop(instant, None)
        del self.times[:place]
        self.forgotten += place


def _equal(left: Floats, right: Floats) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = ((left == right) | (np.isnan(left) & np.isnan(right))).all(axis=1)
    return same
