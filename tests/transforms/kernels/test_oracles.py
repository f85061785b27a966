"""Other people's code: TA-Lib and talipp, where they have the same conventions as we have.

Not compared, because they differ on purpose: TA-Lib's MACD and ADX (other seeds), talipp's ATR
(a true range for bar 1) and both on a flat price.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import talib
from talipp import indicators as talipp
from talipp.ohlcv import OHLCV

from transforms.kernels.registry import build_kernels

GOLDEN = Path(__file__).parents[2] / "golden" / "kernel_bars.csv"
NAMES = (
    *("sma_20", "sma_200", "ema_9", "ema_50", "wma_20", "rsi_14", "stoch_k", "stoch_d", "roc_10"),
    *("atr_14", "atr_22", "natr_14", "bb_upper_20_2", "bb_middle_20_2", "bb_lower_20_2", "obv"),
    *("macd", "macd_signal", "macd_histogram", "adx_14", "highest_close_22"),
)

Run = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(GOLDEN).astype(np.float64)


@pytest.fixture(scope="module")
def ours(table: pd.DataFrame, run: Run, bars: Run) -> pd.DataFrame:
    columns = {name: table[name] for name in ("open", "high", "low", "volume")}
    return run(build_kernels(NAMES, bars_per_year=252.0), bars(table["close"], **columns))


def ta_lib(name: str, t: pd.DataFrame) -> np.ndarray:
    h, low, c, v = (t[field].to_numpy() for field in ("high", "low", "close", "volume"))
    family, _, rest = name.partition("_")
    if family in ("sma", "ema", "wma", "rsi", "roc"):
        return getattr(talib, family.upper())(c, int(rest))
    if family in ("atr", "natr"):
        return getattr(talib, family.upper())(h, low, c, int(rest))
    if family == "bb":
        return talib.BBANDS(c, 20, 2, 2)[("upper", "middle", "lower").index(rest.split("_")[0])]
    if family == "stoch":
        return talib.STOCH(h, low, c, 14, 3, 0, 3, 0)[("k", "d").index(rest)]
    if family == "obv":
        return talib.OBV(c, v) - v[0]  # it starts at the first volume, ours at 0
    return talib.MAX(c, int(rest.rpartition("_")[2]))


@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith(("macd", "adx"))])
def test_values_are_those_of_ta_lib(name: str, ours: pd.DataFrame, table: pd.DataFrame) -> None:
    theirs = ta_lib(name, table)
    both = ~np.isnan(theirs)
    # TA-Lib holds %K back until %D begins
    assert ours[name].first_valid_index() == np.argmax(both) - 2 * (name == "stoch_k")
    if name.startswith("stoch"):  # without a range it gives 0 where we have a neutral 50
        height = table["high"].rolling(14).max() - table["low"].rolling(14).min()
        both &= height.rolling(5).min() > 0.0
    np.testing.assert_allclose(ours[name][both], theirs[both], rtol=1e-9, atol=1e-9)


def test_macd_is_that_of_talipp(ours: pd.DataFrame, table: pd.DataFrame) -> None:
    values = list(talipp.MACD(12, 26, 9, table["close"].tolist()))
    for place, value in enumerate(values):
        for name, part in (("macd", "macd"), ("signal", "signal"), ("histogram", "histogram")):
            mine = ours["macd" if name == "macd" else f"macd_{name}"][place]
            theirs = getattr(value, part) if value is not None else None
            assert np.isnan(mine) if theirs is None else mine == pytest.approx(theirs, abs=1e-10)


def test_adx_is_that_of_talipp(ours: pd.DataFrame, table: pd.DataFrame) -> None:
    fields = table[["open", "high", "low", "close", "volume"]].itertuples(index=False)
    values = list(talipp.ADX(14, 14, [OHLCV(*row) for row in fields]))
    theirs = [v.adx if v is not None and v.adx is not None else np.nan for v in values]
    np.testing.assert_allclose(ours["adx_14"], theirs, rtol=1e-9)
