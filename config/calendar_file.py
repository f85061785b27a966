"""The calendar file of an exchange: special sessions and holidays that its calendar lacks."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from config.documents import is_there, packaged, read_document
from config.errors import unfit
from config.values import Frozen, Listed, matching

Clock = Annotated[
    str, matching(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", 'a time of day such as "09:15"')
]


def _date(value: object) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) and len(value) == 10 else "")
    except ValueError:
        raise unfit("must be a date such as 2024-11-01") from None


def _text(value: object) -> str:
    if isinstance(value, str) and value.strip():
        return value
    raise unfit("must say where this is known from, and how far that has been checked")


Day = Annotated[date, BeforeValidator(_date)]
Source = Annotated[str, BeforeValidator(_text)]


class SpecialSession(Frozen):
    """A session on a date, or at hours, that the calendar does not have; it goes before it.

    Attributes:
        date: by the clock of the exchange.
        open: of continuous trading, ``HH:MM`` local. close: likewise; breaks between are ignored.
        source: where this is known from.
    """

    date: Day
    open: Clock
    close: Clock
    source: Source

    @property
    def hours(self) -> tuple[str, str]:
        """Open and close."""
        return self.open, self.close

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.close <= self.open:
            raise unfit(f"must be after the open at {self.open}", key="close", was=self.close)
        return self


class Holiday(Frozen):
    """A date that the calendar has as a session and that is none."""

    date: Day
    source: Source


class CalendarFile(Frozen):
    """What a calendar file holds; each date may stand in it once."""

    sessions: Annotated[tuple[SpecialSession, ...], Listed] = ()
    holidays: Annotated[tuple[Holiday, ...], Listed] = ()

    @model_validator(mode="after")
    def _check_dates(self) -> Self:
        rows = [(f"sessions[{place}]", row.date) for place, row in enumerate(self.sessions)]
        rows += [(f"holidays[{place}]", row.date) for place, row in enumerate(self.holidays)]
        seen: set[date] = set()
        for key, day in rows:
            if day in seen:
                raise unfit("must be unique", key=f"{key}.date", was=day.isoformat())
            seen.add(day)
        return self


@cache
def packaged_calendar(calendar: str) -> CalendarFile:
    """The file that ships for a calendar; an empty one when there is none."""
    file = packaged("calendars") / f"{calendar.lower()}.yaml"
    document: Mapping[str, Any] = read_document(file) if is_there(file) else {}
    return CalendarFile.model_validate(document)
