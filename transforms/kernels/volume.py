"""What volume says about the close, summed up since the first bar."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, Floats


@dataclass(frozen=True)
class OnBalanceVolume:
    """On balance volume: volume of bars that closed higher minus that of those that closed lower.

    Granville, New Key to Stock Market Profits, 1963. Units of volume, any sign, from the first
    bar on, where it is 0 (TA-Lib starts at the first volume). An unchanged close adds nothing.
    Only its changes mean something: the level depends on where the history starts, for ever and
    by definition.
    """

    state: ClassVar[tuple[str, ...]] = ("balance",)
    columns: ClassVar[tuple[Column, ...]] = (Column("obv", first=1),)
    lookback: ClassVar[int] = 1

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Add or take away the volume of the bar."""
        rise = bars.close > bars.previous_close
        fall = bars.close < bars.previous_close
        signed = np.where(rise, bars.volume, np.where(fall, -bars.volume, 0.0))
        balance = state["balance"] + signed
        return {"balance": balance}, {"obv": balance}


@dataclass(frozen=True)
class AccumulationDistribution:
    """Accumulation/distribution line: sum of volume x where the close stands in the bar.

    Chaikin, in Achelis, Technical Analysis from A to Z, 2000. The weight of a bar's volume is
    ``close_location``. Units of volume, any sign, from the first bar on. A bar without a range
    adds nothing. As with ``obv``, only its changes mean something.
    """

    state: ClassVar[tuple[str, ...]] = ("line",)
    columns: ClassVar[tuple[Column, ...]] = (Column("adl", first=1, degenerate=True),)
    lookback: ClassVar[int] = 1

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Add the flow of the bar."""
        location = close_location(bars.high, bars.low, bars.close)
        line = state["line"] + location * bars.volume
        return {"line": line}, {"adl": line}


def close_location(high: Floats, low: Floats, close: Floats) -> Floats:
    """Place of the close in its bar, -1 at the low to 1 at the high; 0 where low = high."""
    height = high - low
    spread = height > 0.0
    place = ((close - low) - (high - close)) / np.where(spread, height, 1.0)
    return np.where(spread, place, 0.0)
