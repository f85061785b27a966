"""Published vectors beyond cases.csv: more columns, the spreadsheets, more of Tulip's numbers.

Tolerances: 1e-11 of the value where all digits are published (1e-12 measured), else half a unit of
the last digit that is printed.
"""

import numpy as np
import pytest

from tests.transforms.kernels.vectors import (
    VECTORS,
    aligned,
    assert_met,
    block_of,
    quotes_of,
    run,
    series_of,
)
from transforms.kernels.conventions import Conventions
from transforms.kernels.pairs import beta, relative_strength
from transforms.kernels.registry import build_kernels
from transforms.kernels.stochastic import StochasticStrength

pytestmark = pytest.mark.skipif(not VECTORS.is_dir(), reason="../shared is not beside this clone")
OLDEST = Conventions(aroon_tie="oldest")
TRADINGVIEW = Conventions(ema_seed="first", true_range="tradingview")
BANDS = "bb_lower_5_2 bb_middle_5_2 bb_upper_5_2"

SERIES = """
    expected/atr atrp natr_14
    expected/bb sma bb_middle_20_2
    expected/bb width bb_width
    expected/chaikin-osc adl adl
    expected/donchian lowerBand donchian_lower_prev_20
    expected/elder-ray ema ema_13
    expected/keltner centerline keltner_middle
    expected/keltner lowerBand keltner_lower
    expected/macd fastEma ema_12
    expected/macd slowEma ema_26
    expected/roc-wb roc roc_20
    expected/smma smma rma_20
    expected/vortex nvi vortex_minus_14
    manual_calc/Adl adl adl
    manual_calc/Adx +DI14 plus_di_14
    manual_calc/Adx -DI14 minus_di_14
    manual_calc/Adx ADX adx_14
    manual_calc/Aroon down aroon_down_25
    manual_calc/Aroon up aroon_up_25
    manual_calc/Atr ATR atr_14
    manual_calc/Atr ATR% natr_14
    manual_calc/Atr TR true_range
    manual_calc/BollingerBands %b bb_percent_b
    manual_calc/BollingerBands lower bb_lower_20_2
    manual_calc/BollingerBands upper bb_upper_20_2
    manual_calc/BollingerBands width bb_width
    manual_calc/Cmf cmf cmf_20
    manual_calc/Donchian Lower donchian_lower_prev_20
    manual_calc/Donchian Upper donchian_upper_prev_20
    manual_calc/Ema ema ema_20
    manual_calc/Hma wma(n) wma_20
    manual_calc/Ichimoku kijun ichimoku_base
    manual_calc/Ichimoku senkouA ichimoku_span_a
    manual_calc/Ichimoku senkouB ichimoku_span_b
    manual_calc/Ichimoku tenkan ichimoku_conversion
    manual_calc/Kama KAMA kama_10
    manual_calc/Macd Histo macd_histogram
    manual_calc/Macd MACD macd
    manual_calc/Macd Signal macd_signal
    manual_calc/Mfi mf mfi_14
    manual_calc/Obv obv obv
    manual_calc/Roc roc roc_20
    manual_calc/Sma SMA sma_20
    manual_calc/Stoch %D stoch_d
    manual_calc/Stoch %K stoch_k
    manual_calc/StochRsi D(3) stoch_rsi_d
    manual_calc/Ultimate ULT uo
    manual_calc/WilliamsR %R williams_r_14
"""
FEW_CELLS = "manual_calc/Hma hma hma_20\nmanual_calc/Wma wma wma_20"  # two results in the sheet

