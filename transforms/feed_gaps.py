"""Gaps of feeds: times in which trades of a symbol may have been missed, and the bars they touch.

A gap makes no bar and changes none. It stands beside them: as a row that says which bars it touches
and as the share of each of them in which trades may be missing. One that becomes known when its
bars have been given marks them all the same.
"""

from bisect import bisect_left
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from transforms.bar_history import BarHistory
from transforms.kernels.columns import Floats, Ints
from transforms.market_delta import BOOK_FIELDS, FIRST_FIELD, MARKED, ROW_FIELDS
from transforms.sessions import SessionClock

GAP: Final = FIRST_FIELD + BOOK_FIELDS.index("gap")
INSTANT, OP, LATE = (ROW_FIELDS.index(name) for name in ("instant", "op", "late"))
GapRow = tuple[str, str, int, int, str, int, int]  # a row of FeedGap
_KEPT: Final = 1_000  # per symbol: of one that hardly trades, no bar that is let go lets go of gaps


class Span(NamedTuple):
    """A gap, both ends included: trades of those very moments may be missing too."""

    ts_from: int
    source: str
    ts_to: int
    cause: str


class FeedGaps:
    """Gaps of one shard of symbols.

    Args:
        history: bars of the interval whose bars are marked.
        clock: where bars start.
        interval: length of a bar, microseconds.
    """

    def __init__(self, history: BarHistory, clock: SessionClock, interval: int) -> None:
        self._bars, self._clock, self._interval = history, clock, interval
        self.known: dict[int, list[Span]] = {}  # of each symbol, in order
        self._fresh: dict[tuple[int, int, str], Span] = {}

    def add(self, part: pl.DataFrame) -> None:
        """Take gaps in; ``part`` has ``code`` beside GAP_PART.

        Of two that one source tells of one symbol and begin alike, the longer one counts.
        """
        for code, source, ts_from, ts_to, cause in part.select(
            "code", "source", "ts_from", "ts_to", "cause"
        ).iter_rows():
            told = Span(ts_from, source, max(ts_from, ts_to), cause)
            if self._put(code, told):
                self._fresh[code, ts_from, source] = told

    def _put(self, code: int, told: Span) -> bool:
        """Whether that is news."""
        known = self.known.setdefault(code, [])
        place = bisect_left(known, told[:2], key=lambda span: span[:2])
        if place < len(known) and known[place][:2] == told[:2]:
            if known[place] >= told:
                return False
            known[place] = told
        else:
            known.insert(place, told)
        self._forget(code, known)
        return True

    def _forget(self, code: int, known: list[Span]) -> None:
        """Let go of gaps before the bars that are kept: those are not given again."""
        if self._bars.dropped[code]:
            first = int(self._bars.columns["start"][code, 0])
            known[:] = [span for span in known if span.ts_to >= first]
        del known[:-_KEPT]

    def take_rows(self, labels: list[str], before: int) -> list[GapRow]:
        """Rows of FeedGap that are new or another since the last call.

        Args:
            labels: of the shard.
            before: labels before the symbols'.
        """
        fresh, self._fresh = self._fresh, {}
        found = []
        for (code, *_), (ts_from, source, ts_to, cause) in fresh.items():
            ends = np.array([ts_from, ts_to])
            bars = self._clock.floor(ends, self._interval).tolist()
            found.append((source, labels[before + code], ts_from, ts_to, cause, *bars))
        return found

    def complete(self, rows: Floats, now: int, first: int) -> Floats:
        """Fill in ``gap``, and append marks for bars that have been given without it.

        Args:
            rows: of a MarketDelta, closed bars alone.
            now: time up to which bars are closed.
            first: code of the first symbol in them.
        """
        codes = rows[:, 0].astype(np.int64) - first
        starts = rows[:, INSTANT].astype(np.int64) - self._interval
        rows[rows[:, OP] > 0, GAP] = 0.0
        for place in np.flatnonzero((rows[:, OP] > 0) & np.isin(codes, list(self.known))):
            rows[place, GAP] = self._share(int(codes[place]), int(starts[place]))
        given = set(zip(codes.tolist(), starts.tolist(), strict=True))
        marks = [
            (first + code, start + self._interval, self._share(code, start))
            for code, start in sorted(self._touched(now) - given)
        ]
        return np.concatenate([rows, _mark_rows(marks)]) if marks else rows

    def _touched(self, now: int) -> set[tuple[int, int]]:
        """Closed bars that a fresh gap touches: code and start."""
        found = set()
        for (code, *_), span in self._fresh.items():
            starts: Ints = self._bars.columns["start"][code, : self._bars.last[code] + 1]
            ends = starts + self._interval
            touched = (starts <= span.ts_to) & (ends > span.ts_from) & (ends <= now)
            found |= {(code, start) for start in starts[touched].tolist()}
        return found

    def _share(self, code: int, start: int) -> float:
        """Share of a bar that lies in gaps, however they overlap."""
        covered, reached, end = 0, start, start + self._interval
        for span in self.known.get(code, ()):
            low, high = max(span.ts_from, reached), min(span.ts_to + 1, end)
            if high > low:
                covered, reached = covered + high - low, high
        return covered / self._interval


def _mark_rows(marks: list[tuple[int, int, float]]) -> Floats:
    rows = np.full((len(marks), len(ROW_FIELDS)), np.nan)
    rows[:, [0, INSTANT, GAP]] = marks
    rows[:, OP], rows[:, LATE] = MARKED, 1.0
    return rows
