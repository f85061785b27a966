from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.annualised import (
    ExponentialVolatility,
    GarmanKlassVolatility,
    ParkinsonVolatility,
    RealisedVolatility,
)
from transforms.kernels.columns import Kernel

Run = Callable[..., pd.DataFrame]
KERNELS = (
    RealisedVolatility(),
    ExponentialVolatility(),
    ParkinsonVolatility(),
    GarmanKlassVolatility(),
)


def test_realised_volatility_is_annualised_by_the_bars_of_a_year(run: Run, bars: Run) -> None:
    close = 100.0 * np.exp(np.cumsum([0.0, *([0.01, -0.01] * 10)]))
    daily = run([RealisedVolatility(20, 252.0)], bars(close))["realised_vol_20"]
    minute = run([RealisedVolatility(20, 252.0 * 375)], bars(close))["realised_vol_20"]
    assert daily.first_valid_index() == 20
    assert daily[20] == pytest.approx(0.01 * np.sqrt(20 / 19) * np.sqrt(252) * 100, rel=1e-12)
    assert minute[20] / daily[20] == pytest.approx(np.sqrt(375), rel=1e-14)


def test_a_flat_price_has_a_volatility_of_0(run: Run, bars: Run) -> None:
    assert run([RealisedVolatility()], bars([0.1] * 25))["realised_vol_20"][20:].eq(0.0).all()


def test_a_price_of_0_has_no_returns(run: Run, bars: Run) -> None:
    close = [*np.linspace(1.0, 2.0, 21), 0.0, *np.linspace(1.0, 2.0, 21)]
    values = run([RealisedVolatility()], bars(close))["realised_vol_20"]
    assert values.dropna().index.tolist() == [20, 42]


def test_the_exponential_volatility_starts_as_the_first_move_and_forgets_6_percent_a_bar(
    run: Run, bars: Run
) -> None:
    moves = np.array([0.05, *([0.0] * 40), 0.02])
    close = 100.0 * np.exp(np.cumsum([0.0, *moves]))
    values = run([ExponentialVolatility()], bars(close))["ewma_vol"]
    assert values.first_valid_index() == 29
    # bar 30 is the 29th return: 28 bars after the first
    assert values[29] == pytest.approx(5.0 * np.sqrt(0.94**28 * 252), rel=1e-12)
    variance = 0.94 * 0.05**2 * 0.94**40 + 0.06 * 0.02**2
    assert values[42] == pytest.approx(100.0 * np.sqrt(variance * 252), rel=1e-10)


def test_a_close_of_0_is_left_out_of_the_exponential_volatility(run: Run, bars: Run) -> None:
    close = 100.0 + np.random.default_rng(8).random(60)
    close[40] = 0.0
    values = run([ExponentialVolatility()], bars(close))["ewma_vol"]
    assert values.index[values.isna()].tolist() == [*range(29), 40, 41]
    before, after = values[39] ** 2, values[42] ** 2
    move = np.log(close[42] / close[41])
    assert after == pytest.approx(0.94 * before + 0.06 * move**2 * 252 * 1e4, rel=1e-9)


def test_ranges_tell_the_volatility_of_a_price_that_moves_by_them(run: Run, bars: Run) -> None:
    close = np.full(30, 100.0)
    candles = bars(close, high=close * np.exp(0.01), low=close * np.exp(-0.01))
    values = run([ParkinsonVolatility(), GarmanKlassVolatility()], candles)
    assert values["parkinson_vol_20"].first_valid_index() == 19
    parkinson = 0.02 / np.sqrt(4 * np.log(2)) * np.sqrt(252) * 100
    assert values["parkinson_vol_20"][29] == pytest.approx(parkinson, rel=1e-12)
    garman_klass = 0.02 * np.sqrt(0.5) * np.sqrt(252) * 100  # no move from open to close
    assert values["garman_klass_vol_20"][29] == pytest.approx(garman_klass, rel=1e-12)


def test_the_move_of_a_bar_is_taken_off_its_range(run: Run, bars: Run) -> None:
    first = np.full(5, 100.0)
    last = first * np.exp(0.03)
    values = run([GarmanKlassVolatility(2)], bars(last, open=first, high=last, low=first))
    variance = 0.5 * 0.03**2 - (2 * np.log(2) - 1) * 0.03**2
    expected = np.sqrt(variance * 252) * 100
    assert values["garman_klass_vol_2"][4] == pytest.approx(expected, rel=1e-11)


def test_a_bar_outside_its_own_range_has_no_volatility(run: Run, bars: Run) -> None:
    first, last = np.full(3, 100.0), np.full(3, 120.0)
    values = run([GarmanKlassVolatility(2)], bars(last, open=first, high=first, low=first))
    assert values["garman_klass_vol_2"].isna().all()


@pytest.mark.parametrize("kernel", [ParkinsonVolatility(2), GarmanKlassVolatility(2)])
def test_a_low_of_0_has_no_range_in_percent(kernel: Kernel, run: Run, bars: Run) -> None:
    close = [5.0, 6.0, 0.0, 6.0, 5.0, 6.0]
    [values] = run([kernel], bars(close, open=close, high=[7.0] * 6, low=close)).T.to_numpy()
    assert np.isnan(values).tolist() == [True, False, True, True, False, False]


@pytest.mark.parametrize("kernel", KERNELS)
def test_nothing_moves_in_a_flat_price(kernel: Kernel, run: Run, bars: Run) -> None:
    [values] = run([kernel], bars([0.1] * 40)).T.to_numpy()
    assert (values[kernel.columns[0].first - 1 :] == 0.0).all()
