"""Returns of positions between the sessions that all of them have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from transforms.kernels.columns import Floats, Ints

Flags = NDArray[np.bool_]
FLAT = 1e-12  # closes are known to about 1e-16 of themselves: what moves less moves by rounding
MILLIONFOLD = 1e6  # no price does that in one session; squares of larger returns may overflow
HALF_DAY = 43_200_000_000
SHOWN = 3  # symbols that a reason names


@dataclass(frozen=True)
class Sample:
    """Simple returns of k positions over n sessions.

    Attributes:
        returns: [k, n], contiguous, oldest first. Reduce it over axis 1, or over axis 0 in order.
        rows: places of the n + 1 sessions they were taken between.
    """

    returns: Floats
    rows: Ints

    @property
    def n(self) -> int:
        """How many returns each position has."""
        return self.returns.shape[1]


def traded(closes: Floats) -> Flags:
    """Whether there is a close: a positive finite number."""
    return (closes > 0.0) & (closes < np.inf)


def common_rows(closes: Floats) -> Ints:
    """Sessions in which every position has a close: the halt of one drops a session for all.

    Args:
        closes: [k, T], oldest first.
    """
    return np.flatnonzero(traded(closes).all(axis=0))


def sample_of(closes: Floats, rows: Ints, window: int) -> Sample:
    """The last ``window`` simple returns between consecutive sessions ``rows`` of [k, T] closes."""
    kept = rows[-(window + 1) :]
    whole = len(kept) and kept[-1] - kept[0] + 1 == len(kept)
    # take keeps rows contiguous, closes[:, kept] does not: sums would differ in their last bit
    prices = closes[:, kept[0] : kept[-1] + 1] if whole else closes.take(kept, axis=1)
    with np.errstate(over="ignore"):  # seen below
        return Sample(prices[:, 1:] / prices[:, :-1] - 1.0, kept)


def shortage(
    closes: Floats, ends: Ints, names: Sequence[str], sample: Sample, minimum: int
) -> str | None:
    """Why a sample gives no numbers, naming the symbols to blame; None when it gives some."""
    if sample.n >= minimum:
        if float(sample.returns.max()) <= MILLIONFOLD:
            return None
        wild = np.flatnonzero((sample.returns > MILLIONFOLD).any(axis=1))
        culprits = [names[place] for place in wild.tolist()]
        return f"more than a millionfold in one session: {_listed(culprits)}"
    text = f"needs {minimum} sessions common to all holdings, has {sample.n}"
    culprits = _culprits(traded(closes), ends, names, minimum)
    return f"{text} ({_listed(culprits)})" if culprits else text


def session_date(end: int) -> date:
    """Date of the session that ended at local midnight ``end``, microseconds UTC.

    Its noon falls on the same date in UTC wherever clocks are within 12 hours of it.
    """
    return datetime.fromtimestamp((end - HALF_DAY) // 1_000_000, UTC).date()


def _culprits(known: Flags, ends: Ints, names: Sequence[str], minimum: int) -> list[str]:
    """Symbols too short by themselves; else those with gaps, the widest first."""
    sessions = known.shape[1]
    if sessions <= minimum:
        return []  # nobody has more: the history itself is short
    counts = known.sum(axis=1)
    short = np.flatnonzero(counts <= minimum)
    if not len(short):
        short = np.flatnonzero(counts < sessions)
    ordered = sorted(short.tolist(), key=lambda place: (counts[place], names[place]))
    return [f"{names[place]} {_span(known[place], ends)}" for place in ordered]


def _span(known: Flags, ends: Ints) -> str:
    """When a symbol has closes, in words."""
    found = np.flatnonzero(known)
    if not len(found):
        return "without any"
    first, last = int(found[0]), int(found[-1])
    if len(found) < last - first + 1:
        return f"in {len(found)} of {len(known)}"
    if last < len(known) - 1:
        return f"until {session_date(int(ends[last]))}"
    return f"since {session_date(int(ends[first]))}"


def _listed(texts: Sequence[str]) -> str:
    more = len(texts) - SHOWN
    return ", ".join(texts[:SHOWN]) + (f" and {more} more" if more > 0 else "")
