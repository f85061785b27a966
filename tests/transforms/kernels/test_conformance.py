"""Published vectors: every row of ../shared/vectors/cases.csv that is about an indicator."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from tests.transforms.kernels.vectors import (
    VECTORS,
    Case,
    aligned,
    assert_met,
    block_of,
    indicator_cases,
    quotes_of,
    run,
    series_of,
    starts_of,
)
from transforms.kernels.columns import Floats, Kernel
from transforms.kernels.conventions import Conventions
from transforms.kernels.pairs import beta, correlation
from transforms.kernels.registry import build_kernels
from transforms.kernels.smoothing import rolling_population_sd
from transforms.kernels.stochastic import Stochastic, StochasticStrength

CASES = indicator_cases()
ABSENT = pytest.param({}, marks=pytest.mark.skip(reason="../shared is not beside this clone"))
TEN = int(datetime(2020, 12, 15, 10, tzinfo=UTC).timestamp())

NAMES = {  # indicator: our columns; {0} is the first number of the case's parameters
    "SMA": "sma_{0}",
    "EMA": "ema_{0}",
    "WMA": "wma_{0}",
    "HMA": "hma_{0}",
    "KAMA": "kama_{0}",
    "RSI": "rsi_{0}",
    "MACD": "macd",
    "MACD.signal": "macd_signal",
    "MACD.hist": "macd_histogram",
    "TR": "true_range",
    "ATR": "atr_{0}",
    "BB.upper": "bb_upper_{0}_{1}",
    "BB.lower": "bb_lower_{0}_{1}",
    "BB.%B": "bb_percent_b",
    "ADX": "adx_{0}",
    "+DI": "plus_di_{0}",
    "-DI": "minus_di_{0}",
    "WILLR": "williams_r_{0}",
    "CCI": "cci_{0}",
    "MFI": "mfi_{0}",
    "OBV": "obv",
    "ADL": "adl",
    "CMF": "cmf_{0}",
    "VWAP": "vwap_session",
    "anchored VWAP": f"vwap_anchored_{TEN}",
    "UO": "uo",
    "TSI": "tsi_{0}_{1}",
    "VI+": "vortex_plus_{0}",
    "SuperTrend": "supertrend_{0}_{1}",
    "Donchian.upper": "donchian_upper_prev_{0}",  # the current bar is excluded
    "Keltner.upper": "keltner_upper",
    "Aroon.up": "aroon_up_{0}",
    "Aroon.down": "aroon_down_{0}",
    "Ichimoku": "ichimoku_conversion ichimoku_base ichimoku_span_a ichimoku_span_b",
}
KERNELS: dict[str, tuple[Callable[..., Kernel], str]] = {  # for parameters that no name carries
    "STOCH.%K slow": (Stochastic, "stoch_k"),
    "STOCH.%D": (Stochastic, "stoch_d"),
    "STOCH": (Stochastic, "stoch_k stoch_d"),
    "StochRSI": (StochasticStrength, "stoch_rsi_k"),
}
CONVENTIONS = {
    "FIRST-SAMPLE seed": Conventions(ema_seed="first"),
    "ties -> oldest": Conventions(aroon_tie="oldest"),
}


def numbers(case: Case) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", case["params"])]


def values_of(case: Case, bars: pd.DataFrame) -> list[Floats]:
    """Our columns for the indicator of a case; an indicator that is not known is a KeyError."""
    indicator, periods = case["indicator"], numbers(case)
    if indicator in KERNELS:
        family, columns = KERNELS[indicator]
        return run([family(*periods)], columns.split(), bars)
    columns = NAMES[indicator].format(*periods)
    conventions = CONVENTIONS.get(case["convention"], Conventions())
    kernels = build_kernels(columns.split(), bars_per_year=252.0, conventions=conventions)
    return run(kernels, columns.split(), bars)


def rolling(of: Callable[..., Floats], length: int, *series: Floats) -> list[Floats]:
    """A function of windows over whole series, in the rows of these."""
    view = np.lib.stride_tricks.sliding_window_view
    windows = (np.ascontiguousarray(view(one, length)) for one in series)
    return [aligned(of(*windows), len(series[0]))]


def rolling_values(case: Case) -> list[Floats] | None:
    """Values of what is no kernel but a function of windows; None for any other indicator."""
    file, [n, *_] = case["bars_file"], [*numbers(case), 0]
    if case["indicator"] == "CORREL":
        one, other = (series_of(name, "close") for name in file.split(" + "))
        return rolling(correlation, n, one, other)
    if case["indicator"] == "BETA":
        index, asset = (series_of(file, column) for column in case["bars_columns"].split(";"))
        return rolling(beta, n + 1, asset, index)
    if case["indicator"] == "rolling population stdev":
        return rolling(rolling_population_sd, n, series_of(file, case["bars_columns"]))
    return None


def actual_and_expected(case: Case) -> tuple[list[Floats], list[Floats]]:
    file, columns = case["expected_file"], case["expected_column"].split(";")
    if file.endswith(".txt"):
        bars, outputs = block_of(file, case["expected_column"], case["bars_columns"])
        return values_of(case, bars), [aligned(output, len(bars)) for output in outputs]
    expected = [series_of(file, column) for column in columns]
    actual = rolling_values(case)
    if actual is None:
        anchored = case["indicator"] == "anchored VWAP"
        given = {"start": starts_of(case["bars_file"])} if anchored else {}
        actual = values_of(case, quotes_of(case["bars_file"], **given))
    return actual, expected


@pytest.mark.parametrize("case", CASES or [ABSENT], ids=lambda case: case.get("id", "absent"))
def test_a_published_case_is_met_within_its_tolerance(case: Case) -> None:
    actual, expected = actual_and_expected(case)
    firsts = case["first_value_row"].split(";")
    firsts *= len(expected) // len(firsts)
    for ours, theirs, first in zip(actual, expected, firsts, strict=True):
        assert_met(ours, theirs, float(case["abs_tol"]), first)


@pytest.mark.skipif(not VECTORS.is_dir(), reason="../shared is not beside this clone")
def test_an_indicator_that_nobody_has_listed_fails() -> None:
    unknown = {**CASES[0], "indicator": "a new one"}
    with pytest.raises(KeyError, match="a new one"):
        actual_and_expected(unknown)


@pytest.mark.skipif(not VECTORS.is_dir(), reason="../shared is not beside this clone")
@pytest.mark.parametrize("name", ["zeros", "penny", "_issue0859.adx.nan", "bitcoin", "intraday"])
def test_awkward_quotes_give_values_or_nothing_and_never_a_warning(name: str) -> None:
    quotes = quotes_of(f"skender/quotes/{name}.csv").dropna().reset_index(drop=True)
    kernels = build_kernels(None, bars_per_year=252.0)
    names = [column.name for kernel in kernels for column in kernel.columns]
    values = dict(zip(names, run(kernels, names, quotes), strict=True))
    assert not any(np.isinf(series).any() for series in values.values())
    for column in (
        *("rsi_14", "stoch_k", "stoch_d", "stoch_rsi_k", "stoch_rsi_d", "mfi_14"),
        *("adx_14", "plus_di_14", "minus_di_14"),
    ):
        present = values[column][~np.isnan(values[column])]
        assert ((present >= 0.0) & (present <= 100.0)).all()
        assert len(present) == len(quotes) - np.argmin(np.isnan(values[column]))
