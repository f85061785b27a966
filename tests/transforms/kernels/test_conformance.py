"""Published vectors: ../shared/vectors, whose index is cases.csv."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.columns import Kernel
from transforms.kernels.momentum import Macd, RelativeStrength, Stochastic
from transforms.kernels.moving_average import ExponentialAverage, SimpleAverage, WeightedAverage
from transforms.kernels.registry import build_kernels
from transforms.kernels.session import SessionVwap
from transforms.kernels.smoothing import rolling_population_sd
from transforms.kernels.trend import DirectionalMovement
from transforms.kernels.volatility import AverageTrueRange, Bollinger
from transforms.kernels.volume import OnBalanceVolume

KERNELS: dict[str, tuple[Callable[..., Kernel], str]] = {  # indicator: (kernel, column)
    "SMA": (SimpleAverage, "sma_{}"),
    "EMA": (ExponentialAverage, "ema_{}"),
    "WMA": (WeightedAverage, "wma_{}"),
    "RSI": (RelativeStrength, "rsi_{}"),
    "MACD": (Macd, "macd"),
    "MACD.signal": (Macd, "macd_signal"),
    "MACD.hist": (Macd, "macd_histogram"),
    "ATR": (AverageTrueRange, "atr_{}"),
    "BB.upper": (Bollinger, "bb_upper_20_2"),
    "BB.lower": (Bollinger, "bb_lower_20_2"),
    "BB.%B": (Bollinger, "bb_percent_b"),
    "ADX": (DirectionalMovement, "adx_{}"),
    "+DI": (DirectionalMovement, "plus_di_{}"),
    "-DI": (DirectionalMovement, "minus_di_{}"),
    "STOCH.%K slow": (Stochastic, "stoch_k"),
    "STOCH.%D": (Stochastic, "stoch_d"),
    "OBV": (OnBalanceVolume, "obv"),
    "VWAP": (SessionVwap, "vwap_session"),
}
SKENDER = (
    *("sk-sma", "sk-ema", "sk-wma", "sk-rsi", "sk-macd", "sk-macd-signal", "sk-macd-hist"),
    *("sk-atr", "sk-bb-upper", "sk-bb-lower", "sk-bb-pctb", "sk-adx", "sk-pdi", "sk-mdi"),
    *("sk-stoch-k", "sk-stoch-d", "sk-obv", "sk-vwap", "sk-vwap-intraday", "sk-manual-rsi"),
)

Run = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def cases(shared: Path) -> dict[str, dict[str, str]]:
    with (shared / "vectors" / "cases.csv").open() as file:
        return {row["id"]: row for row in csv.DictReader(file)}


@pytest.fixture
def read(shared: Path, bars: Callable[..., pd.DataFrame]) -> Callable[[str], pd.DataFrame]:
    def read_bars(name: str) -> pd.DataFrame:
        frame = pd.read_csv(shared / "vectors" / name, encoding="utf-8-sig")
        frame.columns = frame.columns.str.lower()
        given = {c: frame[c] for c in ("open", "high", "low", "volume") if c in frame}
        return bars(frame["close"], **given)

    return read_bars


def test_every_case_of_these_indicators_is_run(cases: dict[str, dict[str, str]]) -> None:
    ours = {key for key, case in cases.items() if case["indicator"] in KERNELS}
    tulip = {"tulip-rsi", "tulip-ema"}
    assert ours == {*SKENDER, *tulip}


@pytest.mark.parametrize("case_id", SKENDER)
def test_a_published_series_is_met_within_its_tolerance(
    case_id: str, cases: dict[str, dict[str, str]], shared: Path, read: Run, run: Run
) -> None:
    case = cases[case_id]
    family, column = KERNELS[case["indicator"]]
    numbers = [int(n) for n in re.findall(r"\d+", case["params"])]
    periods = numbers if family not in (OnBalanceVolume, SessionVwap) else []
    values = run([family(*periods)], read(case["bars_file"]))[column.format(*periods)]
    table = pd.read_csv(shared / "vectors" / case["expected_file"])
    expected = pd.to_numeric(table[case["expected_column"]])
    assert values.first_valid_index() == int(case["first_value_row"])
    both = expected.notna().to_numpy()
    # A spreadsheet's first row of a sum may be empty where ours is 0; never the other way round.
    assert values[both].notna().all()
    assert np.abs(values - expected)[both].max() <= float(case["abs_tol"])


def tulip_block(shared: Path, name: str) -> list[list[float]]:
    """The arrays below ``name``: inputs, then outputs."""
    text = (shared / "vectors" / "tulip" / "atoz.txt").read_text()
    [block] = re.findall(rf"(?m)^{name}\n((?:#.*\n)*(?:\{{.*\}}\n)+)", text)
    return [[float(x) for x in row.split(",")] for row in re.findall(r"\{(.*)\}", block)]


@pytest.mark.parametrize(
    ("case_id", "kernel", "column"),
    [
        ("tulip-rsi", RelativeStrength(5), "rsi_5"),
        ("tulip-ema", ExponentialAverage(5, seed="first"), "ema_5"),
    ],
)
def test_the_numbers_of_achelis_are_met(
    case_id: str,
    kernel: Kernel,
    column: str,
    cases: dict[str, dict[str, str]],
    shared: Path,
    bars: Run,
    run: Run,
) -> None:
    close, expected = tulip_block(shared, cases[case_id]["expected_column"])
    values = run([kernel], bars(close))[column].to_numpy()
    assert np.isnan(values[: -len(expected)]).all()
    error = np.abs(values[-len(expected) :] - expected).max()
    assert error <= float(cases[case_id]["abs_tol"])


def test_the_stochastic_of_achelis_is_met(
    cases: dict[str, dict[str, str]], shared: Path, bars: Run, run: Run
) -> None:
    case = cases["tulip-stoch"]
    high, low, close, *expected = tulip_block(shared, case["expected_column"])
    values = run([Stochastic(5, 3, 3)], bars(close, high=high, low=low))
    for column, series in zip(("stoch_k", "stoch_d"), expected, strict=True):
        # the published %K has been cut to where %D begins
        error = np.abs(values[column].to_numpy()[-len(series) :] - series).max()
        assert error <= float(case["abs_tol"])


@pytest.mark.parametrize("case_id", ["num-ladder", "num-47721"])
def test_a_rolling_deviation_survives_what_breaks_running_sums(
    case_id: str, cases: dict[str, dict[str, str]], shared: Path
) -> None:
    case = cases[case_id]
    table = pd.read_csv(shared / "vectors" / case["bars_file"])
    n = int(case["params"].removeprefix("n="))
    windows = np.lib.stride_tricks.sliding_window_view(table["x"].to_numpy(np.float64), n)
    expected = table[case["expected_column"]].to_numpy()[n - 1 :]
    error = np.abs(rolling_population_sd(np.ascontiguousarray(windows)) - expected)
    assert error.max() <= float(case["abs_tol"])


@pytest.mark.parametrize("name", ["zeros", "penny", "_issue0859.adx.nan", "bitcoin", "intraday"])
def test_awkward_quotes_give_values_or_nothing_and_never_a_warning(
    name: str, read: Run, run: Run
) -> None:
    quotes = read(f"skender/quotes/{name}.csv").dropna().reset_index(drop=True)
    values = run(build_kernels(None, bars_per_year=252.0), quotes)
    assert not np.isinf(values.to_numpy()).any()
    for column in ("rsi_14", "stoch_k", "stoch_d", "adx_14", "plus_di_14", "minus_di_14"):
        assert values[column].dropna().between(0.0, 100.0).all()
        assert values[column].notna().sum() == len(quotes) - values[column].first_valid_index()
