from collections.abc import Callable
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.kernels.money_flow import ChaikinMoneyFlow, MoneyFlowIndex

Run = Callable[..., pd.DataFrame]


def test_money_flow_weighs_volume_by_the_place_of_the_close(run: Run, bars: Run) -> None:
    candles = bars(
        [8.0, 4.0, 7.0], high=[8.0, 8.0, 8.0], low=[4.0, 4.0, 4.0], volume=[10.0, 30.0, 20.0]
    )
    values = run([ChaikinMoneyFlow(2)], candles)["cmf_2"]
    assert np.isnan(values[0])
    assert values[1:].tolist() == [(10 - 30) / 40, (-30 + 10) / 50]


def test_money_flow_is_0_for_a_flat_price_and_absent_without_volume(run: Run, bars: Run) -> None:
    volume = [*([5.0] * 25), *([0.0] * 25)]
    values = run([ChaikinMoneyFlow()], bars([0.1] * 50, volume=volume))["cmf_20"]
    assert (values[19:44] == 0.0).all()
    assert values[44:].isna().all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_flows_stay_within_their_ranges(run: Run, bars: Run, seed: int) -> None:
    draw = np.random.default_rng(seed)
    close = np.round(draw.random(40) * 3, 1) + 1.0
    high, low = close + np.round(draw.random(40)), close - np.round(draw.random(40))
    volume = draw.integers(0, 3, 40) * 7.3
    candles = bars(close, high=high, low=low, volume=volume)
    values = run([ChaikinMoneyFlow(5), MoneyFlowIndex(5)], candles)
    assert values["cmf_5"].dropna().between(-1.0, 1.0).all()
    assert values["mfi_5"][:5].isna().all()
    assert values["mfi_5"][5:].between(0.0, 100.0).all()


def test_the_index_compares_the_flows_that_rose_with_those_that_fell(run: Run, bars: Run) -> None:
    candles = bars([2.0, 4.0, 3.0, 3.0], volume=[9.0, 10.0, 20.0, 50.0])
    values = run([MoneyFlowIndex(2)], candles)["mfi_2"]
    assert values[:2].isna().all()
    # 4 x 10 rose and 3 x 20 fell; then 3 x 20 fell and nothing rose
    assert values[2:].tolist() == [40.0, 0.0]


def test_the_index_takes_the_typical_price_and_not_the_close(run: Run, bars: Run) -> None:
    candles = bars([4.0, 3.0, 3.0], high=[5.0, 9.0, 6.0], low=[3.0, 3.0, 3.0])
    values = run([MoneyFlowIndex(2)], candles)["mfi_2"]
    assert values[2] == pytest.approx(100 * 5 / (5 + 4), rel=1e-15)  # typical prices 4, 5, 4


def test_without_any_flow_the_index_is_50(run: Run, bars: Run) -> None:
    assert (run([MoneyFlowIndex()], bars([0.1] * 30))["mfi_14"][14:] == 50.0).all()
    rise = np.linspace(1.0, 3.0, 30)
    assert (run([MoneyFlowIndex()], bars(rise, volume=0.0))["mfi_14"][14:] == 50.0).all()
    assert (run([MoneyFlowIndex()], bars(rise))["mfi_14"][14:] == 100.0).all()
    assert (run([MoneyFlowIndex()], bars(rise[::-1]))["mfi_14"][14:] == 0.0).all()


def test_a_typical_price_that_only_rounds_differently_has_not_moved(run: Run, bars: Run) -> None:
    prices = [6.4, 2.7, 0.4]
    assert len({(a + b + c) / 3 for a, b, c in permutations(prices)}) > 1
    high, low, close = (np.array(field) for field in zip(*permutations(prices), strict=True))
    values = run([MoneyFlowIndex(5)], bars(close, high=high, low=low))["mfi_5"]
    assert values[5] == 50.0
