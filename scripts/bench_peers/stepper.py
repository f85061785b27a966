"""The indicators of one bar in plain Python: what every peer shares that takes a tick at a time.

Definitions are those of transforms/kernels, written a second time as an optimised scalar loop would
have them (running sums, tuples as state), so that the comparison checks one against the other.
"""

from math import log, sqrt
from typing import Any

BAR = 60_000_000
YEAR = sqrt(252 * 375) * 100  # one-minute bars of a year, in per cent
VALUES = (
    "ema_12",
    "ema_26",
    "macd",
    "macd_signal",
    "macd_histogram",
    "rsi_14",
    "bb_upper_20_2",
    "bb_middle_20_2",
    "bb_lower_20_2",
    "atr_14",
    "vwap_session",
    "realised_vol_20",
)

State = tuple[Any, ...]
Shown = tuple[float | None, ...]
# bars so far, close, ema 12 and 26, signal, mean gain, loss and true range, turnover, volume of the
# session, first close, sums and squares of closes (less the first) and of log returns, both windows
START: State = (0, *[0.0] * 14, (0.0,) * 20, (0.0,) * 20)


class Bar:
    """One minute of one symbol; with the state after it and its values once it has closed."""

    __slots__ = (
        "close",
        "count",
        "high",
        "low",
        "minute",
        "open",
        "shown",
        "state",
        "t_close",
        "t_open",
        "turnover",
        "volume",
    )

    def __init__(self, minute: int, time: int, price: float, size: float) -> None:
        self.minute, self.t_open, self.t_close = minute, time, time
        self.open = self.high = self.low = self.close = price
        self.volume, self.turnover, self.count = size, price * size, 1
        self.state: State = START
        self.shown: Shown = ()

    def merge(self, time: int, price: float, size: float) -> None:
        """Add one more tick."""
        if time >= self.t_close:
            self.t_close, self.close = time, price
        elif time < self.t_open:
            self.t_open, self.open = time, price
        if price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.volume += size
        self.turnover += price * size
        self.count += 1


def step(state: State, bar: Bar) -> tuple[State, Shown]:
    """The state after ``bar``, and its values in the order of ``VALUES``."""
    (
        n,
        before,
        e12,
        e26,
        signal,
        gain,
        loss,
        spread,
        turnover,
        volume,
        first,
        s1,
        s2,
        r1,
        r2,
        closes,
        returns,
    ) = state
    n += 1
    high, low, close = bar.high, bar.low, bar.close
    turnover += bar.turnover
    volume += bar.volume
    if n == 1:
        first = close
    else:
        change = close - before
        up, down = (change, 0.0) if change > 0.0 else (0.0, -change)
        reach = (high if high > before else before) - (low if low < before else before)
        weight = 1 / 14 if n > 15 else 1 / (n - 1)
        gain += (up - gain) * weight
        loss += (down - loss) * weight
        spread += (reach - spread) * weight
        move = log(close / before)
        gone = returns[0]
        returns = (*returns[1:], move)
        r1 += move - gone
        r2 += move * move - gone * gone
    shifted = close - first
    gone = closes[0]
    closes = (*closes[1:], shifted)
    s1 += shifted - gone
    s2 += shifted * shifted - gone * gone
    e12 += (close - e12) * (2 / 13 if n > 12 else 1 / n)
    e26 += (close - e26) * (2 / 27 if n > 26 else 1 / n)
    macd = e12 - e26
    if n >= 26:
        signal += (macd - signal) * (0.2 if n > 34 else 1 / (n - 25))
    state = (
        n,
        close,
        e12,
        e26,
        signal,
        gain,
        loss,
        spread,
        turnover,
        volume,
        first,
        s1,
        s2,
        r1,
        r2,
        closes,
        returns,
    )
    upper = middle = lower = realised = None
    if n >= 20:
        mean = s1 / 20
        middle = mean + first
        variance = s2 / 20 - mean * mean
        band = 2 * sqrt(variance) if variance > 0.0 else 0.0
        upper, lower = middle + band, middle - band
        if n >= 21:
            variance = (r2 - r1 * r1 / 20) / 19
            realised = sqrt(variance) * YEAR if variance > 0.0 else 0.0
    moved = gain + loss
    return state, (
        e12 if n >= 12 else None,
        e26 if n >= 26 else None,
        macd if n >= 26 else None,
        signal if n >= 34 else None,
        macd - signal if n >= 34 else None,
        (100 * gain / moved if moved else 50.0) if n >= 15 else None,
        upper,
        middle,
        lower,
        spread if n >= 15 else None,
        turnover / volume if volume else None,
        realised,
    )
