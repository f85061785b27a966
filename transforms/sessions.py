"""Exchange sessions and bar starts: where a day begins, and how bars are cut from time."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from transforms.kernels.columns import Ints

MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE
OFFSET_STEP = 15 * MINUTE  # no zone changes its offset off a quarter of an hour, UTC
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


class SessionClock:
    """Local days of one market. A session is the local date, so every bar of a day shares a number.

    Args:
        timezone: IANA name, e.g. ``Asia/Kolkata``. ``UTC`` suits markets that never close.
    """

    def __init__(self, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)
        self._offsets: dict[int, int] = {}
        self._midnights: dict[int, int] = {}

    def numbers(self, starts: Ints) -> Ints:
        """Local date of each instant, as days since 1970-01-01."""
        steps, place = np.unique(starts // OFFSET_STEP, return_inverse=True)
        offsets = np.fromiter((self._offset(int(step)) for step in steps), np.int64, len(steps))
        return (starts + offsets[place]) // DAY

    def floor(self, starts: Ints, interval: int) -> Ints:
        """Start of the bar each instant falls into: local midnight for days, else UTC multiples."""
        if interval < DAY:
            return starts - starts % interval
        days, place = np.unique(self.numbers(starts), return_inverse=True)
        midnights = np.fromiter((self._midnight(int(day)) for day in days), np.int64, len(days))
        return midnights[place]

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
