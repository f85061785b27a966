"""Columns as TA-Lib has them, or as they are put together from its functions."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import talib

from transforms.kernels.columns import Floats

Oracle = Callable[[pd.DataFrame], Floats]


def of(function: Callable[..., object], fields: str, *numbers: float, part: int = 0) -> Oracle:
    """A function of TA-Lib; fields by their first letters, ``part`` of several results."""
    names = {"h": "high", "l": "low", "c": "close", "v": "volume"}

    def values(t: pd.DataFrame) -> Floats:
        given = function(*(t[names[letter]].to_numpy(np.float64) for letter in fields), *numbers)
        return np.array(given[part] if isinstance(given, tuple) else given, np.float64)

    return values


def keltner(sign: int) -> Oracle:
    return lambda t: of(talib.EMA, "c", 20)(t) + sign * 2.0 * of(talib.ATR, "hlc", 10)(t)


def percent_b(t: pd.DataFrame) -> Floats:
    upper, _, lower = talib.BBANDS(t["close"].to_numpy(), 20, 2, 2)
    return (t["close"].to_numpy() - lower) / (upper - lower)


def width(t: pd.DataFrame) -> Floats:
    upper, middle, lower = talib.BBANDS(t["close"].to_numpy(), 20, 2, 2)
    return (upper - lower) / middle


def squeeze(t: pd.DataFrame) -> Floats:
    upper, _, lower = talib.BBANDS(t["close"].to_numpy(), 20, 2, 2)
    inside = (upper < keltner(1)(t)) & (lower > keltner(-1)(t))
    run, given = 0, np.full(len(t), np.nan)
    for i, now in enumerate(inside):
        if i > 19:
            given[i] = run
        run = run + 1 if now else 0
    return given


def middle(t: pd.DataFrame, length: int) -> Floats:
    return talib.MIDPRICE(t["high"].to_numpy(), t["low"].to_numpy(), length)


def shifted(values: Floats, by: int) -> Floats:
    return np.concatenate([np.full(by, np.nan), values[:-by]])


def stochastic_strength(t: pd.DataFrame, smoothings: int) -> Floats:
    values = talib.STOCHRSI(t["close"].to_numpy(), 14, 14, 1, 0)[0]
    for _ in range(smoothings):
        values = talib.SMA(values, 3)
    return values


def change(length: int) -> Oracle:
    return of(talib.ROC, "c", length)


def yearly(variance: Floats) -> Floats:
    return 100.0 * np.sqrt(252.0 * variance)


def realised(t: pd.DataFrame) -> Floats:
    logs = np.diff(talib.LN(t["close"].to_numpy()))
    return np.concatenate([[np.nan], yearly(talib.VAR(logs, 20) * 20 / 19)])


def parkinson(t: pd.DataFrame) -> Floats:
    ranges = talib.LN(t["high"].to_numpy() / t["low"].to_numpy()) ** 2
    return yearly(talib.SMA(ranges, 20) / (4 * np.log(2)))


def garman_klass(t: pd.DataFrame) -> Floats:
    ranges = talib.LN(t["high"].to_numpy() / t["low"].to_numpy()) ** 2
    moves = talib.LN(t["close"].to_numpy() / t["open"].to_numpy()) ** 2
    return yearly(talib.SMA(ranges / 2 - (2 * np.log(2) - 1) * moves, 20))


def year(t: pd.DataFrame, field: str) -> Floats:
    extreme = talib.MAX if field == "high" else talib.MIN
    return 100.0 * (t["close"].to_numpy() / extreme(t[field].to_numpy(), 252) - 1.0)


TA_LIB: dict[str, Oracle] = {
    **{f"sma_{n}": of(talib.SMA, "c", n) for n in (20, 50, 200)},
    **{f"ema_{n}": of(talib.EMA, "c", n) for n in (9, 12, 20, 26, 50, 200)},
    **{"wma_20": of(talib.WMA, "c", 20), "hma_20": of(talib.HMA, "c", 20)},
    **{"rma_14": of(talib.RMA, "c", 14), "kama_10": of(talib.KAMA, "c", 10)},
    "macd": of(talib.MACD, "c", 12, 26, 9),
    "macd_signal": of(talib.MACD, "c", 12, 26, 9, part=1),
    "macd_histogram": of(talib.MACD, "c", 12, 26, 9, part=2),
    "adx_14": of(talib.ADX, "hlc", 14),
    "plus_di_14": of(talib.PLUS_DI, "hlc", 14),
    "minus_di_14": of(talib.MINUS_DI, "hlc", 14),
    "aroon_up_25": of(talib.AROON, "hl", 25, part=1),
    "aroon_down_25": of(talib.AROON, "hl", 25),
    "supertrend_10_3": of(talib.SUPERTREND, "hlc", 10, 3.0),
    "supertrend_direction": of(talib.SUPERTREND, "hlc", 10, 3.0, part=1),
    "psar": of(talib.SAR, "hl", 0.02, 0.2),
    "ichimoku_conversion": lambda t: middle(t, 9),
    "ichimoku_base": lambda t: middle(t, 26),
    "ichimoku_span_a": lambda t: shifted((middle(t, 9) + middle(t, 26)) / 2, 26),
    "ichimoku_span_b": lambda t: shifted(middle(t, 52), 26),
    "rsi_14": of(talib.RSI, "c", 14),
    "stoch_rsi_k": lambda t: stochastic_strength(t, 1),
    "stoch_rsi_d": lambda t: stochastic_strength(t, 2),
    "stoch_k": of(talib.STOCH, "hlc", 14, 3, 0, 3, 0),
    "stoch_d": of(talib.STOCH, "hlc", 14, 3, 0, 3, 0, part=1),
    **{"williams_r_14": of(talib.WILLR, "hlc", 14), "cci_20": of(talib.CCI, "hlc", 20)},
    **{"roc_10": change(10), "change_1d_pct": change(1), "change_7d_pct": change(7)},
    **{"tsi_25_13": of(talib.TSI, "c", 25, 13), "uo": of(talib.ULTOSC, "hlc", 7, 14, 28)},
    "vortex_plus_14": of(talib.VORTEX, "hlc", 14),
    "vortex_minus_14": of(talib.VORTEX, "hlc", 14, part=1),
    "true_range": of(talib.TRANGE, "hlc"),
    **{f"atr_{n}": of(talib.ATR, "hlc", n) for n in (14, 22)},
    "natr_14": of(talib.NATR, "hlc", 14),
    "bb_upper_20_2": of(talib.BBANDS, "c", 20, 2, 2),
    "bb_middle_20_2": of(talib.BBANDS, "c", 20, 2, 2, part=1),
    "bb_lower_20_2": of(talib.BBANDS, "c", 20, 2, 2, part=2),
    **{"bb_percent_b": percent_b, "bb_width": width},
    **{"keltner_upper": keltner(1), "keltner_middle": keltner(0), "keltner_lower": keltner(-1)},
    "squeeze_bars": squeeze,
    "donchian_upper_20": of(talib.DONCHIAN, "hl", 20),
    "donchian_lower_20": of(talib.DONCHIAN, "hl", 20, part=2),
    "donchian_upper_prev_20": lambda t: shifted(of(talib.MAX, "h", 20)(t), 1),
    "donchian_lower_prev_20": lambda t: shifted(of(talib.MIN, "l", 20)(t), 1),
    **{"realised_vol_20": realised, "parkinson_vol_20": parkinson},
    "garman_klass_vol_20": garman_klass,
    "vwap_session": of(talib.VWAP, "hlcv"),
    **{"obv": of(talib.OBV, "cv"), "adl": of(talib.AD, "hlcv"), "rvol_20": of(talib.RVOL, "v", 20)},
    **{"cmf_20": of(talib.CMF, "hlcv", 20), "mfi_14": of(talib.MFI, "hlcv", 14)},
    "highest_close_22": of(talib.MAX, "c", 22),
    "high_52w_distance_pct": lambda t: year(t, "high"),
    "low_52w_distance_pct": lambda t: year(t, "low"),
}
