"""Dates and times as brokers write them -> microseconds UTC."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

_DATES: Final = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"),
    re.compile(r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
    re.compile(r"(?P<d>\d{1,2})(?P<mark>[-/.])(?P<m>\d{1,2})(?P=mark)(?P<y>\d{4})"),
)
_TIME: Final = re.compile(
    r"(?P<H>\d{2}):?(?P<M>\d{2})(?::?(?P<S>\d{2})(?:\.(?P<f>\d{1,9}))?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
)
_EARLIEST, _LATEST = 1970, 2999


def moment(text: str, zone: str = "UTC") -> int:
    """The instant that a text names; of a date alone its midnight UTC.

    A date is that of a session, so no time zone moves it. Days come before months: 03/04/2024 is
    the third of April.

    Args:
        text: 2021-09-16, 16-09-2021, 17/11/2021, 01.01.2022 or 20210916, then nothing or a time
            after T, a blank, a comma or a semicolon: 09:58:53, 095853, with Z or an offset.
        zone: of times that name none.

    Raises:
        ValueError: it names no instant.
    """
    trimmed = text.strip()
    for pattern in _DATES:
        date = pattern.match(trimmed)
        if date is not None:
            return _instant(date, trimmed[date.end() :], zone, text)
    raise ValueError(f"{text[:40]!r} is no date")


def _instant(date: re.Match[str], rest: str, zone: str, text: str) -> int:
    year, month, day = (int(date[name]) for name in "ymd")
    if not _EARLIEST <= year <= _LATEST:
        raise ValueError(f"{text[:40]!r} is no date of a market")
    clock = rest.strip(" ,;T")
    if not clock:
        return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1_000_000
    time = _TIME.fullmatch(clock)
    if time is None or rest[0] not in " ,;T":
        raise ValueError(f"{text[:40]!r} is no time")
    hour, minute, second = (int(time[name] or 0) for name in "HMS")
    fraction = int((time["f"] or "").ljust(6, "0")[:6])
    local = datetime(year, month, day, hour, minute, second, tzinfo=_zone(time["zone"], zone))
    return int(local.timestamp()) * 1_000_000 + fraction


def _zone(given: str | None, default: str) -> tzinfo:
    if given is None:
        return ZoneInfo(default)
    if given[0] not in "+-":
        return UTC
    minutes = 60 * int(given[1:3]) + int(given[-2:])
    return timezone(timedelta(minutes=-minutes if given[0] == "-" else minutes))
