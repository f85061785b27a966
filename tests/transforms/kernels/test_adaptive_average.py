from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.adaptive_average import AdaptiveAverage
from transforms.kernels.stability import stable_digits

Run = Callable[..., pd.DataFrame]


@pytest.mark.parametrize("price", [0.1, 212.8, 99999999.97])
def test_an_adaptive_average_of_a_flat_price_is_the_price(
    price: float, run: Run, bars: Run
) -> None:
    values = run([AdaptiveAverage()], bars([price] * 40))["kama_10"]
    assert values[:9].isna().all()
    assert (values[9:] == price).all()


def test_it_is_fastest_in_a_trend_and_slowest_in_noise(run: Run, bars: Run) -> None:
    trend = run([AdaptiveAverage(2)], bars([10.0, 11.0, 12.0]))["kama_2"]
    # seeded with 11; an efficiency of 1 gives (2 / 3) ** 2
    assert trend.tolist()[1:] == pytest.approx([11.0, 11.0 + 4 / 9], rel=1e-15)
    noise = run([AdaptiveAverage(2)], bars([10.0, 11.0, 10.0]))["kama_2"]
    assert noise[2] == pytest.approx(11.0 - (2 / 31) ** 2, rel=1e-15)


def test_a_third_of_an_efficiency_lies_between(run: Run, bars: Run) -> None:
    values = run([AdaptiveAverage(3)], bars([10.0, 13.0, 11.0, 12.0]))["kama_3"]
    speed = ((1 / 3) * (2 / 3 - 2 / 31) + 2 / 31) ** 2  # |12 - 10| of 3 + 2 + 1
    assert values.tolist()[2:] == pytest.approx([11.0, 11.0 + speed], rel=1e-15)


@pytest.mark.parametrize("step", [0.0, 0.2])
def test_a_longer_history_changes_no_digit_that_is_called_stable(
    step: float, run: Run, bars: Run
) -> None:
    draw = np.random.default_rng(3)
    close = 100.0 + draw.normal(size=3000) + step * draw.normal(size=3000).cumsum()
    kernel = AdaptiveAverage()
    [column] = kernel.columns
    whole = run([kernel], bars(close))["kama_10"].to_numpy()[60:]
    later = run([kernel], bars(close[60:]))["kama_10"].to_numpy()
    error = np.abs(whole - later)[9:] / close.max()
    digits = stable_digits(column.memory, np.arange(1, 2941), column.first)[9:]
    assert (error <= np.maximum(10.0**-digits, 1e-14)).all()
    assert digits[-1] == 5
