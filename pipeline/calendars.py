"""Exchange calendars as plain numbers, for the series fold."""

import logging
import warnings
from datetime import date, datetime, timedelta
from functools import cache

import numpy as np

from config.market import MarketSettings
from transforms.kernels.columns import Ints
from transforms.sessions import SessionHours

FIRST, LAST = "1990-01-01", "2040-12-31"  # the calendars know holidays in between, not all of them
EPOCH = date(1970, 1, 1)
NAMED = 3  # sessions inferred from data that are named in the log
_log = logging.getLogger(__name__)


class InferredSessions:
    """Says which sessions no calendar knows: the first few by their date, then no more."""

    def __init__(self, calendar: str) -> None:
        self._calendar = calendar
        self._seen: set[int] = set()

    def __call__(self, number: int) -> None:
        """Take a session number (days since 1970-01-01) that has bars."""
        if number in self._seen or len(self._seen) > NAMED:
            return
        self._seen.add(number)
        if len(self._seen) > NAMED:
            text = "more sessions inferred from data, which the calendar %s does not know"
            _log.warning(f"{text}; is it the right one (market.calendar)?", self._calendar)
            return
        day = EPOCH + timedelta(days=number)
        text = "session inferred from data: %s, which the calendar %s does not know; regular hours"
        _log.warning(text, day.isoformat(), self._calendar)


def session_hours(market: MarketSettings) -> SessionHours:
    """When the market's sessions open and close.

    Args:
        market: regular hours, calendar, special sessions.
    """
    has_calendar = market.calendar not in ("24x7", "none")
    return SessionHours(
        opens=market.session_open_minute,
        minutes=market.session_minutes,
        known=known_sessions(market),
        on_inferred=InferredSessions(market.calendar) if has_calendar else None,
    )


def known_sessions(market: MarketSettings) -> Ints:
    """Number, open and close of every session the market's calendar knows: int64 [n, 3]."""
    found = {}
    if market.calendar not in ("24x7", "none"):
        found = {row[0]: row for row in _exchange_sessions(market.calendar).tolist()}
    for session in market.special_days.sessions:
        number = (session.date - EPOCH).days
        found[number] = [number, *(_instant(market, session.date, at) for at in session.hours)]
    for holiday in market.special_days.holidays:
        found.pop((holiday.date - EPOCH).days, None)
    return np.array(sorted(found.values()), np.int64).reshape(-1, 3)


@cache
def _exchange_sessions(calendar: str) -> Ints:
    # Slow to import (over a second), and not wanted by --help, check-config or markets without.
    import pandas_market_calendars  # type: ignore[import-untyped]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # NYSE of 5.5.0 uses an old pandas name
        schedule = pandas_market_calendars.get_calendar(calendar).schedule(FIRST, LAST)
    days = schedule.index.to_numpy().astype("datetime64[D]").astype(np.int64)
    bounds = [
        schedule[column].dt.tz_convert(None).to_numpy().astype("datetime64[us]").astype(np.int64)
        for column in ("market_open", "market_close")
    ]
    return np.stack([days, *bounds], axis=1)


def _instant(market: MarketSettings, day: date, clock: str) -> int:
    hour, minute = map(int, clock.split(":"))
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=market.zone)
    return int(local.timestamp()) * 1_000_000
