"""Closes of sessions, and what a price did over the sessions after an instant."""

from bisect import bisect_left, bisect_right, insort
from collections import Counter

HORIZONS = (1, 5, 20)
PPM = 1_000_000
Following = tuple[int | None, ...]  # per horizon: return in millionths, None while it is not over


class Closes:
    """Sessions of one symbol that are over."""

    def __init__(self) -> None:
        self.ends: list[int] = []
        self._closes: dict[int, float] = {}

    def put(self, end: int, close: float) -> bool:
        """Add or correct a session; whether it is new."""
        new = end not in self._closes
        if new:
            _insert(self.ends, end)
        self._closes[end] = close
        return new

    def drop(self, end: int) -> bool:
        """Take a session back; whether there was one."""
        if self._closes.pop(end, None) is None:
            return False
        del self.ends[bisect_left(self.ends, end)]
        return True

    def following(self, started: int) -> Following:
        """Returns over the next sessions after the one that a bar belongs to.

        They count from the close of the session that the start of the bar lies in, and where there
        is none, of the next one. So the move that led to advice on that bar is not part of what
        followed, nor is a price that nobody could trade at any more.
        """
        first = bisect_right(self.ends, started)
        return tuple(self._return(first, first + sessions) for sessions in HORIZONS)

    def _return(self, first: int, last: int) -> int | None:
        if last >= len(self.ends):
            return None
        before, after = (self._closes[self.ends[place]] for place in (first, last))
        return round((after / before - 1.0) * PPM) if before > 0.0 else None

    def reach(self, first: int, last: int) -> tuple[int, int]:
        """Instants [from, before) whose returns can depend on sessions from ``first`` to ``last``.

        Both have been put or dropped already.
        """
        place = bisect_left(self.ends, first) - max(HORIZONS) - 1
        return (self.ends[place] if place >= 0 else -1), last


class Calendar:
    """Ends of sessions of the market: of any of its symbols."""

    def __init__(self) -> None:
        self._ends: list[int] = []
        self._symbols: Counter[int] = Counter()

    def add(self, end: int) -> bool:
        """Note that a symbol had a session; whether the market has one more now."""
        self._symbols[end] += 1
        if self._symbols[end] > 1:
            return False
        _insert(self._ends, end)
        return True

    def remove(self, end: int) -> bool:
        """Take that back; whether the market has one session less now."""
        self._symbols[end] -= 1
        if self._symbols[end] > 0:
            return False
        del self._symbols[end]
        del self._ends[bisect_left(self._ends, end)]
        return True

    def between(self, first: int, last: int) -> int:
        """Sessions that ended after ``first`` and up to ``last``."""
        return bisect_right(self._ends, last) - bisect_right(self._ends, first)


def _insert(ordered: list[int], value: int) -> None:
    if not ordered or value > ordered[-1]:
        ordered.append(value)
    else:
        insort(ordered, value)
