from collections.abc import Callable
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.kernels.oscillators import CommodityChannel, WilliamsRange

Run = Callable[..., pd.DataFrame]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(1e-3, 1e6), min_size=6, max_size=30))
def test_williams_range_is_0_to_minus_100_and_no_negative_zero(
    run: Run, bars: Run, close: list[float]
) -> None:
    values = run([WilliamsRange(5)], bars(close))["williams_r_5"]
    assert values[:4].isna().all()
    assert values[4:].between(-100.0, 0.0).all()
    assert not np.signbit(values[values == 0.0]).any()


def test_williams_range_measures_from_the_top(run: Run, bars: Run) -> None:
    quotes = bars([5.0, 6.0, 4.5], high=[8.0, 7.0, 6.0], low=[4.0, 5.0, 4.0])
    values = run([WilliamsRange(2)], quotes)["williams_r_2"]
    assert values.tolist()[1:] == pytest.approx([-100 * 2 / 4, -100 * 2.5 / 3], rel=1e-15)


def test_williams_range_without_a_range_is_in_the_middle(run: Run, bars: Run) -> None:
    values = run([WilliamsRange()], bars([0.1] * 20))["williams_r_14"]
    assert values[:13].isna().all()
    assert (values[13:] == -50.0).all()


def test_the_channel_index_counts_mean_deviations(run: Run, bars: Run) -> None:
    values = run([CommodityChannel(4)], bars([1.0, 2.0, 3.0, 6.0, 3.0]))["cci_4"]
    assert values[:3].isna().all()
    # mean 3, mean deviation (2 + 1 + 0 + 3) / 4; then mean 3.5, (1.5 + 0.5 + 2.5 + 0.5) / 4
    np.testing.assert_allclose(values[3:], [3 / 0.015 / 1.5, -0.5 / 0.015 / 1.25], rtol=1e-13)


def test_the_channel_index_takes_the_typical_price(run: Run, bars: Run) -> None:
    quotes = bars([1.0, 2.0], high=[3.0, 9.0], low=[0.5, 1.0])
    plain = bars([1.5, 4.0])
    expected = run([CommodityChannel(2)], plain)["cci_2"]
    pd.testing.assert_series_equal(run([CommodityChannel(2)], quotes)["cci_2"], expected)


def test_the_channel_index_of_a_flat_price_is_0(run: Run, bars: Run) -> None:
    for price in (0.1, 212.8, 99999999.97):
        values = run([CommodityChannel()], bars([price] * 25))["cci_20"]
        assert values[:19].isna().all()
        assert (values[19:] == 0.0).all()


def test_bars_of_one_typical_price_have_an_index_of_0_however_it_rounds(
    run: Run, bars: Run
) -> None:
    prices = [6.4, 2.7, 0.4]
    assert len({(a + b + c) / 3 for a, b, c in permutations(prices)}) > 1
    orders = list(permutations(prices)) * 2
    high, low, close = (np.array(field) for field in zip(*orders, strict=True))
    values = run([CommodityChannel(6)], bars(close, high=high, low=low))["cci_6"]
    assert (values[5:] == 0.0).all()
