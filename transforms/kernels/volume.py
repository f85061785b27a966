"""What volume says about the close."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns


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
