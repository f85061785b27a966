from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.columns import Kernel
from transforms.kernels.moving_average import ExponentialAverage, SimpleAverage, WeightedAverage

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


@pytest.mark.parametrize("kernel", [SimpleAverage(20), WeightedAverage(20)])
def test_a_window_forgets_a_jump_without_a_trace(kernel: Kernel, run: Run, bars: Run) -> None:
    values = run([kernel], bars([1e9] * 25 + [0.1] * 20))
    assert values.iloc[-1].item() == 0.1
