from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.columns import Column
from transforms.kernels.registry import build_kernels, column
from transforms.kernels.stability import row_digits, stable_digits

Run = Callable[..., pd.DataFrame]
RECURSIVE = (
    *("ema_9", "ema_26", "macd", "macd_signal", "macd_histogram", "rsi_14", "adx_14"),
    *("plus_di_14", "minus_di_14", "atr_14", "atr_22", "natr_14"),
)


@pytest.mark.parametrize(
    ("name", "further"),
    [("ema_20", 200), ("ema_200", 1910), ("rsi_14", 266), ("adx_14", 350), ("atr_22", 418)],
)
def test_eight_digits_take_as_many_bars_as_the_recursion_needs(name: str, further: int) -> None:
    of = column(name)
    digits = stable_digits(of.memory, np.arange(of.first + further + 1), of.first)
    assert digits[of.first + further] == 8
    assert digits[of.first + int(0.9 * further)] < 8


def test_a_window_is_stable_from_its_first_value_on() -> None:
    assert stable_digits(0.0, np.array([19, 20, 21]), 20).tolist() == [0, 15, 15]


def test_digits_never_fall_and_end_at_what_a_float_holds() -> None:
    digits = stable_digits(0.9, np.arange(1000), 10)
    assert (np.diff(digits) >= 0).all()
    assert (digits[0], digits[10], digits[-1]) == (0, 0, 15)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("quiet", [1.0, 0.3])
def test_a_longer_history_changes_no_digit_that_is_called_stable(
    seed: int, quiet: float, run: Run, bars: Run
) -> None:
    draw, length, cut = np.random.default_rng(seed), 420, 60
    moves = draw.standard_t(4, length) * 0.005
    moves[cut:] *= quiet
    close = 100.0 * np.exp(moves.cumsum())
    spread = close * 0.005 * draw.random((2, length))
    candles = bars(close, high=close + spread[0], low=close - spread[1])
    kernels = build_kernels(RECURSIVE, bars_per_year=252.0)
    whole = run(kernels, candles)[cut:].reset_index(drop=True)
    later = run(kernels, candles[cut:].reset_index(drop=True))
    count = np.arange(1, len(later) + 1)
    for name in RECURSIVE:
        of = column(name)
        scale = 100.0 if name.startswith(("rsi", "adx", "plus", "minus")) else close.max()
        error = ((whole[name] - later[name]).abs() / scale)[of.first - 1 :]
        digits = stable_digits(of.memory, count, of.first)[of.first - 1 :]
        assert (error <= np.maximum(10.0**-digits, 1e-14)).all(), name


def test_a_row_is_as_stable_as_its_least_stable_value() -> None:
    columns = [Column("window", 3), Column("fast", 2, memory=0.1), Column("slow", 5, memory=0.5)]
    digits = row_digits(columns)
    # nothing recursive, fast alone, then both
    assert digits[:6].tolist() == [15.0, 15.0, 0.0, 1.0, 2.0, 0.0]
    assert digits[5 + 10] == 3.0
    assert digits[-1] == 15.0


def test_the_column_of_digits_covers_the_columns_that_were_selected(run: Run, bars: Run) -> None:
    windows = build_kernels(["stable_digits", "sma_20", "obv"], bars_per_year=252.0)
    assert run(windows, bars([1.0] * 30))["stable_digits"].eq(15.0).all()
    kernels = build_kernels(["rsi_14", "ema_9", "stable_digits"], bars_per_year=252.0)
    digits = run(kernels, bars([1.0] * 300))["stable_digits"]
    expected = [
        min(
            stable_digits(c.memory, bar, c.first).item() if bar >= c.first else 15
            for c in (column("rsi_14"), column("ema_9"))
        )
        for bar in range(1, 301)
    ]
    assert digits.tolist() == expected
