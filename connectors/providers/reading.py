"""What parsers share: bytes to JSON, and texts to numbers and times."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any, Final

import orjson

from connectors.providers.spec import Malformed

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_TITLE: Final = re.compile(rb"<title>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_AN_INSTANT: Final = 1e9  # a wait is less, a time of day in seconds since the epoch is more
_LAST: Final = 1 << 62
_SHOWN: Final = 160


def load(body: bytes) -> Any:
    """The JSON document in ``body``.

    Raises:
        Malformed: it is HTML, cut, or no JSON at all.
    """
    if body.lstrip()[:1] == b"<":
        title = _TITLE.search(body)
        said = f" ({one_line(title[1])})" if title else ""
        raise Malformed(f"HTML instead of JSON{said}")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"no JSON: {one_line(str(error))}; it starts with {body[:40]!r}") from None


def one_line(text: object) -> str:
    """What a provider wrote, fit for a message."""
    written = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    shown = (letter if letter.isprintable() else " " for letter in written[: 4 * _SHOWN])
    return " ".join("".join(shown).split())[:_SHOWN]


def number(value: object) -> float:
    """A number that may be written as text; NaN when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return float("nan")
    try:
        return float(value)
    except ValueError:
        return float("nan")


def micros(value: float | str, per_second: int) -> int:
    """A count of ``per_second``-ths of a second since the epoch, in microseconds.

    Raises:
        ValueError: it is no number, or none that a time can be.
    """
    if isinstance(value, float) or not str(value).lstrip("-").isdigit():
        time = round(float(value) * 1_000_000 / per_second)
    else:
        time = int(value) * 1_000_000 // per_second
    if abs(time) > _LAST:
        raise ValueError(f"{value} is no time")
    return time


def instant(text: str, zone: tzinfo = UTC) -> int:
    """A time in ISO 8601 or ``20260517T110100``, in ``zone`` unless it says another.

    Raises:
        ValueError: it is no time.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return (moment - _EPOCH) // _MICROSECOND


def day(text: str) -> int:
    """Midnight UTC of an ISO date; a time after the date does not count.

    Raises:
        ValueError: it is no date.
    """
    return (date.fromisoformat(text[:10]) - _EPOCH.date()) // _MICROSECOND


def today(now: float) -> date:
    """The date in UTC at ``now`` seconds since the epoch."""
    return datetime.fromtimestamp(now, UTC).date()


def retry_after(headers: Mapping[str, str], received: int) -> float | None:
    """Seconds that a provider asks to be left alone for; None when it does not say, or says 0.

    Args:
        headers: by lower-case name: ``retry-after`` in seconds or as a date, else
            ``x-ratelimit-reset`` in seconds or as a time.
        received: microseconds UTC.
    """
    now = received / 1_000_000
    said = headers.get("retry-after") or headers.get("x-ratelimit-reset") or ""
    seconds = number(said)
    if seconds != seconds:
        try:
            seconds = parsedate_to_datetime(said).timestamp()
        except ValueError:
            return None
    if seconds >= _AN_INSTANT:
        seconds -= now
    return seconds if 0 < seconds < _AN_INSTANT else None
