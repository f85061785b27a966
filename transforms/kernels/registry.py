"""Every indicator by its column name, and the kernels that give a selection of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches

from transforms.kernels.columns import Bars, Column, Columns, Kernel
from transforms.kernels.conventions import Conventions
from transforms.kernels.families import FAMILIES
from transforms.kernels.session import AnchoredVwap
from transforms.kernels.stability import StableDigits

INDICATORS: tuple[str, ...] = (
    *("sma_20", "sma_50", "sma_200"),
    *("ema_9", "ema_12", "ema_20", "ema_26", "ema_50", "ema_200"),
    *("wma_20", "hma_20"),
    *("macd", "macd_signal", "macd_histogram"),
    *("adx_14", "plus_di_14", "minus_di_14", "aroon_up_25", "aroon_down_25"),
    *("supertrend_10_3", "supertrend_direction", "psar"),
    *("ichimoku_conversion", "ichimoku_base", "ichimoku_span_a", "ichimoku_span_b"),
    *("rsi_14", "stoch_rsi_k", "stoch_rsi_d", "stoch_k", "stoch_d"),
    *("williams_r_14", "cci_20", "roc_10"),
    *("atr_14", "natr_14"),
    *("bb_upper_20_2", "bb_middle_20_2", "bb_lower_20_2", "bb_percent_b", "bb_width"),
    *("keltner_upper", "keltner_middle", "keltner_lower"),
    *("donchian_upper_20", "donchian_lower_20"),
    *("realised_vol_20", "ewma_vol", "parkinson_vol_20"),
    *("vwap_session", "vwap_upper_1", "vwap_lower_1", "obv"),
    *("adl", "cmf_20", "mfi_14", "rvol_20"),
    *("change_1d_pct", "change_7d_pct", "stable_digits"),
)
"""Columns of the indicators table, in its order."""

RULE_INPUTS: tuple[str, ...] = (
    *("rsi_degenerate", "atr_22", "highest_close_22", "robust_z_250"),
    "squeeze_bars",
)
"""Columns that only advice rules read."""

COLUMNS: tuple[str, ...] = INDICATORS + RULE_INPUTS

PERIODS = range(2, 1001)
ANCHORS = range(1, 1 << 37)  # seconds since 1970-01-01
USUAL = Conventions()


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


def build_kernels(
    columns: Sequence[str] | None, *, bars_per_year: float, conventions: Conventions = USUAL
) -> tuple[Kernel, ...]:
    """Kernels that together give each wanted column once and no other, computing nothing twice.

    Args:
        columns: names of ``COLUMNS``, or with other periods (``sma_30``, ``rsi_21``,
            ``bb_upper_30_2``); None for all of ``COLUMNS``.
        bars_per_year: of the interval; scales volatilities.
        conventions: how indicators begin and break ties.

    Raises:
        ValueError: a name is not known, its period is out of ``PERIODS``, ``bars_per_year`` is not
            positive.
    """
    if not bars_per_year > 0.0:
        raise ValueError(f"`bars_per_year` must be positive, was {bars_per_year}")
    wanted = tuple(dict.fromkeys(COLUMNS if columns is None else columns))
    options = {"bars_per_year": bars_per_year, **conventions.options()}
    own = {name: _kernel_of(name, options) for name in wanted if name != "stable_digits"}
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


def column(name: str, conventions: Conventions = USUAL) -> Column:
    """What is known of a column: first bar, memory, whether it has a degenerate case.

    Raises:
        ValueError: the name is not known.
    """
    options = conventions.options()
    kernel = StableDigits(()) if name == "stable_digits" else _kernel_of(name, options)
    return next(c for c in kernel.columns if c.name == name)


def _selection(kernel: Kernel, provider: dict[str, Kernel]) -> Selection:
    return Selection(kernel, tuple(c for c in kernel.columns if provider.get(c.name) is kernel))


def _kernel_of(name: str, options: Mapping[str, object]) -> Kernel:
    """The kernel of a column; it takes the options that it has a field for."""
    for pattern, family in FAMILIES:
        if match := re.fullmatch(pattern, name):
            periods = [int(number) for number in match.groups()]
            known, what = (ANCHORS, "anchor") if family is AnchoredVwap else (PERIODS, "period")
            if periods and periods[0] not in known:
                limits = f"{known[0]} to {known[-1]}"
                raise ValueError(f"`{name}`: the {what} must be {limits}, was {periods[0]}")
            taken = {own.name: options[own.name] for own in fields(family) if own.name in options}
            kernel: Kernel = family(*periods, **taken)
            if any(column.name == name for column in kernel.columns):
                return kernel  # not so for another spelling of a known name: sma_020
    [nearest] = get_close_matches(name, COLUMNS, n=1, cutoff=0.0)
    raise ValueError(f"unknown indicator `{name}`; the nearest known is `{nearest}`")
