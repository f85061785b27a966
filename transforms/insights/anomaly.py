"""What is out of the ordinary about the last closed bar of a symbol.

Robust z: 0.6745 (x - median) / MAD (B. Iglewicz and D. C. Hoaglin, How to Detect and Handle
Outliers, 1993) over the bars before; 3.5 is their limit, 5 a judgement. A measure that cannot be
told is ``not_evaluated``, never normal.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

WINDOW, MINIMUM = 250, 60
UNUSUAL, ANOMALY = 3.5, 5.0
NORMALISED = 0.6745  # makes MAD of a normal distribution its standard deviation
GAP_ATR, ATR_BARS = 3.0, 14
BANDS = (0.05, 0.10, 0.20)  # of NSE, from the close of the session before
TICK = 0.05
BANDED = "NSE"
NORMAL, NOT_EVALUATED = "normal", "not_evaluated"


@dataclass(frozen=True)
class Candle:
    """A closed bar."""

    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True)
class Check:
    """One measure of the last bar.

    Attributes:
        kind: move, gap, price_band or volume. state: normal, unusual, anomaly or not_evaluated.
        value: in units of ``unit``: sigma (robust z), atr, or fraction (the band that was hit; 0:
            none). threshold: from which on it is not normal. n: bars it was measured on.
        reason: why it was not evaluated.
    """

    kind: str
    state: str
    value: float | None
    unit: str
    threshold: float
    n: int
    reason: str = ""

    @property
    def found(self) -> bool:
        """Whether there is something to tell."""
        return self.state not in (NORMAL, NOT_EVALUATED)


def checks(bars: Sequence[Candle], *, daily: bool, exchange: str) -> list[Check]:
    """Every measure of the last of ``bars``.

    Args:
        bars: closed, oldest first.
        daily: whether a bar is a session; only then there is a price band to hit.
        exchange: of the symbol, e.g. NSE.
    """
    found = [move(bars), gap(bars), volume(bars)]
    if daily and exchange == BANDED:
        found.append(price_band(bars))
    return found


def move(bars: Sequence[Candle]) -> Check:
    """The last return against those before."""
    closes = [bar.close for bar in bars[-WINDOW - 2 :]]
    returns = [now / before - 1.0 for before, now in pairwise(closes)]
    return _robust("move", returns)


def volume(bars: Sequence[Candle]) -> Check:
    """The last volume against those before, by their logarithms; bars without any are left out."""
    earlier = [math.log(bar.volume) for bar in bars[-WINDOW - 1 : -1] if bar.volume > 0.0]
    if not bars or not bars[-1].volume > 0.0:
        return _untold("volume", "sigma", UNUSUAL, len(earlier), "no volume")
    return _robust("volume", [*earlier, math.log(bars[-1].volume)])


def gap(bars: Sequence[Candle]) -> Check:
    """The open against the close before, in ATR up to there."""
    before, told = bars[:-1], _told("gap", "atr", GAP_ATR)
    spread = average_true_range(before)
    if spread is None:
        return _untold("gap", "atr", GAP_ATR, len(before), "short history")
    if not spread > 0.0:
        return _untold("gap", "atr", GAP_ATR, len(before), "the price has not moved")
    size = (bars[-1].open - before[-1].close) / spread
    return told("unusual" if abs(size) > GAP_ATR else NORMAL, size, len(before))


def price_band(bars: Sequence[Candle]) -> Check:
    """Whether the session closed at its extreme within a tick of a daily limit."""
    told = _told("price_band", "fraction", min(BANDS))
    if len(bars) < 2:
        return _untold("price_band", "fraction", min(BANDS), len(bars), "short history")
    before, last = bars[-2].close, bars[-1]
    for band in BANDS:
        up, down = before * (1.0 + band), before * (1.0 - band)
        if last.close == last.high and abs(last.close - up) <= TICK:
            return told("unusual", band, 2)
        if last.close == last.low and abs(last.close - down) <= TICK:
            return told("unusual", -band, 2)
    return told(NORMAL, 0.0, 2)


def average_true_range(bars: Sequence[Candle]) -> float | None:
    """Wilder's, over ``ATR_BARS``, from the second bar on; None when there are too few."""
    ranges = [
        max(bar.high, earlier.close) - min(bar.low, earlier.close)
        for earlier, bar in pairwise(bars)
    ]
    if len(ranges) < ATR_BARS:
        return None
    mean = sum(ranges[:ATR_BARS]) / ATR_BARS
    for size in ranges[ATR_BARS:]:
        mean += (size - mean) / ATR_BARS
    return mean


def _robust(kind: str, values: Sequence[float]) -> Check:
    earlier = values[:-1]
    if len(earlier) < MINIMUM:
        return _untold(kind, "sigma", UNUSUAL, len(earlier), "short history")
    middle = median(earlier)
    spread = median(abs(value - middle) for value in earlier)
    if spread == 0.0:
        return _untold(kind, "sigma", UNUSUAL, len(earlier), "more than half are the same")
    score = NORMALISED * (values[-1] - middle) / spread
    size = abs(score)
    state = "anomaly" if size >= ANOMALY else "unusual" if size >= UNUSUAL else NORMAL
    return Check(kind, state, score, "sigma", UNUSUAL, len(earlier))


def _told(kind: str, unit: str, threshold: float) -> Callable[[str, float, int], Check]:
    return lambda state, value, n: Check(kind, state, value, unit, threshold, n)


def _untold(kind: str, unit: str, threshold: float, n: int, reason: str) -> Check:
    return Check(kind, NOT_EVALUATED, None, unit, threshold, n, reason)
