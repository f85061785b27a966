"""Every indicator by its column name, and the kernels that give a selection of them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from transforms.kernels.columns import Bars, Column, Columns, Kernel
from transforms.kernels.momentum import Macd, RateOfChange, RelativeStrength, Stochastic
from transforms.kernels.moving_average import ExponentialAverage, SimpleAverage, WeightedAverage
from transforms.kernels.outliers import RobustScore
from transforms.kernels.session import SessionChange, SessionVwap
from transforms.kernels.stability import StableDigits
from transforms.kernels.trend import DirectionalMovement, HighestClose
from transforms.kernels.volatility import AverageTrueRange, Bollinger, RealisedVolatility
from transforms.kernels.volume import OnBalanceVolume

INDICATORS: tuple[str, ...] = (
    *("sma_20", "sma_50", "sma_200"),
    *("ema_9", "ema_12", "ema_20", "ema_26", "ema_50", "ema_200"),
    "wma_20",
    *("macd", "macd_signal", "macd_histogram"),
    *("adx_14", "plus_di_14", "minus_di_14"),
    *("rsi_14", "stoch_k", "stoch_d", "roc_10"),
    *("atr_14", "natr_14"),
    *("bb_upper_20_2", "bb_middle_20_2", "bb_lower_20_2", "bb_percent_b", "bb_width"),
    *("realised_vol_20", "vwap_session", "obv"),
    *("change_1d_pct", "change_7d_pct", "stable_digits"),
)
"""Columns of the indicators table, in its order."""

RULE_INPUTS: tuple[str, ...] = ("rsi_degenerate", "atr_22", "highest_close_22", "robust_z_250")
"""Columns that only advice rules read."""

COLUMNS: tuple[str, ...] = INDICATORS + RULE_INPUTS

PERIODS = range(2, 1001)

_FAMILIES: tuple[tuple[str, Callable[..., Kernel]], ...] = (
    (r"sma_(\d+)", SimpleAverage),
    (r"ema_(\d+)", ExponentialAverage),
    (r"wma_(\d+)", WeightedAverage),
    (r"macd|macd_signal|macd_histogram", Macd),
    (r"(?:adx|plus_di|minus_di)_(\d+)", DirectionalMovement),
    (r"rsi_(?:degenerate_)?(\d+)", RelativeStrength),
    (r"rsi_degenerate", RelativeStrength),
    (r"stoch_k|stoch_d", Stochastic),
    (r"roc_(\d+)", RateOfChange),
    (r"n?atr_(\d+)", AverageTrueRange),
    (r"bb_(?:upper|middle|lower|percent_b|width)_(\d+)_(\d)", Bollinger),
    (r"bb_percent_b|bb_width", Bollinger),
    (r"realised_vol_(\d+)", RealisedVolatility),
    (r"vwap_session", SessionVwap),
    (r"obv", OnBalanceVolume),
    (r"change_1d_pct|change_7d_pct", SessionChange),
    (r"highest_close_(\d+)", HighestClose),
    (r"robust_z_(\d+)", RobustScore),
)


@dataclass(frozen=True)
class Selection:
    """A kernel reduced to the columns that are wanted of it."""

    kernel: Kernel
    columns: tuple[Column, ...]

    @property
    def state(self) -> Sequence[str]:
        """State of the kernel."""
        return self.kernel.state

    @property
    def lookback(self) -> int:
        """Window of the kernel."""
        return self.kernel.lookback

    def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
        """Step the kernel and keep what is wanted."""
        state, values = self.kernel.step(state, bars)
        return state, {column.name: values[column.name] for column in self.columns}


def build_kernels(columns: Sequence[str] | None, *, bars_per_year: float) -> tuple[Kernel, ...]:
    """Kernels that together give each wanted column once and no other, computing nothing twice.

    Args:
        columns: names of ``COLUMNS``, or with other periods (``sma_30``, ``rsi_21``,
            ``bb_upper_30_2``); None for all of ``COLUMNS``.
        bars_per_year: of the interval; scales realised volatility.

    Raises:
        ValueError: a name is not known, its period is out of ``PERIODS``, ``bars_per_year`` is not
            positive.
    """
    if not bars_per_year > 0.0:
        raise ValueError(f"`bars_per_year` must be positive, was {bars_per_year}")
    wanted = tuple(dict.fromkeys(COLUMNS if columns is None else columns))
    own = {name: _kernel_of(name, bars_per_year) for name in wanted if name != "stable_digits"}
    provider: dict[str, Kernel] = {}
    # The richest first: an average that is part of another kernel (EMA 12 and 26 of MACD, SMA 20 of
    # Bollinger, ATR 14 of ADX) then needs no kernel of its own.
    for kernel in sorted(dict.fromkeys(own.values()), key=lambda kernel: -len(kernel.columns)):
        if any(own[name] == kernel and name not in provider for name in own):
            parts = (column.name for column in kernel.columns)
            provider |= {part: kernel for part in parts if part in own and part not in provider}
    chosen = [_selection(kernel, provider) for kernel in dict.fromkeys(provider.values())]
    if "stable_digits" not in wanted:
        return tuple(chosen)
    return (*chosen, StableDigits(tuple(c for kernel in chosen for c in kernel.columns)))


def column(name: str) -> Column:
    """What is known of a column: first bar, memory, whether it has a degenerate case.

    Raises:
        ValueError: the name is not known.
    """
    kernel = StableDigits(()) if name == "stable_digits" else _kernel_of(name, 252.0)
    return next(c for c in kernel.columns if c.name == name)


def _selection(kernel: Kernel, provider: dict[str, Kernel]) -> Selection:
    return Selection(kernel, tuple(c for c in kernel.columns if provider.get(c.name) is kernel))


def _kernel_of(name: str, bars_per_year: float) -> Kernel:
    for pattern, family in _FAMILIES:
        if match := re.fullmatch(pattern, name):
            periods = [int(number) for number in match.groups()]
            if periods and periods[0] not in PERIODS:
                limits = f"{PERIODS[0]} to {PERIODS[-1]}"
                raise ValueError(f"`{name}`: the period must be {limits}, was {periods[0]}")
            extra = {"bars_per_year": bars_per_year} if family is RealisedVolatility else {}
            kernel = family(*periods, **extra)
            if any(column.name == name for column in kernel.columns):
                return kernel  # not so for another spelling of a known name: sma_020
    [nearest] = get_close_matches(name, COLUMNS, n=1, cutoff=0.0)
    raise ValueError(f"unknown indicator `{name}`; the nearest known is `{nearest}`")
