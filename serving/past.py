"""Advice as it stood at a past instant, from the versions of its rows.

Versions are rows of the advice_versions table in the order of ``valid_from``, evaluations rows of
the evaluations table in the order of ``instant``.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

from serving.composition import Texts, compose
from serving.errors import Invalid
from serving.rows import integer, text
from serving.sealed import Sealed
from serving.views import Row

VERSION_ONLY = frozenset(("valid_from", "removed"))
LATEST = 1 << 62
LARGEST = 1 << 53  # beyond it JSON numbers lose digits


def valid_from(version: Row) -> int:
    """From when a version counts."""
    return integer(version, "valid_from")


def instant_of(evaluation: Row) -> int:
    """When the rules were evaluated."""
    return integer(evaluation, "instant")


def standing(versions: Sequence[Row], time: int) -> list[Row]:
    """The advice rows as they stood at ``time``."""
    latest: dict[str, Row] = {}
    for version in versions[: bisect_right(versions, time, key=valid_from)]:
        latest[text(version, "advice_id")] = version
    return [
        {name: value for name, value in version.items() if name not in VERSION_ONLY}
        for version in latest.values()
        if not version["removed"]
    ]


def evaluated(evaluations: Sequence[Row], versions: Sequence[Row], time: int = LATEST) -> int:
    """When a portfolio was last evaluated up to ``time``; -1 when it was not.

    That is at each instant of the market, and between two of them when its holdings changed, which
    shows in its versions.
    """
    found = -1
    place = bisect_right(evaluations, time, key=instant_of)
    if place:
        found = instant_of(evaluations[place - 1])
    place = bisect_right(versions, time, key=valid_from)
    return max(found, valid_from(versions[place - 1])) if place else found


def reconstructed(portfolio_id: str, as_of: int, versions: Sequence[Row], texts: Texts) -> Sealed:
    """What was said of a portfolio at ``as_of``, an instant of its evaluation."""
    return compose(portfolio_id, as_of, standing(versions, as_of), texts)


def parse_instant(given: str) -> int:
    """Microseconds of ``as_of``: an integer, or ISO 8601 with an offset.

    Raises:
        Invalid: it is neither.
    """
    sent = given.strip()
    if sent.isascii() and sent.isdecimal():
        if len(sent) <= len(str(LARGEST)) and int(sent) <= LARGEST:
            return int(sent)
        raise Invalid(f"as_of: {sent[:64]} is no time in microseconds since the epoch")
    try:  # a plus sign that was not encoded arrives as a space
        moment = datetime.fromisoformat(sent.replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.year < 1970:
        raise Invalid(
            f"as_of: must be microseconds since the epoch or a time with its offset such as "
            f"2026-01-22T10:42:00+05:30, was {sent[:64]!r}"
        )
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + moment.microsecond
