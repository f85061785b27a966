from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.columns import Kernel
from transforms.kernels.moving_average import (
    ExponentialAverage,
    HullAverage,
    SimpleAverage,
    WeightedAverage,
    WilderAverage,
    hull_weights,
)
from transforms.kernels.stability import stable_digits

Run = Callable[..., pd.DataFrame]
NAN = np.nan


@pytest.mark.parametrize("price", [0.1, 212.8, 99999999.97])
@pytest.mark.parametrize(
    "kernel",
    [
        SimpleAverage(20),
        SimpleAverage(3),
        ExponentialAverage(20),
        ExponentialAverage(9, seed="first"),
        WeightedAverage(20),
        WilderAverage(14),
        HullAverage(20),
        HullAverage(2),
    ],
)
def test_an_average_of_a_flat_price_is_the_price_to_the_last_bit(
    kernel: Kernel, price: float, run: Run, bars: Run
) -> None:
    [column] = kernel.columns
    values = run([kernel], bars([price] * 60))[column.name]
    assert values[: column.first - 1].isna().all()
    assert (values[column.first - 1 :] == price).all()


def test_the_averages_of_a_short_series_are_those_worked_out_by_hand(run: Run, bars: Run) -> None:
    close = bars([2.0, 4.0, 9.0, 1.0])
    assert run([SimpleAverage(3)], close)["sma_3"].tolist() == pytest.approx(
        [NAN, NAN, 5.0, 14 / 3], nan_ok=True
    )
    assert run([WeightedAverage(3)], close)["wma_3"].tolist() == pytest.approx(
        [NAN, NAN, (2 + 8 + 27) / 6, (4 + 18 + 3) / 6], nan_ok=True
    )
    assert run([ExponentialAverage(3)], close)["ema_3"].tolist() == pytest.approx(
        [NAN, NAN, 5.0, 3.0], nan_ok=True
    )


def test_an_exponential_average_may_be_seeded_with_the_first_close(run: Run, bars: Run) -> None:
    values = run([ExponentialAverage(3, seed="first")], bars([2.0, 4.0, 9.0]))
    assert values["ema_3"].tolist() == [2.0, 3.0, 6.0]


@pytest.mark.parametrize("kernel", [SimpleAverage(20), WeightedAverage(20), HullAverage(16)])
def test_a_window_forgets_a_jump_without_a_trace(kernel: Kernel, run: Run, bars: Run) -> None:
    values = run([kernel], bars([1e9] * 25 + [0.1] * 20))
    assert values.iloc[-1].item() == 0.1


def test_wilder_moves_by_one_nth_from_the_mean_of_the_first_n(run: Run, bars: Run) -> None:
    values = run([WilderAverage(4)], bars([2.0, 4.0, 9.0, 1.0, 8.0, 0.0]))["rma_4"]
    assert values[:3].isna().all()
    assert values[3:].tolist() == [4.0, 5.0, 3.75]


@pytest.mark.parametrize(("period", "first"), [(2, 2), (3, 3), (4, 5), (14, 16), (20, 23)])
def test_a_hull_average_is_the_nest_of_three_weighted_ones(
    period: int, first: int, run: Run, bars: Run
) -> None:
    def weighted(series: pd.Series, n: int) -> pd.Series:
        return series.rolling(n).apply(lambda x: np.average(x, weights=range(1, n + 1)))

    close = pd.Series(100.0 + np.random.default_rng(1).normal(size=60).cumsum())
    raw = 2 * weighted(close, period // 2) - weighted(close, period)
    expected = weighted(raw, int(np.sqrt(period)))
    values = run([HullAverage(period)], bars(close.to_numpy()))[f"hma_{period}"]
    np.testing.assert_allclose(values, expected, rtol=1e-13)
    assert values.first_valid_index() == first - 1


@pytest.mark.parametrize("period", [2, 9, 20, 1000])
def test_hull_weights_sum_to_1_over_the_whole_window(period: int) -> None:
    weights = hull_weights(period)
    assert len(weights) == HullAverage(period).lookback
    assert weights.sum() == pytest.approx(1.0, rel=1e-12)


def test_a_longer_history_changes_no_digit_of_wilders_that_is_called_stable(
    run: Run, bars: Run
) -> None:
    close = 100.0 + np.random.default_rng(3).normal(size=420).cumsum()
    kernel = WilderAverage()
    [column] = kernel.columns
    whole = run([kernel], bars(close))[column.name].to_numpy()[60:]
    later = run([kernel], bars(close[60:]))[column.name].to_numpy()
    error = np.abs(whole - later)[column.first - 1 :] / close.max()
    digits = stable_digits(column.memory, np.arange(1, 361), column.first)[column.first - 1 :]
    assert (error <= np.maximum(10.0**-digits, 1e-14)).all()
    assert digits[-1] >= 10
