"""Days and instants of the National Stock Exchange. Times are microseconds since the epoch, UTC."""

from datetime import date, timedelta

SESSION_DAY = date(2026, 1, 22)  # a Thursday on which the exchange was open
MINUTES = 375  # 09:15 to 15:30
MINUTE_MS = 60_000
DAY_US = 86_400_000_000
_EPOCH = date(1970, 1, 1)
_AHEAD_US = 19_800_000_000  # Asia/Kolkata is UTC+05:30 all year
_OPEN_MINUTE = 9 * 60 + 15

# Weekdays without a session, November 2024 to January 2026 (the exchange's published holidays).
_HOLIDAYS = frozenset(
    date(year, month, day)
    for year, month, day in (
        *((2024, 11, 15), (2024, 11, 20), (2024, 12, 25), (2025, 2, 26), (2025, 3, 14)),
        *((2025, 3, 31), (2025, 4, 10), (2025, 4, 14), (2025, 4, 18), (2025, 5, 1)),
        *((2025, 8, 15), (2025, 8, 27), (2025, 10, 2), (2025, 10, 22), (2025, 11, 5)),
        *((2025, 12, 25), (2026, 1, 15)),
    )
)


def midnight_us(day: date) -> int:
    """Local midnight of ``day``: the start of its daily bar."""
    return (day - _EPOCH).days * DAY_US - _AHEAD_US


OPEN_US = midnight_us(SESSION_DAY) + _OPEN_MINUTE * 60_000_000


def days_before(day: date, count: int) -> list[date]:
    """The last ``count`` session days before ``day``, oldest first."""
    found: list[date] = []
    while len(found) < count:
        day -= timedelta(days=1)
        if day.weekday() < 5 and day not in _HOLIDAYS:
            found.append(day)
    return found[::-1]


def minute_us(minute: float) -> int:
    """The instant ``minute`` minutes after the open."""
    return OPEN_US + round(minute * 60_000_000)


def clock(minute: int) -> str:
    """``minute`` minutes after the open as exchange time: 65 gives ``10:20``."""
    total = _OPEN_MINUTE + minute
    return f"{total // 60:02d}:{total % 60:02d}"
