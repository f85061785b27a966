"""Which kernel gives a column: the form of its name, and the kernel its numbers go to.

An indicator is added by a kernel and a line here; a kernel is a frozen dataclass whose first fields
are the numbers of the name, in their order.
"""

from typing import Any

from transforms.kernels.adaptive_average import AdaptiveAverage
from transforms.kernels.annualised import (
    ExponentialVolatility,
    GarmanKlassVolatility,
    ParkinsonVolatility,
    RealisedVolatility,
)
from transforms.kernels.channels import DonchianBefore, DonchianChannel, KeltnerChannel, Squeeze
from transforms.kernels.ichimoku import Ichimoku
from transforms.kernels.levels import OpeningGap, YearRange
from transforms.kernels.momentum import Macd, RateOfChange, RelativeStrength, TrueStrength
from transforms.kernels.money_flow import ChaikinMoneyFlow, MoneyFlowIndex
from transforms.kernels.moving_average import (
    ExponentialAverage,
    HullAverage,
    SimpleAverage,
    WeightedAverage,
    WilderAverage,
)
from transforms.kernels.oscillators import CommodityChannel, WilliamsRange
from transforms.kernels.outliers import RobustScore
from transforms.kernels.pressure import TrueRangeOfBar, UltimateOscillator, Vortex
from transforms.kernels.session import (
    AnchoredVwap,
    RelativeVolume,
    SessionChange,
    SessionVwap,
)
from transforms.kernels.stochastic import Stochastic, StochasticStrength
from transforms.kernels.stops import ParabolicStop, SuperTrend
from transforms.kernels.trend import Aroon, DirectionalMovement, HighestClose
from transforms.kernels.volatility import AverageTrueRange, Bollinger
from transforms.kernels.volume import AccumulationDistribution, OnBalanceVolume

FAMILIES: tuple[tuple[str, type[Any]], ...] = (
    (r"sma_(\d+)", SimpleAverage),
    (r"ema_(\d+)", ExponentialAverage),
    (r"wma_(\d+)", WeightedAverage),
    (r"hma_(\d+)", HullAverage),
    (r"rma_(\d+)", WilderAverage),
    (r"kama_(\d+)", AdaptiveAverage),
    (r"macd|macd_signal|macd_histogram", Macd),
    (r"(?:adx|plus_di|minus_di)_(\d+)", DirectionalMovement),
    (r"aroon_(?:up|down)_(\d+)", Aroon),
    (r"supertrend_(?:direction_)?(\d+)_(\d)", SuperTrend),
    (r"supertrend_direction", SuperTrend),
    (r"psar", ParabolicStop),
    (r"ichimoku_(?:conversion|base|span_a|span_b)", Ichimoku),
    (r"rsi_(?:degenerate_)?(\d+)", RelativeStrength),
    (r"rsi_degenerate", RelativeStrength),
    (r"stoch_rsi_k|stoch_rsi_d", StochasticStrength),
    (r"stoch_k|stoch_d", Stochastic),
    (r"williams_r_(\d+)", WilliamsRange),
    (r"cci_(\d+)", CommodityChannel),
    (r"roc_(\d+)", RateOfChange),
    (r"tsi_(\d+)_(\d+)", TrueStrength),
    (r"uo", UltimateOscillator),
    (r"vortex_(?:plus|minus)_(\d+)", Vortex),
    (r"true_range", TrueRangeOfBar),
    (r"n?atr_(\d+)", AverageTrueRange),
    (r"bb_(?:upper|middle|lower|percent_b|width)_(\d+)_(\d)", Bollinger),
    (r"bb_percent_b|bb_width", Bollinger),
    (r"keltner_(?:upper|middle|lower)_(\d+)_(\d+)_(\d)", KeltnerChannel),
    (r"keltner_(?:upper|middle|lower)", KeltnerChannel),
    (r"squeeze_bars", Squeeze),
    (r"donchian_(?:upper|lower)_(\d+)", DonchianChannel),
    (r"donchian_(?:upper|lower)_prev_(\d+)", DonchianBefore),
    (r"realised_vol_(\d+)", RealisedVolatility),
    (r"ewma_vol", ExponentialVolatility),
    (r"parkinson_vol_(\d+)", ParkinsonVolatility),
    (r"garman_klass_vol_(\d+)", GarmanKlassVolatility),
    (r"vwap_session|vwap_(?:upper|lower)_[12]", SessionVwap),
    (r"vwap_anchored_(\d{1,12})", AnchoredVwap),
    (r"rvol_(\d+)", RelativeVolume),
    (r"obv", OnBalanceVolume),
    (r"adl", AccumulationDistribution),
    (r"cmf_(\d+)", ChaikinMoneyFlow),
    (r"mfi_(\d+)", MoneyFlowIndex),
    (r"change_1d_pct|change_7d_pct", SessionChange),
    (r"highest_close_(\d+)", HighestClose),
    (r"high_52w_distance_pct|low_52w_distance_pct", YearRange),
    (r"gap_pct", OpeningGap),
    (r"robust_z_(\d+)", RobustScore),
)
