"""Exchange sessions and bar starts: where a day begins, and how bars are cut from time."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from transforms.kernels.columns import Ints

MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE
OFFSET_STEP = 15 * MINUTE  # no zone changes its offset off a quarter of an hour, UTC
WINTER, SUMMER = 19_737, 19_919  # 2024-01-15, 2024-07-15: one on each side of a clock change
UNITS = {"s": 1_000_000, "m": MINUTE, "h": 60 * MINUTE, "d": DAY}


def interval_micros(name: str) -> int:
    """Length of an interval such as ``1m`` in microseconds.

    Raises:
        ValueError: not a whole number of s, m, h or d, or not a divisor of a day.
    """
    found = re.fullmatch(r"([1-9]\d*)([smhd])", name)
    length = int(found[1]) * UNITS[found[2]] if found else 0
    if not length or DAY % length:
        raise ValueError(f"`interval` must divide a day, such as 1m, 5m, 1h or 1d, was {name}")
    return length


def no_sessions() -> Ints:
    """What a calendar knows that does not exist."""
    return np.empty((0, 3), np.int64)


@dataclass(frozen=True, eq=False)
class SessionHours:
    """When an exchange is open. A date with bars is a session, whether a calendar knows it or not.

    Attributes:
        opens: regular open, minutes of the local clock from 0 to 1439.
        minutes: length of a regular session.
        known: int64 [n, 3], ascending: number (local date as days since 1970-01-01), open and
            close (microseconds UTC) of each session that a calendar knows. Others: regular hours.
        on_inferred: told each date, once, that has bars and is not ``known``.
    """

    opens: int = 0
    minutes: int = 1440
    known: Ints = field(default_factory=no_sessions)
    on_inferred: Callable[[int], None] | None = None


class SessionClock:
    """Sessions of one market. A session is the local date, so every bar of a day shares a number.

    Args:
        timezone: IANA name, e.g. ``Asia/Kolkata``. ``UTC`` suits markets that never close.
        hours: when sessions open and close; round the clock when not given.
    """

    def __init__(self, timezone: str, hours: SessionHours | None = None) -> None:
        self._zone = ZoneInfo(timezone)
        self._hours = hours or SessionHours()
        self._offsets: dict[int, int] = {}
        self._midnights: dict[int, int] = {}
        self._bounds: dict[int, tuple[int, int]] = {}

    def numbers(self, starts: Ints) -> Ints:
        """Local date of each instant, as days since 1970-01-01."""
        steps, place = np.unique(starts // OFFSET_STEP, return_inverse=True)
        offsets = np.fromiter((self._offset(int(step)) for step in steps), np.int64, len(steps))
        return (starts + offsets[place]) // DAY

    def minutes(self, starts: Ints, numbers: Ints, interval: int) -> Ints:
        """Minutes from the open of its session to the start of each bar.

        0 for the bar that holds the open (a 1d bar always does), negative for bars that are over
        before it.

        Args:
            starts: starts of the bars.
            numbers: of their sessions.
            interval: length of the bars, microseconds.
        """
        since = starts - self._hours_of(numbers)[:, 0]
        return np.where(since + interval > 0, np.maximum(since, 0), since) // MINUTE

    def slots(self, starts: Ints, numbers: Ints, interval: int) -> Ints:
        """Place of each bar in its session: 0 for the one that holds the open, then 1, 2 ..."""
        if interval >= DAY:
            return np.zeros(len(starts), np.int64)
        return starts // interval - self._hours_of(numbers)[:, 0] // interval

    def lengths(self, numbers: Ints, interval: int) -> Ints:
        """Bars of each session from its open to its close."""
        if interval >= DAY:
            return np.ones(len(numbers), np.int64)
        opens, closes = self._hours_of(numbers).T
        found = (closes - 1) // interval - opens // interval + 1
        return np.broadcast_to(found, numbers.shape)

    def regular_length(self, interval: int) -> int:
        """Bars of a regular session: of the longer one where clock changes shift it in its bars."""
        if interval >= DAY:
            return 1
        bounds = [self._regular(number) for number in (WINTER, SUMMER)]
        return max((close - 1) // interval - open_ // interval + 1 for open_, close in bounds)

    def ends(self, starts: Ints) -> Ints:
        """Local midnight behind each instant's day: when its session is over for certain."""
        days, place = np.unique(self.numbers(starts), return_inverse=True)
        found = (self._midnight(int(day) + 1) for day in days)
        return np.fromiter(found, np.int64, len(days))[place]

    def floor(self, starts: Ints, interval: int) -> Ints:
        """Start of the bar each instant falls into: local midnight for days, else UTC multiples."""
        if interval < DAY:
            return starts - starts % interval
        days, place = np.unique(self.numbers(starts), return_inverse=True)
        midnights = np.fromiter((self._midnight(int(day)) for day in days), np.int64, len(days))
        return midnights[place]

    def _hours_of(self, numbers: Ints) -> Ints:
        """Open and close of each session: int64 [n, 2], or [1, 2] when they are one session's."""
        if len(numbers) and (numbers == numbers[0]).all():  # nearly always: sorting costs more
            return np.array([self._bound(int(numbers[0]))], np.int64)
        days, place = np.unique(numbers, return_inverse=True)
        bounds = np.array([self._bound(int(day)) for day in days], np.int64).reshape(-1, 2)
        return bounds[place]

    def _bound(self, number: int) -> tuple[int, int]:
        if number not in self._bounds:
            known, hours = self._hours.known, self._hours
            place = int(np.searchsorted(known[:, 0], number))
            if place < len(known) and known[place, 0] == number:
                self._bounds[number] = int(known[place, 1]), int(known[place, 2])
            else:
                self._bounds[number] = self._regular(number)
                if hours.on_inferred is not None:
                    hours.on_inferred(number)
        return self._bounds[number]

    def _regular(self, number: int) -> tuple[int, int]:
        """Regular hours by the local clock, on whichever side of a clock change the date lies."""
        date = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)
        hour, minute = divmod(self._hours.opens, 60)
        local = datetime(date.year, date.month, date.day, hour, minute, tzinfo=self._zone)
        opens = int(local.timestamp()) * 1_000_000
        return opens, opens + self._hours.minutes * MINUTE

    def _offset(self, step: int) -> int:
        if step not in self._offsets:
            moment = datetime.fromtimestamp(step * OFFSET_STEP / 1e6, tz=self._zone)
            offset = moment.utcoffset() or timedelta()
            self._offsets[step] = offset // timedelta(microseconds=1)
        return self._offsets[step]

    def _midnight(self, day: int) -> int:
        if day not in self._midnights:
            date = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
            local = datetime(date.year, date.month, date.day, tzinfo=self._zone)
            self._midnights[day] = int(local.timestamp()) * 1_000_000
        return self._midnights[day]
