"""Columns as talipp has them."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import numpy as np
import pandas as pd
from talipp import indicators as talipp
from talipp.indicators.SuperTrend import Trend
from talipp.ohlcv import OHLCV

from transforms.kernels.columns import Floats

Oracle = Callable[[pd.DataFrame], Floats]
WAYS = {Trend.UP: 1.0, Trend.DOWN: -1.0}


def of(
    indicator: Callable[..., Any], *numbers: float, part: str = "", kind: str = "bars"
) -> Oracle:
    """An indicator of talipp over bars or closes; ``part`` of its values."""

    def number(value: Any) -> float:
        value = attrgetter(part)(value) if part and value is not None else value
        return np.nan if value is None else float(WAYS.get(value, value))

    def values(t: pd.DataFrame) -> Floats:
        fields = t[["open", "high", "low", "close", "volume"]].itertuples(index=False)
        given = [OHLCV(*row) for row in fields] if kind == "bars" else t["close"].tolist()
        return np.array([number(value) for value in indicator(*numbers, given)])

    return values


def of_close(indicator: Callable[..., Any], *numbers: float, part: str = "") -> Oracle:
    return of(indicator, *numbers, part=part, kind="close")


TALIPP: dict[str, Oracle] = {
    **{f"sma_{n}": of_close(talipp.SMA, n) for n in (20, 50, 200)},
    **{f"ema_{n}": of_close(talipp.EMA, n) for n in (9, 12, 20, 26, 50, 200)},
    **{"wma_20": of_close(talipp.WMA, 20), "hma_20": of_close(talipp.HMA, 20)},
    **{"rma_14": of_close(talipp.SMMA, 14), "kama_10": of_close(talipp.KAMA, 10, 2, 30)},
    "macd": of_close(talipp.MACD, 12, 26, 9, part="macd"),
    "macd_signal": of_close(talipp.MACD, 12, 26, 9, part="signal"),
    "macd_histogram": of_close(talipp.MACD, 12, 26, 9, part="histogram"),
    "adx_14": of(talipp.ADX, 14, 14, part="adx"),
    "plus_di_14": of(talipp.ADX, 14, 14, part="plus_di"),
    "minus_di_14": of(talipp.ADX, 14, 14, part="minus_di"),
    "aroon_up_25": of(talipp.Aroon, 25, part="up"),
    "aroon_down_25": of(talipp.Aroon, 25, part="down"),
    "supertrend_10_3": of(talipp.SuperTrend, 10, 3, part="value"),
    "supertrend_direction": of(talipp.SuperTrend, 10, 3, part="trend"),
    "psar": of(talipp.ParabolicSAR, 0.02, 0.02, 0.2, part="value"),
    "ichimoku_conversion": of(talipp.Ichimoku, 26, 9, 26, 52, 26, part="conversion_line"),
    "ichimoku_base": of(talipp.Ichimoku, 26, 9, 26, 52, 26, part="base_line"),
    "ichimoku_span_a": of(talipp.Ichimoku, 26, 9, 26, 52, 26, part="cloud_leading_fast_line"),
    # its slow span looks one bar further back than its fast one
    "ichimoku_span_b": of(talipp.Ichimoku, 26, 9, 26, 52, 25, part="cloud_leading_slow_line"),
    "rsi_14": of_close(talipp.RSI, 14),
    "stoch_rsi_k": of_close(talipp.StochRSI, 14, 14, 3, 3, part="k"),
    "stoch_rsi_d": of_close(talipp.StochRSI, 14, 14, 3, 3, part="d"),
    "stoch_k": of(talipp.Stoch, 14, 3, part="d"),  # its %D is the slow %K
    **{"williams_r_14": of(talipp.Williams, 14), "cci_20": of(talipp.CCI, 20)},
    **{"roc_10": of_close(talipp.ROC, 10), "change_1d_pct": of_close(talipp.ROC, 1)},
    **{"change_7d_pct": of_close(talipp.ROC, 7), "tsi_25_13": of_close(talipp.TSI, 13, 25)},
    "uo": of(talipp.UO, 7, 14, 28),
    "vortex_plus_14": of(talipp.VTX, 14, part="plus_vtx"),
    "vortex_minus_14": of(talipp.VTX, 14, part="minus_vtx"),
    **{f"atr_{n}": of(talipp.ATR, n) for n in (14, 22)},
    "natr_14": of(talipp.NATR, 14),
    "bb_upper_20_2": of_close(talipp.BB, 20, 2, part="ub"),
    "bb_middle_20_2": of_close(talipp.BB, 20, 2, part="cb"),
    "bb_lower_20_2": of_close(talipp.BB, 20, 2, part="lb"),
    "keltner_upper": of(talipp.KeltnerChannels, 20, 10, 2, 2, part="ub"),
    "keltner_middle": of(talipp.KeltnerChannels, 20, 10, 2, 2, part="cb"),
    "keltner_lower": of(talipp.KeltnerChannels, 20, 10, 2, 2, part="lb"),
    "donchian_upper_20": of(talipp.DonchianChannels, 20, part="ub"),
    "donchian_lower_20": of(talipp.DonchianChannels, 20, part="lb"),
    **{"vwap_session": of(talipp.VWAP), "obv": of(talipp.OBV), "adl": of(talipp.AccuDist)},
}
