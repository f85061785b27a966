"""The market a profile is about: its clock, its session and its currency."""

import difflib
import zoneinfo
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from config.calendar_file import CalendarFile, Clock, packaged_calendar
from config.errors import unfit
from config.values import Currency, Frozen, whole

PRESETS: Mapping[str, Mapping[str, object]] = {
    "nse": {
        "timezone": "Asia/Kolkata",
        "session_open": "09:15",
        "session_minutes": 375,
        "days_per_year": 252,
        "currency": "INR",
        "calendar": "NSE",
    },
    "us": {
        "timezone": "America/New_York",
        "session_open": "09:30",
        "session_minutes": 390,
        "days_per_year": 252,
        "currency": "USD",
        "calendar": "NYSE",
    },
    "crypto": {
        "timezone": "UTC",
        "session_open": "00:00",
        "session_minutes": 1440,
        "days_per_year": 365,
        "currency": "USD",
        "calendar": "24x7",
    },
}
HOURS = ("timezone", "session_open", "session_minutes")


def _timezone(value: object) -> str:
    if not isinstance(value, str):
        raise unfit('must be the name of a time zone such as "Asia/Kolkata"')
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = zoneinfo.available_timezones()
        close = difflib.get_close_matches(value, known, n=1)
        fix = f"did you mean {close[0]}?" if close else "give one such as Asia/Kolkata"
        raise unfit(f"unknown time zone, {fix}") from None
    return value


class MarketSettings(Frozen):
    """Session and calendar. A preset fills every key that is not given; ``custom`` needs them all.

    Attributes:
        name: ``nse``, ``us``, ``crypto`` (round the clock) or ``custom``.
        timezone: IANA name; the session opens by this clock.
        session_open: ``HH:MM``, local. Session VWAP and volume start anew here, on dates that the
            calendar does not know.
        session_minutes: length of a session, 1 to 1440.
        days_per_year: sessions in a year, by which volatility is annualised.
        currency: of prices and values.
        calendar: whose holidays, early closes and special sessions hold. ``24x7`` and ``none``
            have regular hours on every date. A preset whose hours are changed has ``none``.
        calendar_file: special sessions and holidays beside the calendar; None: the packaged ones.
    """

    name: Literal["nse", "us", "crypto", "custom"] = "nse"
    timezone: Annotated[str, BeforeValidator(_timezone)]
    session_open: Clock
    session_minutes: Annotated[int, whole(1, 1440)]
    days_per_year: Annotated[int, whole(1, 366)]
    currency: Currency
    calendar: Literal["NSE", "NYSE", "24x7", "none"] = "none"
    calendar_file: CalendarFile | None = None

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        name = given.get("name", "nse")
        if not isinstance(name, str):
            return given
        filled = dict(PRESETS.get(name, {}))
        if any(key in given and given[key] != filled.get(key) for key in HOURS):
            filled.pop("calendar", None)
        return {**filled, **given}

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone itself."""
        return zoneinfo.ZoneInfo(self.timezone)

    @property
    def session_open_minute(self) -> int:
        """Minutes from local midnight to the open."""
        hours, minutes = self.session_open.split(":")
        return int(hours) * 60 + int(minutes)

    @property
    def special_days(self) -> CalendarFile:
        """Sessions and holidays that go before the calendar's own."""
        return self.calendar_file or packaged_calendar(self.calendar)

    def bars_per_year(self, interval: timedelta) -> float:
        """Bars of ``interval`` in a year: by which the volatility of one bar is annualised.

        Sessions of a year x bars that a regular session has a part in: bars start on multiples of
        their length in UTC, so that a 375 minute session from 03:45 UTC has 7 bars of 1h. Where
        clock changes move the session, the hours of winter count.
        """
        if interval >= timedelta(days=1):
            return float(self.days_per_year)
        hour, minute = divmod(self.session_open_minute, 60)
        opens = datetime(2024, 1, 15, hour, minute, tzinfo=self.zone).timestamp()
        length, first = interval.total_seconds(), opens // interval.total_seconds()
        last = -(-(opens + 60 * self.session_minutes) // length)
        return self.days_per_year * (last - first)


def preset(name: Literal["nse", "us", "crypto"]) -> MarketSettings:
    """A market by its name alone."""
    return MarketSettings.model_validate({"name": name})
