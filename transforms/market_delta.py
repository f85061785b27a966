"""What the series fold hands to the book after each engine commit: the closed bars that changed.

Only bars of the advice interval are handed over, and of each bar only the fields that rules read.
Beside them go the closes of sessions that are over, which risk is computed from, and the corporate
actions that have re-scaled prices.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

BOOK_FIELDS = (
    "close",
    "ts_last_trade",
    "count",
    "session",
    "rsi_14",
    "rsi_degenerate",
    "bb_percent_b",
    "adx_14",
    "plus_di_14",
    "minus_di_14",
    "ema_200",
    "atr_22",
    "highest_close_22",
    "robust_z_250",
    "volume",
    "ema_50",
    "supertrend_direction",
    "squeeze_bars",
    "bb_upper_20_2",
    "bb_lower_20_2",
    "rvol_20",
    "other_close",  # close of the same bar by a second source; NaN without one
    "gap",  # share of the bar in which its feed may have missed trades, 0 to 1
)
ROW_FIELDS = ("code", "instant", "op", "late", *BOOK_FIELDS)
FIRST_FIELD = len(ROW_FIELDS) - len(BOOK_FIELDS)
MARKED = 0.0  # op of a row whose ``gap`` alone counts
DAILY_FIELDS = ("code", "until", "op", "close", "volume")


def no_sessions() -> NDArray[np.float64]:
    """Daily rows of a delta that closed no session."""
    return np.empty((0, len(DAILY_FIELDS)))


@dataclass(frozen=True, slots=True)
class CorporateAction:
    """A split or bonus: ``new`` units for ``old`` ones from ``ex`` on.

    Attributes:
        symbol: of the instrument. kind: ``split`` or ``bonus``.
        ex: first instant at which prices are in new units, microseconds UTC.
        new: units afterwards. old: units before; 2 and 1 for a 2:1 split.
    """

    symbol: str
    kind: str
    ex: int
    new: int
    old: int


@dataclass(frozen=True)
class MarketDelta:
    """Closed bars that were added, revised or withdrawn in one engine commit.

    Attributes:
        names: symbol of each code; a list that only ever grows at its end.
        rows: float64 [n, len(ROW_FIELDS)]: code (an index into ``names``), instant (end of the bar,
            microseconds UTC, exact in a float64), op (+1 set, -1 withdrawn, 0 a bar given before
            keeps all but its ``gap``), late (1 when the row revises an instant that an earlier
            delta delivered), then BOOK_FIELDS. NaN is absent. Of several rows with one code and
            instant the last one counts.
        clock: highest event time the feed has accepted so far, microseconds UTC.
        drained: true when the feed is finite and has ended.
        seq: 0, 1, 2 ... within one series fold.
        daily: float64 [n, len(DAILY_FIELDS)]: code, until (local midnight after the session,
            microseconds UTC), op (+1 set, -1 withdrawn), close and volume of a session that is
            over. Of several rows with one code and until the last one counts.
        actions: corporate actions that have become known; prices of ``rows`` and ``daily`` before
            their ex are in new units from this delta on.
        checkpoint: number of the mark at its end: the state after it is a checkpoint; 0: none.
    """

    names: list[str]
    rows: NDArray[np.float64]
    clock: int
    drained: bool
    seq: int
    daily: NDArray[np.float64] = field(default_factory=no_sessions)
    actions: tuple[CorporateAction, ...] = ()
    checkpoint: int = 0
