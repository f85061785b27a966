"""What the series fold hands to the book after each engine commit: the closed bars that changed.

Only bars of the advice interval are handed over, and of each bar only the fields that rules read.
"""

from dataclasses import dataclass

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
)
ROW_FIELDS = ("code", "instant", "op", "late", *BOOK_FIELDS)
FIRST_FIELD = len(ROW_FIELDS) - len(BOOK_FIELDS)


@dataclass(frozen=True)
class MarketDelta:
    """Closed bars that were added, revised or withdrawn in one engine commit.

    Attributes:
        names: symbol of each code; a list that only ever grows at its end.
        rows: float64 [n, len(ROW_FIELDS)]: code (an index into ``names``), instant (end of the bar,
            microseconds UTC, exact in a float64), op (+1 set, -1 withdrawn), late (1 when the row
            revises an instant that an earlier delta delivered), then BOOK_FIELDS. NaN is absent.
            Of several rows with one code and instant the last one counts.
        clock: highest event time the feed has accepted so far, microseconds UTC.
        drained: true when the feed is finite and has ended.
        seq: 0, 1, 2 ... within one series fold.
    """

    names: list[str]
    rows: NDArray[np.float64]
    clock: int
    drained: bool
    seq: int