TULIP = [  # file, test, inputs, our columns, tolerance
    ("atoz", "ad", "h;l;c;v", "adl", 7e-4),
    ("atoz", "atr 4", "h;l;c", "atr_4", 5e-5),
    ("atoz", "bbands 5 2", "c", BANDS, 5e-5),
    ("atoz", "cci 5", "h;l;c", "cci_5", 5e-5),
    ("atoz", "obv", "c;v", "obv", 0.0),
    ("atoz", "sma 5", "c", "sma_5", 5e-4),
    ("atoz", "tr", "h;l;c", "true_range", 5e-5),
    ("atoz", "ultosc 7 14 28", "h;l;c", "uo", 5e-5),
    ("atoz", "wilders 5", "c", "rma_5", 5e-5),
    ("atoz", "willr 5", "h;l;c", "williams_r_5", 5e-4),
    ("atoz", "wma 5", "c", "wma_5", 5e-5),
    ("extra", "cmf 21", "h;l;c;v", "cmf_21", 5e-5),
    ("extra", "kama 4", "c", "kama_4", 2e-4),  # its 4th decimals are not rounded
    ("extra", "natr 4", "h;l;c", "natr_4", 5e-4),
    ("untest", "ad", "h;l;c;v", "adl", 5e-4),
    ("untest", "atr 5", "h;l;c", "atr_5", 5e-4),
    ("untest", "bbands 5 2", "c", BANDS, 5e-4),
    ("untest", "cci 5", "h;l;c", "cci_5", 5e-4),
    ("untest", "ema 5", "c", "ema_5", 5e-4),
    ("untest", "hma 5", "c", "hma_5", 5e-4),
    ("untest", "kama 5", "c", "kama_5", 5e-4),
    ("untest", "mfi 5", "h;l;c;v", "mfi_5", 5e-4),
    ("untest", "natr 5", "h;l;c", "natr_5", 5e-4),
    ("untest", "obv", "c;v", "obv", 0.0),
    ("untest", "rsi 5", "c", "rsi_5", 5e-4),
    ("untest", "sma 5", "c", "sma_5", 5e-4),
    ("untest", "tr", "h;l;c", "true_range", 5e-4),
    ("untest", "wilders 5", "c", "rma_5", 5e-4),
    ("untest", "willr 5", "h;l;c", "williams_r_5", 5e-4),
    ("untest", "wma 5", "c", "wma_5", 5e-4),
]


def published(line: str) -> tuple[np.ndarray, np.ndarray]:
    """Our values and theirs, both over the size of theirs where that is above 1."""
    file, *words, name = line.split()
    expected = series_of(f"skender/{file}.csv", " ".join(words))
    bars = quotes_of("skender/quotes/default.csv")  # the spreadsheets have the same bars
    [actual] = run(build_kernels([name], bars_per_year=252.0, conventions=OLDEST), [name], bars)
    size = np.fmax(np.abs(expected), 1.0)
    return actual / size, expected / size


@pytest.mark.parametrize("line", SERIES.strip().splitlines(), ids=str.strip)
def test_a_further_series_is_met_from_its_first_value_on(line: str) -> None:
    actual, expected = published(line)
    assert_met(actual, expected, 1e-11, str(np.argmin(np.isnan(expected))))


@pytest.mark.parametrize("line", FEW_CELLS.splitlines())
def test_the_cells_of_a_spreadsheet_that_gives_few_are_met(line: str) -> None:
    assert_met(*published(line), 1e-11, "")


@pytest.mark.parametrize(("file", "title", "inputs", "names", "tolerance"), TULIP)
def test_numbers_of_tulip_are_met_with_the_conventions_of_tradingview(
    file: str, title: str, inputs: str, names: str, tolerance: float
) -> None:
    bars, outputs = block_of(f"tulip/{file}.txt", title, inputs)
    columns = names.split()
    kernels = build_kernels(columns, bars_per_year=252.0, conventions=TRADINGVIEW)
    for ours, theirs in zip(run(kernels, columns, bars), outputs, strict=True):
        assert_met(ours, aligned(theirs, len(bars)), tolerance, "")


def test_a_stochastic_index_has_a_signal() -> None:
    bars = quotes_of("skender/quotes/default.csv")
    [signal] = run([StochasticStrength(14, 14, 1, 3)], ["stoch_rsi_d"], bars)
    assert_met(signal, series_of("skender/expected/stoch-rsi.csv", "signal"), 1e-10, "29")


def closes(length: int) -> tuple[np.ndarray, np.ndarray]:
    """Windows of the two series that are published together, index first."""
    index, asset = (
        series_of(f"skender/quotes/{name}.csv", "close") for name in ("default", "compare")
    )
    view = np.lib.stride_tricks.sliding_window_view
    return np.ascontiguousarray(view(index, length)), np.ascontiguousarray(view(asset, length))


def test_beta_over_fifty_returns_is_met() -> None:
    index, asset = closes(51)
    expected = series_of("skender/expected/beta.csv", "beta")
    assert_met(aligned(beta(asset, index), len(expected)), expected, 1e-12, "50")


def test_relative_strength_is_the_growth_of_the_published_ratio_of_prices() -> None:
    index, asset = closes(64)
    ratio = series_of("skender/expected/prs.csv", "prs")
    expected = np.concatenate([np.full(63, np.nan), ratio[63:] / ratio[:-63]])
    assert_met(aligned(relative_strength(asset, index), len(expected)), expected, 1e-12, "63")
