"""Random bars on which our kernels and other people's must agree: seeded, always the same."""

from functools import cache

import numpy as np
import pandas as pd

from tests.transforms.kernels.conftest import bars_of, step_all
from transforms.kernels.conventions import Conventions
from transforms.kernels.registry import build_kernels

LENGTH = 700
USUAL, TRADINGVIEW = Conventions(), Conventions(true_range="tradingview")


def walk(seed: int, *, level: float, volatility: float, drift: float, tick: float) -> pd.DataFrame:
    """A walk whose bars have gaps, ranges and whole volumes; prices are multiples of ``tick``."""
    draw = np.random.default_rng(seed)
    moves = drift + volatility * draw.normal(size=LENGTH)
    close = level * np.exp(moves.cumsum())
    gap = np.exp(0.3 * volatility * draw.normal(size=LENGTH))
    first = np.concatenate([[level], close[:-1]]) * gap
    wide = np.exp(volatility * draw.random((2, LENGTH)))
    high, low = np.maximum(first, close) * wide[0], np.minimum(first, close) / wide[1]
    first, high, low, close = (
        np.maximum(np.round(price / tick), 1.0) * tick for price in (first, high, low, close)
    )
    volume = draw.integers(1, 100_000, LENGTH).astype(np.float64)
    return bars_of(close, open=first, high=high, low=low, volume=volume)


SERIES = {
    "trending": walk(1, level=100.0, volatility=0.008, drift=0.002, tick=0.01),
    "volatile": walk(2, level=250.0, volatility=0.06, drift=0.0, tick=0.05),
    "penny": walk(3, level=2.6, volatility=0.01, drift=0.0, tick=0.01),  # with many equal prices
    "million": walk(4, level=1e6, volatility=0.012, drift=0.0, tick=0.5),
}


@cache
def values_of(series: str, names: tuple[str, ...], conventions: Conventions) -> pd.DataFrame:
    """Our values of columns, each bar a session of its own but for those of a session."""
    frame = SERIES[series]
    kernels = build_kernels(names, bars_per_year=252.0, conventions=conventions)
    in_session = [name for name in names if name.startswith("vwap")]
    daily = step_all(kernels, frame.assign(session=np.arange(LENGTH), minute=0))
    return daily.assign(**step_all(kernels, frame)[in_session])
