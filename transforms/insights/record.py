"""How often rules fired, came back, and what prices did afterwards: kept up to date by changes.

All that is counted follows from the openings, clearings and sessions that stand now, whichever came
first. A change recounts the openings it can have a bearing on and no others.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from transforms.insights.following import Calendar, Closes, Following
from transforms.insights.openings import FOLLOWED, Clearing, Group, Opening, Spot, Thread
from transforms.insights.tally import RecordRow, Tally

FLIP_SESSIONS = 20
NOTHING: Following = ()


class Record:
    """The track record of all rules.

    Args:
        flip_sessions: an opening within so many sessions after the last clearing is a flip.
    """

    def __init__(self, flip_sessions: int = FLIP_SESSIONS) -> None:
        self._flip_sessions = flip_sessions
        self._calendar = Calendar()
        self._closes: defaultdict[str, Closes] = defaultdict(Closes)
        self._threads: defaultdict[Thread, list[tuple[int, str]]] = defaultdict(list)
        self._cleared: defaultdict[Thread, list[int]] = defaultdict(list)
        self._by_time: list[tuple[int, Thread]] = []
        self._openings: dict[str, Opening] = {}
        self._spots: Counter[Spot] = Counter()
        self._watched: defaultdict[str, list[tuple[int, Spot]]] = defaultdict(list)
        self._followings: dict[Spot, Following] = {}
        self._flips: set[str] = set()
        self._tallies: dict[Group, Tally] = {}
        self._given: dict[Group, list[RecordRow]] = {}
        self._stale_threads: set[Thread] = set()
        self._stale_spots: set[Spot] = set()
        self._touched: set[Group] = set()

    def apply(self, gone: Iterable[Opening | Clearing], new: Iterable[Opening | Clearing]) -> None:
        """Take back and add openings and clearings; of an update both are told."""
        for one in gone:
            self._take_back(one)
        for one in new:
            self._add(one)

    def _add(self, one: Opening | Clearing) -> None:
        self._stale_threads.add(one.thread)
        if isinstance(one, Clearing):
            insort(self._cleared[one.thread], one.started)
        else:
            self._open(one)

    def _open(self, one: Opening) -> None:
        self._openings[one.advice_id] = one
        insort(self._threads[one.thread], (one.started, one.advice_id))
        insort(self._by_time, (one.started, one.thread))
        self._tally(one.group).fired += 1
        self._spots[one.spot] += 1
        if self._spots[one.spot] == 1:
            self._tally(one.group).openings += 1
            if one.rule_id in FOLLOWED:
                insort(self._watched[one.subject], (one.started, one.spot))
                self._stale_spots.add(one.spot)

    def _take_back(self, one: Opening | Clearing) -> None:
        self._stale_threads.add(one.thread)
        if isinstance(one, Clearing):
            _remove(self._cleared[one.thread], one.started)
        else:
            self._forget(one)

    def _forget(self, one: Opening) -> None:
        del self._openings[one.advice_id]
        _remove(self._threads[one.thread], (one.started, one.advice_id))
        _remove(self._by_time, (one.started, one.thread))
        self._tally(one.group).fired -= 1
        self._flip(one, flips=False)
        self._spots[one.spot] -= 1
        if not self._spots[one.spot]:
            del self._spots[one.spot]
            self._tally(one.group).openings -= 1
            self._count(one.spot, NOTHING)
            if one.rule_id in FOLLOWED:
                _remove(self._watched[one.subject], (one.started, one.spot))

    def apply_sessions(self, rows: Iterable[tuple[str, int, float | None]]) -> None:
        """Take (symbol, end, close) of sessions that are over; without a close it is taken back."""
        touched: dict[str, tuple[int, int]] = {}
        moved: list[int] = []
        for symbol, end, close in rows:
            if self._session(symbol, end, close):
                moved.append(end)
            low, high = touched.get(symbol, (end, end))
            touched[symbol] = min(low, end), max(high, end)
        for symbol, (first, last) in touched.items():
            self._mark_spots(symbol, *self._closes[symbol].reach(first, last))
        if moved:  # sessions between a clearing and what opened later
            start = bisect_left(self._by_time, (min(moved),))
            self._stale_threads.update(thread for _, thread in self._by_time[start:])

    def _session(self, symbol: str, end: int, close: float | None) -> bool:
        """Whether the market has one session more or less by it."""
        closes = self._closes[symbol]
        if close is None:
            return closes.drop(end) and self._calendar.remove(end)
        return closes.put(end, close) and self._calendar.add(end)

    def _mark_spots(self, symbol: str, first: int, before: int) -> None:
        watched = self._watched.get(symbol)
        if watched:
            start, stop = (bisect_left(watched, (limit,)) for limit in (first, before))
            self._stale_spots.update(spot for _, spot in watched[start:stop])

    def take(self) -> tuple[list[RecordRow], list[RecordRow]]:
        """(new or changed rows, rows that are gone) since the last call."""
        for spot in self._stale_spots:
            if spot in self._spots:
                self._count(spot, self._closes[spot[3]].following(spot[4]))
        for thread in self._stale_threads:
            self._recount(thread)
        upserts: list[RecordRow] = []
        gone: list[RecordRow] = []
        for group in sorted(self._touched):
            old, new = self._given.pop(group, []), self._tallies[group].rows()
            upserts += [row for row in new if row not in old]
            if new:
                self._given[group] = new
            else:
                gone += old
        self._stale_spots, self._stale_threads, self._touched = set(), set(), set()
        return upserts, gone

    def _tally(self, group: Group) -> Tally:
        self._touched.add(group)
        return self._tallies.setdefault(group, Tally(group))

    def _count(self, spot: Spot, following: Following) -> None:
        """What followed an opening is now ``following``."""
        before = self._followings.pop(spot, NOTHING)
        if following != before:
            tally = self._tally(spot[:3])
            tally.count(before, -1)
            tally.count(following, 1)
        if following:
            self._followings[spot] = following

    def _recount(self, thread: Thread) -> None:
        """Which openings of a thread came soon after a clearing.

        An opening on the bar of a clearing goes on with what was open, at another severity.
        """
        cleared, calendar = self._cleared[thread], self._calendar
        for started, advice_id in self._threads[thread]:
            later = bisect_right(cleared, started)
            last = cleared[later - 1] if later else started
            soon = last < started and calendar.between(last, started) <= self._flip_sessions
            self._flip(self._openings[advice_id], flips=soon)
        if not cleared and not self._threads[thread]:
            del self._cleared[thread], self._threads[thread]

    def _flip(self, opening: Opening, *, flips: bool) -> None:
        if flips and opening.advice_id not in self._flips:
            self._flips.add(opening.advice_id)
            self._tally(opening.group).flips += 1
        elif not flips and opening.advice_id in self._flips:
            self._flips.remove(opening.advice_id)
            self._tally(opening.group).flips -= 1


def _remove(ordered: list[Any], value: Any) -> None:
    del ordered[bisect_left(ordered, value)]
