"""Values that begin anew when an exchange session opens, or look back over sessions."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns
from transforms.kernels.smoothing import ratio

SESSIONS_BACK = 7


@dataclass(frozen=True)
class SessionVwap:
    """Volume weighted average price since the session opened: sum of price x size / sum of size.

    Berkowitz, Logue and Noser, The Total Cost of Transactions on the NYSE, Journal of Finance 43,
    1988. Price, within the session's range. A bar without trades in the source counts (high + low
    + close) / 3 x volume. From the first bar on; a bar without volume keeps the last value, and
    there is none before the first volume of a session.
    """

    state: ClassVar[tuple[str, ...]] = ("session", "turnover", "volume")
    columns: ClassVar[tuple[Column, ...]] = (Column("vwap_session", first=1, degenerate=True),)
    lookback: ClassVar[int] = 1

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Add the bar to its session."""
        session = bars.session.astype(np.float64)
        same = session == state["session"]
        turnover = np.where(same, state["turnover"], 0.0) + bars.turnover
        volume = np.where(same, state["volume"], 0.0) + bars.volume
        vwap = ratio(turnover, volume)
        return {"session": session, "turnover": turnover, "volume": volume}, {"vwap_session": vwap}


@dataclass(frozen=True)
class SessionChange:
    """Change in % against the last close of the session before this one, and of the seventh.

    100 (close / earlier close - 1), from -100 upwards. On daily bars, one session each, these are
    the close before and the close seven bars back. First values on the first bar of the second
    and of the eighth session (bars 2 and 8 when daily). Absent when the earlier close is 0.
    """

    columns: ClassVar[tuple[Column, ...]] = (
        Column("change_1d_pct", first=2),
        Column(f"change_{SESSIONS_BACK}d_pct", first=SESSIONS_BACK + 1),
    )
    state: ClassVar[tuple[str, ...]] = (
        "session",
        *(f"close_{back}" for back in range(1, SESSIONS_BACK + 1)),
    )
    lookback: ClassVar[int] = 1

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Shift the ring of session closes where a session has opened, then compare."""
        session = bars.session.astype(np.float64)
        opened = (session != state["session"]) & (bars.count > 1)
        closes = [state[f"close_{back}"] for back in range(1, SESSIONS_BACK + 1)]
        if opened.any():  # most bars open no session: nothing to shift
            newer = [bars.previous_close, *closes[:-1]]
            closes = [np.where(opened, new, old) for new, old in zip(newer, closes, strict=True)]
        # A session that has not been closed at 0.0, as every state begins: absent by the same rule.
        values = [100.0 * ratio(bars.close - past, past) for past in (closes[0], closes[-1])]
        names = (column.name for column in self.columns)
        state = dict(zip(self.state, [session, *closes], strict=True))
        return state, dict(zip(names, values, strict=True))
