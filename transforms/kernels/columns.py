"""What every kernel works on: one bar each of many symbols, as columns.

A kernel is a pure function over columns. Row ``i`` of every array belongs to symbol ``i``; the same
kernel serves one symbol in a unit test and 5,000 in the series fold.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Columns = dict[str, Floats]


@dataclass(frozen=True)
class Bars:
    """The next bar of each of k symbols. All arrays are contiguous and of length k.

    Attributes:
        count: bars of the symbol so far, this one included: 1 for its first bar.
        start: start of the bar, microseconds UTC.
        open: first price. Also high, low, close: prices in quote currency.
        volume: units of the instrument.
        turnover: sum of price x size where trades are known, else (h + l + c) / 3 x volume.
        previous_close: NaN on the first bar. Also previous_high, previous_low.
        session: number of the exchange session the bar belongs to; changes when a session opens.
        minute: minutes from the open of its session to the start of the bar; 0 for the bar that
            holds the open (every 1d bar), negative before.
        usual_volume: ``usual_volume(n)`` gives the mean over the symbol's last n earlier sessions
            of the volume up to and including the same bar of the session; NaN with fewer than n,
            and before the open. A kernel that wants it asks at every step: what is not asked is
            not recorded.
        window: ``window(field, n)`` gives the last n values of open, high, low, close or volume,
            this bar included, oldest first, as a contiguous [k, n] array; NaN where history is
            shorter. Reduce it over axis 1 alone: each result then depends on its row, bit for bit.
    """

    count: Ints
    start: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    turnover: Floats
    previous_close: Floats
    previous_high: Floats
    previous_low: Floats
    session: Ints
    minute: Ints
    usual_volume: Callable[[int], Floats]
    window: Callable[[str, int], Floats]


@dataclass(frozen=True)
class Column:
    """One value a kernel gives per bar.

    Attributes:
        name: column name of the contract, e.g. ``rsi_14``.
        first: 1-based bar of the first value.
        memory: share of the start's influence that is left after one more bar (1 - alpha of the
            slowest recursion in it); 0 where the value depends on a window alone.
        degenerate: true when the column may be null or neutral on degenerate input (a flat price).
    """

    name: str
    first: int
    memory: float = 0.0
    degenerate: bool = False


class Kernel(Protocol):
    """A pure indicator. ``state`` names its recursive fields, which start at 0.0."""

    @property
    def state(self) -> Sequence[str]:
        """Names of the state fields, unique within the kernel."""

    @property
    def columns(self) -> Sequence[Column]:
        """What ``step`` returns, in order."""

    @property
    def lookback(self) -> int:
        """Longest window it asks for; 1 when none."""

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Advance by one bar: (next state, values by column name; NaN where there is none)."""


def when(condition: NDArray[np.bool_], value: Floats) -> Floats:
    """``value`` where ``condition`` holds, NaN (absent) elsewhere."""
    return np.where(condition, value, np.nan)
