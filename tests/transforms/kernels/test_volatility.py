from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.volatility import AverageTrueRange, Bollinger

Run = Callable[..., pd.DataFrame]
BANDS = ["bb_upper_20_2", "bb_middle_20_2", "bb_lower_20_2"]


def test_the_true_range_spans_a_gap(run: Run, bars: Run) -> None:
    candles = bars([10.0, 20.0, 5.0], high=[12.0, 21.0, 6.0], low=[9.0, 19.0, 4.0])
    values = run([AverageTrueRange(2)], candles)
    assert values["atr_2"].tolist() == pytest.approx([np.nan, np.nan, (11 + 16) / 2], nan_ok=True)
    assert values["natr_2"][2] == 100.0 * 13.5 / 5.0


def test_the_range_of_the_first_bar_counts_where_that_is_the_convention(
    run: Run, bars: Run
) -> None:
    candles = bars([10.0, 20.0, 5.0], high=[12.0, 21.0, 6.0], low=[9.0, 19.0, 4.0])
    values = run([AverageTrueRange(2, "tradingview")], candles)
    # true ranges 3, 11, 16; the mean of the first two, then half of it and half of the third
    assert values["atr_2"].tolist() == pytest.approx([np.nan, 7.0, 11.5], nan_ok=True)
    assert values["natr_2"].tolist() == pytest.approx([np.nan, 35.0, 230.0], nan_ok=True)


def test_a_range_in_percent_of_nothing_is_absent(run: Run, bars: Run) -> None:
    values = run([AverageTrueRange(2)], bars([1.0, 0.0, 0.0, 0.0]))
    assert values["atr_2"].notna().sum() == 2
    assert values["natr_2"].isna().all()


@pytest.mark.parametrize("price", [0.1, 212.8])
def test_the_bands_of_a_flat_price_meet_and_have_no_inside(
    price: float, run: Run, bars: Run
) -> None:
    values = run([Bollinger()], bars([price] * 30))
    assert (values[BANDS].iloc[19:] == price).all(axis=None)
    assert values["bb_percent_b"].isna().all()
    assert (values["bb_width"].iloc[19:] == 0.0).all()


def test_bands_lie_two_population_deviations_from_the_mean(run: Run, bars: Run) -> None:
    close = [1.0, 3.0] * 10
    values = run([Bollinger()], bars(close)).iloc[-1]
    assert values[BANDS].tolist() == [4.0, 2.0, 0.0]
    assert values["bb_percent_b"] == 0.75
    assert values["bb_width"] == 2.0


def test_bands_recover_at_once_when_an_outlier_leaves_the_window(run: Run, bars: Run) -> None:
    values = run([Bollinger()], bars([1e8, *([1.0, 3.0] * 10)])).iloc[-1]
    assert values[BANDS].tolist() == [4.0, 2.0, 0.0]


def test_bands_of_other_parameters_carry_them_in_every_name() -> None:
    names = [column.name for column in Bollinger(30, 3).columns]
    assert names[:3] == ["bb_upper_30_3", "bb_middle_30_3", "bb_lower_30_3"]
    assert names[3:] == ["bb_percent_b_30_3", "bb_width_30_3", "sma_30"]
