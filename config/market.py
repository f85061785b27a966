"""The market a profile is about: its clock, its session and its currency."""

import difflib
import zoneinfo
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from config.errors import unfit
from config.values import Currency, Frozen, matching, whole

PRESETS: Mapping[str, Mapping[str, object]] = {
    "nse": {
        "timezone": "Asia/Kolkata",
        "session_open": "09:15",
        "session_minutes": 375,
        "days_per_year": 252,
        "currency": "INR",
    },
    "us": {
        "timezone": "America/New_York",
        "session_open": "09:30",
        "session_minutes": 390,
        "days_per_year": 252,
        "currency": "USD",
    },
    "crypto": {
        "timezone": "UTC",
        "session_open": "00:00",
        "session_minutes": 1440,
        "days_per_year": 365,
        "currency": "USD",
    },
}


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
        session_open: ``HH:MM``, local. Session VWAP and volume start anew here.
        session_minutes: length of a session, 1 to 1440.
        days_per_year: sessions in a year, by which volatility is annualised.
        currency: of prices and values.
    """

    name: Literal["nse", "us", "crypto", "custom"] = "nse"
    timezone: Annotated[str, BeforeValidator(_timezone)]
    session_open: Annotated[
        str, matching(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", 'a time of day such as "09:15"')
    ]
    session_minutes: Annotated[int, whole(1, 1440)]
    days_per_year: Annotated[int, whole(1, 366)]
    currency: Currency

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        name = given.get("name", "nse")
        return {**PRESETS.get(name, {}), **given} if isinstance(name, str) else given

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone itself."""
        return zoneinfo.ZoneInfo(self.timezone)

    @property
    def session_open_minute(self) -> int:
        """Minutes from local midnight to the open."""
        hours, minutes = self.session_open.split(":")
        return int(hours) * 60 + int(minutes)

    def bars_per_year(self, interval: timedelta) -> float:
        """Bars of ``interval`` in a year: by which the volatility of one bar is annualised."""
        session = timedelta(minutes=self.session_minutes)
        return self.days_per_year * max(1.0, session / interval)


def preset(name: Literal["nse", "us", "crypto"]) -> MarketSettings:
    """A market by its name alone."""
    return MarketSettings.model_validate({"name": name})
