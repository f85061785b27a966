from collections.abc import Callable

import numpy as np
import pandas as pd

from transforms.kernels.volume import (
    AccumulationDistribution,
    OnBalanceVolume,
    close_location,
)

Run = Callable[..., pd.DataFrame]


def test_volume_counts_with_the_sign_of_the_change_from_0_on(run: Run, bars: Run) -> None:
    candles = bars([5.0, 6.0, 6.0, 4.0, 7.0], volume=[10.0, 20.0, 30.0, 40.0, 0.0])
    assert run([OnBalanceVolume()], candles)["obv"].tolist() == [0.0, 20.0, 20.0, -20.0, -20.0]


def test_volume_accumulates_by_the_place_of_the_close(run: Run, bars: Run) -> None:
    candles = bars(
        [8.0, 4.0, 5.0, 7.0],
        high=[8.0, 8.0, 5.0, 8.0],
        low=[4.0, 4.0, 5.0, 4.0],
        volume=[10.0, 20.0, 30.0, 40.0],
    )
    # at its high, at its low, without a range, three quarters up
    assert run([AccumulationDistribution()], candles)["adl"].tolist() == [10.0, -10.0, -10.0, 10.0]


def test_the_place_of_a_close_is_minus_1_to_1() -> None:
    draw = np.random.default_rng(1)
    low = draw.random(5000) * 1e3
    high = low + draw.random(5000)
    close = np.clip(low + (high - low) * draw.random(5000), low, high)
    place = close_location(high, low, close)
    assert np.abs(place).max() <= 1.0
    assert (close_location(high, low, high) == 1.0).all()
    assert (close_location(high, low, low) == -1.0).all()
    assert (close_location(low, low, low) == 0.0).all()
