"""Choices on which platforms differ: each changes numbers, none is wrong."""

from dataclasses import dataclass
from typing import Literal

EmaSeed = Literal["sma", "first"]
TrueRange = Literal["wilder", "tradingview"]
AroonTie = Literal["newest", "oldest"]


@dataclass(frozen=True)
class Conventions:
    """How indicators begin and break ties; one choice each for all indicators of a run.

    Attributes:
        ema_seed: exponential averages start from the simple average of their first n values
            (``sma``: StockCharts, TA-Lib), or from the first value (``first``: TradingView).
        true_range: what average true ranges count for bar 1. ``wilder``: nothing, there is no
            previous close; first value at bar n + 1. ``tradingview``: high - low; first value at
            bar n. The directional system has no choice: every platform starts it at bar 2.
        aroon_tie: which of several equal extremes Aroon counts from: the ``newest`` (TA-Lib) or the
            ``oldest`` (Skender's Stock Indicators).
    """

    ema_seed: EmaSeed = "sma"
    true_range: TrueRange = "wilder"
    aroon_tie: AroonTie = "newest"

    def options(self) -> dict[str, str]:
        """The choices by the name of the field through which a kernel takes part in them."""
        return {"seed": self.ema_seed, "true_range": self.true_range, "tie": self.aroon_tie}
