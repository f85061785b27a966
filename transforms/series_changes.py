"""The rows that one step of a series fold changed, before they are laid out as tables."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from transforms.kernels.columns import Floats

BAR_VALUES = ("open", "high", "low", "close", "volume", "trade_count", "vwap", "adj_version")
HEAD = 4  # code, bar_start, op, is_final


@dataclass
class Changes:
    """Rows that changed, as blocks of columns: ``rows`` [n, HEAD + bar values + kernel columns]."""

    rows: list[Floats] = field(default_factory=list)
    signals: list[Floats] = field(default_factory=list)
    late: list[NDArray[np.bool_]] = field(default_factory=list)
    ts_last: list[Floats] = field(default_factory=list)
    sessions: list[Floats] = field(default_factory=list)
    counts: list[Floats] = field(default_factory=list)

    def add(self, rows: Floats, **beside: Floats | NDArray[np.bool_]) -> None:
        """Append one block and what the book wants to know beside it."""
        self.rows.append(rows)
        for name, column in beside.items():
            getattr(self, name).append(column)
