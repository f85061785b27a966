"""What is known of every symbol at one instant: its last closed bar and how often it trades."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from transforms.kernels.columns import Floats, Ints
from transforms.market_delta import BOOK_FIELDS
from transforms.portfolio.lines import padded

Flags = NDArray[np.bool_]
FIELD = {name: place for place, name in enumerate(BOOK_FIELDS)}
GAPS = 20  # gaps between bars that the median is taken over
NO_GAP = np.iinfo(np.int32).max
KNOWN_GAPS = 5  # fewer say nothing about how often a symbol trades


@dataclass(frozen=True)
class SymbolState:
    """All symbols at one instant; element i of an array belongs to code i. Never changed in place.

    Attributes:
        instant: end of the bars that closed, microseconds UTC.
        index: how many instants there were before it.
        session: highest session number so far, and session_count: how many different ones.
        values: [symbols, BOOK_FIELDS] of the last closed bar, NaN where absent.
        bar_instant: instant of the last bar. Also bar_index and bar_session: the index and session
            count then; all -1 before the first bar.
        gaps: [symbols, GAPS] last distances between bars, in instants; NO_GAP where unused.
        gap_count: gaps so far.
        double_median: twice the median of the known gaps, an exact integer; 0 without gaps.
        fresh: closed a bar at this very instant.
    """

    instant: int
    index: int
    session: float
    session_count: int
    values: Floats
    bar_instant: Ints
    bar_index: Ints
    bar_session: Ints
    gaps: NDArray[np.int32]
    gap_count: Ints
    double_median: Ints
    fresh: Flags

    def field(self, name: str) -> Floats:
        """One column of ``values``."""
        column: Floats = self.values[:, FIELD[name]]
        return column

    @property
    def priced(self) -> Flags:
        """Has closed a bar."""
        return self.bar_index >= 0

    @property
    def waited(self) -> Ints:
        """Instants since the last bar."""
        return self.index - self.bar_index

    @property
    def missed_sessions(self) -> Ints:
        """Sessions that opened since the session of the last bar, the present one included."""
        return self.session_count - self.bar_session

    def stale(self, factor: float, sessions: int) -> Flags:
        """Silent for over ``factor`` times its median gap, or for over ``sessions`` sessions."""
        slow = (self.gap_count >= KNOWN_GAPS) & (2 * self.waited > factor * self.double_median)
        return self.priced & (slow | (self.missed_sessions > sessions))

    def grown(self, size: int) -> "SymbolState":
        """The same with room for ``size`` symbols."""
        if size == len(self.fresh):
            return self
        return replace(
            self,
            values=padded(self.values, size, np.nan),
            bar_instant=padded(self.bar_instant, size, -1),
            bar_index=padded(self.bar_index, size, -1),
            bar_session=padded(self.bar_session, size, -1),
            gaps=padded(self.gaps, size, NO_GAP),
            gap_count=padded(self.gap_count, size),
            double_median=padded(self.double_median, size),
            fresh=padded(self.fresh, size),
        )


def first_state() -> SymbolState:
    """Before the first instant: no symbol is known."""
    none = np.empty(0, np.int64)
    return SymbolState(
        instant=-1,
        index=-1,
        session=-np.inf,
        session_count=0,
        values=np.empty((0, len(BOOK_FIELDS))),
        bar_instant=none,
        bar_index=none,
        bar_session=none,
        gaps=np.empty((0, GAPS), np.int32),
        gap_count=none,
        double_median=none,
        fresh=np.empty(0, np.bool_),
    )


def next_state(
    state: SymbolState, instant: int, codes: Ints, rows: Floats, symbols: int
) -> SymbolState:
    """The state after the bars that closed at ``instant``.

    Args:
        state: at the instant before.
        instant: microseconds UTC.
        codes: symbols that closed a bar, each once.
        rows: [codes, BOOK_FIELDS].
        symbols: how many symbols have a code by now.
    """
    old = state.grown(symbols)
    values, fresh = old.values.copy(), np.zeros(symbols, np.bool_)
    values[codes], fresh[codes] = rows, True
    index = old.index + 1
    newest = np.fmax.reduce(rows[:, FIELD["session"]], initial=-np.inf)
    opened = bool(newest > old.session)
    sessions = old.session_count + opened
    gaps, gap_count, median = _with_gaps(old, codes, index)
    return SymbolState(
        instant=instant,
        index=index,
        session=float(newest) if opened else old.session,
        session_count=sessions,
        values=values,
        bar_instant=_with(old.bar_instant, codes, instant),
        bar_index=_with(old.bar_index, codes, index),
        bar_session=_with(old.bar_session, codes, sessions),
        gaps=gaps,
        gap_count=gap_count,
        double_median=median,
        fresh=fresh,
    )


def _with(column: Ints, codes: Ints, value: int) -> Ints:
    changed = column.copy()
    changed[codes] = value
    return changed


def _with_gaps(old: SymbolState, codes: Ints, index: int) -> tuple[NDArray[np.int32], Ints, Ints]:
    again = codes[old.bar_index[codes] >= 0]
    gaps, count, median = old.gaps.copy(), old.gap_count.copy(), old.double_median.copy()
    gaps[again, count[again] % GAPS] = index - old.bar_index[again]
    count[again] += 1
    known = np.minimum(count[again], GAPS)
    ordered = np.sort(gaps[again], axis=1)
    place = np.arange(len(again))
    middle = ordered[place, (known - 1) // 2].astype(np.int64) + ordered[place, known // 2]
    median[again] = middle
    return gaps, count, median
