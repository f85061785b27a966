"""Refused input, as it goes to the ``Rejected`` table."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Reject:
    """One refused row.

    Attributes:
        source: name of the file.
        position: 1-based line or row; 0: the file as a whole.
        reason: a code: not_positive, bad_timestamp, late, duplicate_trade ...
        raw: the refused text, at most 2,000 characters.
        ts_recv: the feed's clock when it came to the row; 0 where the file has no clock.
    """

    source: str
    position: int
    reason: str
    raw: str
    ts_recv: int = 0


def by_reason(rejects: Iterable[Reject]) -> Counter[str]:
    """How many were refused for which reason."""
    return Counter(reject.reason for reject in rejects)
