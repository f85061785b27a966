"""Every indicator under every convention: where it begins, and that no market makes it infinite."""

from itertools import product
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from tests.transforms.kernels.conftest import bars_of, step_all
from tests.transforms.kernels.test_registry import UNLISTED
from transforms.kernels.conventions import AroonTie, Conventions, EmaSeed, TrueRange
from transforms.kernels.registry import COLUMNS, build_kernels, column

LENGTH = 260
NAMES = (*COLUMNS, *UNLISTED)
IN_SESSION = ("vwap_upper_1", "vwap_lower_1")  # these need a session of more than one bar
ALL = [Conventions(*choice) for choice in product(*map(get_args, (EmaSeed, TrueRange, AroonTie)))]


def walk(level: float, seed: int = 4) -> np.ndarray:
    return level * (1.0 + 0.01 * np.random.default_rng(seed).normal(size=LENGTH)).cumprod()


def candles(close: np.ndarray, *, wide: float = 0.01, **more: object) -> pd.DataFrame:
    """A session per bar, and a range around each close."""
    high, low = close * (1.0 + wide), close * (1.0 - wide)
    return bars_of(close, high=high, low=low, **{"session": np.arange(LENGTH)} | more)


def halted() -> pd.DataFrame:
    """It moves, stands still without volume for 120 bars, and moves again."""
    close = walk(80.0)
    close[70:190] = close[70]
    volume = np.where(np.arange(LENGTH) % 190 < 70, 500.0, 0.0)
    return candles(close, wide=0.0, volume=volume, session=np.arange(LENGTH) // 20)


MARKETS = {
    "ordinary": candles(walk(100.0)),
    "one session": candles(walk(100.0), session=0),
    "flat": candles(np.full(LENGTH, 7.0), wide=0.0),
    "halted": halted(),
    "no volume": candles(walk(30.0), volume=0.0),
    "penny": candles(np.maximum(np.round(walk(0.02), 2), 0.01), wide=0.0, volume=1e9),
    "dear": candles(walk(1e8), volume=1e-6),
    "dear, one print": candles(np.where(np.arange(LENGTH) == 100, 1.2e8, 1e8), wide=0.0),
    "up and down": candles(np.where(np.arange(LENGTH) // 30 % 2, 1e8, 0.01), volume=1e6),
    "up alone": candles(1.0 + np.arange(LENGTH), wide=0.0),
}


@pytest.fixture(scope="module", params=ALL, ids=lambda one: "-".join(vars(one).values()))
def conventions(request: pytest.FixtureRequest) -> Conventions:
    choice: Conventions = request.param
    return choice


@pytest.fixture(scope="module")
def values(conventions: Conventions) -> dict[str, pd.DataFrame]:
    """Of every column, by market; all markets are stepped together."""
    bars = pd.concat([bars.assign(symbol=name) for name, bars in MARKETS.items()])
    kernels = build_kernels(NAMES, bars_per_year=252.0, conventions=conventions)
    found = step_all(kernels, bars.reset_index(drop=True))
    return {
        name: found.iloc[place * LENGTH : (place + 1) * LENGTH].reset_index(drop=True)
        for place, name in enumerate(MARKETS)
    }


def test_every_column_begins_at_its_first_bar_and_goes_on(
    values: dict[str, pd.DataFrame], conventions: Conventions
) -> None:
    for name in NAMES:
        found = values["one session" if name in IN_SESSION else "ordinary"][name].notna()
        first = column(name, conventions).first
        assert found.tolist() == [bar >= first for bar in range(1, LENGTH + 1)], name


def test_every_value_of_every_market_is_finite_or_null_and_none_is_too_early(
    values: dict[str, pd.DataFrame], conventions: Conventions
) -> None:
    for market, found in values.items():
        assert not np.isinf(found.to_numpy()).any(), market
        for name in NAMES:
            early = found[name].iloc[: column(name, conventions).first - 1]
            assert early.isna().all(), (market, name)


BETWEEN = {
    **dict.fromkeys(("rsi_14", "stoch_rsi_k", "stoch_rsi_d", "stoch_k", "stoch_d"), (0, 100)),
    **dict.fromkeys(("adx_14", "plus_di_14", "minus_di_14", "mfi_14"), (0, 100)),
    **dict.fromkeys(("aroon_up_25", "aroon_down_25"), (0, 100)),
    "williams_r_14": (-100, 0),
    "cmf_20": (-1, 1),
    **dict.fromkeys(("realised_vol_20", "ewma_vol", "parkinson_vol_20", "rvol_20"), (0, np.inf)),
    **dict.fromkeys(("atr_14", "natr_14", "bb_width"), (0, np.inf)),
    "stable_digits": (0, 15),
}


def test_bounded_columns_keep_within_their_bounds(values: dict[str, pd.DataFrame]) -> None:
    for market, found in values.items():
        for name, (low, high) in BETWEEN.items():
            known = found[name].dropna()
            assert known.between(low, high).all(), (market, name, known.min(), known.max())
