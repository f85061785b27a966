"""Durations as text with a unit: ``50ms``, ``2m``, ``1h``, ``1d``. A bare number has no meaning."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from config.errors import unfit

UNITS = {  # largest first: the canonical text uses the largest that divides
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
ACCEPTED = 'must be a duration such as "2m" (unit ms, s, m, h or d)'
PATTERN = re.compile(r"([0-9]{1,18})(ms|s|m|h|d)")


def parse_duration(text: str) -> timedelta:
    """The time span that ``text`` names; whole numbers only, never negative.

    Raises:
        ValueError: no number with a unit, or longer than 999,999,999 days.
    """
    match = PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(f'{ACCEPTED}, was "{text}"')
    try:
        return int(match[1]) * UNITS[match[2]]
    except OverflowError:
        raise ValueError(f'{ACCEPTED}, was "{text}"') from None


def format_duration(span: timedelta) -> str:
    """The canonical text of a span: ``1h``, not ``60m``. The inverse of ``parse_duration``.

    Raises:
        ValueError: the span is negative or not a whole number of milliseconds.
    """
    if span < timedelta(0) or span % UNITS["ms"]:
        raise ValueError(f"`span` must be whole milliseconds and not negative, was {span!r}")
    if not span:
        return "0s"
    unit = next(name for name, size in UNITS.items() if not span % size)
    return f"{span // UNITS[unit]}{unit}"


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise unfit(ACCEPTED)
    try:
        return parse_duration(value)
    except ValueError:
        raise unfit(ACCEPTED) from None


Duration = Annotated[timedelta, BeforeValidator(_duration)]


def between(low: str, high: str) -> AfterValidator:
    """The limits of a duration, both included."""
    least, most = parse_duration(low), parse_duration(high)

    def check(span: timedelta) -> timedelta:
        if not least <= span <= most:
            raise unfit(f'must be from "{low}" to "{high}"', was=f'"{format_duration(span)}"')
        return span

    return AfterValidator(check)
