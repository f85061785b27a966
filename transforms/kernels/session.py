"""Values that begin anew when an exchange session opens, or look back over sessions."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from transforms.kernels.columns import Bars, Column, Columns, Floats, when
from transforms.kernels.smoothing import ratio

SESSIONS_BACK = 7
MOST_SESSIONS = 100


def stretch(bars: Bars) -> Floats:
    """A number that changes when a session opens: bars before the open stand by themselves."""
    return (2 * bars.session + (bars.minute >= 0)).astype(np.float64)


@dataclass(frozen=True)
class SessionVwap:
    """Volume weighted average price since the session opened, and bands around it.

    VWAP = sum of price x size / sum of size: Berkowitz, Logue and Noser, The Total Cost of
    Transactions on the NYSE, Journal of Finance 43, 1988. Bands = VWAP +- k standard deviations of
    the bars' own average prices, weighted by volume (population form); the sum of squares is
    updated as in West, Updating Mean and Variance Estimates, Communications of the ACM 22, 1979,
    which adds up terms that are never negative. Prices, the VWAP within the session's range.

    A bar without trades in the source counts (high + low + close) / 3 x volume. Everything begins
    anew with the bar that holds the open of the exchange's session; bars of the same date before
    it form a stretch of their own, bars after the close go on. First value at the first bar, bands
    at the second bar with volume of a session; a bar without volume keeps the last values, and
    there is none before the first volume.
    """

    state: ClassVar[tuple[str, ...]] = ("stretch", "turnover", "volume", "squares", "bars")
    columns: ClassVar[tuple[Column, ...]] = (
        Column("vwap_session", first=1, degenerate=True),
        *(
            Column(f"vwap_{side}_{k}", first=2, degenerate=True)
            for k in (1, 2)
            for side in ("upper", "lower")
        ),
    )
    lookback: ClassVar[int] = 1

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Add the bar to its session."""
        now = stretch(bars)
        same = now == state["stretch"]
        turnover, volume, squares, count = (
            np.where(same, state[name], 0.0) for name in self.state[1:]
        )
        after = {"turnover": turnover + bars.turnover, "volume": volume + bars.volume}
        weight = volume * ratio(bars.volume, after["volume"])
        away = ratio(bars.turnover, bars.volume) - ratio(turnover, volume)
        more = weight * np.square(away)  # absent: the first volume of a session, or a bar without
        after["squares"] = squares + np.where(np.isnan(more), 0.0, more)
        after["bars"] = count + (bars.volume > 0.0)
        vwap = ratio(after["turnover"], after["volume"])
        spread = np.sqrt(ratio(after["squares"], after["volume"]))
        spread = when(after["bars"] >= 2.0, spread)
        values = (vwap, *(vwap + k * spread for k in (1.0, -1.0, 2.0, -2.0)))
        names = (column.name for column in self.columns)
        return {"stretch": now, **after}, dict(zip(names, values, strict=True))


@dataclass(frozen=True)
class AnchoredVwap:
    """Volume weighted average price since an instant that the user names.

    As ``SessionVwap`` without sessions. Counts the bars that start at the anchor or later; absent
    before the first volume of these. Price, within the range since the anchor.

    Args:
        anchor: seconds since 1970-01-01 UTC.
    """

    anchor: int
    state: ClassVar[tuple[str, ...]] = ("turnover", "volume")
    lookback: ClassVar[int] = 1

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``vwap_anchored_<anchor>``."""
        return (Column(f"vwap_anchored_{self.anchor}", first=1, degenerate=True),)

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Add the bar where the anchor has been reached."""
        counts = bars.start >= self.anchor * 1_000_000
        turnover = state["turnover"] + np.where(counts, bars.turnover, 0.0)
        volume = state["volume"] + np.where(counts, bars.volume, 0.0)
        vwap = ratio(turnover, volume)
        return {"turnover": turnover, "volume": volume}, {self.columns[0].name: vwap}


@dataclass(frozen=True)
class RelativeVolume:
    """Volume since the session opened / mean volume up to the same bar of n earlier sessions.

    Ratio, from 0; 1 is usual. On 1d bars the volume of the bar / the mean of the n bars before.
    First value in the symbol's session n + 1 (daily: bar n + 1). Absent before the open, and where
    what is usual is 0 or not known (see ``Bars.usual_volume``).
    """

    period: int = 20
    state: ClassVar[tuple[str, ...]] = ("stretch", "volume")

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """``rvol_n``."""
        return (Column(f"rvol_{self.period}", first=self.period + 1, degenerate=True),)

    @property
    def lookback(self) -> int:
        """The bar and, where a bar is a session, n before it."""
        return self.period + 1

    def __post_init__(self) -> None:
        """Refuse more sessions than are worth their memory: each is kept bar by bar.

        Raises:
            ValueError: ``period`` is more than ``MOST_SESSIONS``.
        """
        if self.period > MOST_SESSIONS:
            raise ValueError(f"`rvol_{self.period}`: looks back {MOST_SESSIONS} sessions at most")

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Compare the session so far with those before."""
        now = stretch(bars)
        volume = np.where(now == state["stretch"], state["volume"], 0.0) + bars.volume
        value = ratio(volume, bars.usual_volume(self.period))
        return {"stretch": now, "volume": volume}, {self.columns[0].name: value}


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
