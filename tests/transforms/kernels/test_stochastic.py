from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.kernels.momentum import RelativeStrength
from transforms.kernels.registry import build_kernels
from transforms.kernels.stability import stable_digits
from transforms.kernels.stochastic import Stochastic, StochasticStrength

Run = Callable[..., pd.DataFrame]


def test_a_stochastic_without_a_range_is_50(run: Run, bars: Run) -> None:
    values = run([Stochastic()], bars([0.1] * 30))
    assert values["stoch_k"].first_valid_index() == 15
    assert values["stoch_d"].first_valid_index() == 17
    assert (values["stoch_k"][15:] == 50.0).all()
    assert (values["stoch_d"][17:] == 50.0).all()


def test_a_close_on_the_edge_of_its_range_is_100_or_0(run: Run, bars: Run) -> None:
    rise = np.linspace(1.0, 3.0, 30)
    assert (run([Stochastic()], bars(rise))["stoch_k"][15:] == 100.0).all()
    assert (run([Stochastic()], bars(rise[::-1]))["stoch_d"][17:] == 0.0).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(1e-3, 1e6), min_size=20, max_size=40))
def test_stochastics_stay_between_0_and_100(run: Run, bars: Run, close: list[float]) -> None:
    values = run([Stochastic(5, 3, 3)], bars(close))
    index = run([StochasticStrength(5, 5, 3, 3)], bars(close))
    for series in (
        values["stoch_k"],
        values["stoch_d"],
        index["stoch_rsi_k"],
        index["stoch_rsi_d"],
    ):
        assert series.dropna().between(0.0, 100.0).all()


def test_a_stochastic_index_is_the_place_of_the_strength_in_its_window(run: Run, bars: Run) -> None:
    close = 100.0 + np.random.default_rng(2).normal(size=60).cumsum()
    values = run([StochasticStrength(5, 7, 2, 3)], bars(close))
    strength = run([RelativeStrength(5)], bars(close))["rsi_5"]
    window = strength.rolling(7)
    place = 100 * (strength - window.min()) / (window.max() - window.min())
    slow = place.rolling(2).mean()
    np.testing.assert_allclose(values["stoch_rsi_k"], slow, rtol=1e-12, atol=1e-10)
    np.testing.assert_allclose(values["stoch_rsi_d"], slow.rolling(3).mean(), atol=1e-10)
    assert values["stoch_rsi_k"].first_valid_index() == 5 + 7 + 2 - 2
    assert values["stoch_rsi_d"].first_valid_index() == 5 + 7 + 2 + 3 - 3


def test_the_strength_of_a_price_that_stands_still_has_no_place_but_50(run: Run, bars: Run) -> None:
    close = [*(100.0 + np.random.default_rng(0).normal(size=50).cumsum()), *([101.3] * 60)]
    values = run([StochasticStrength()], bars(close))
    # its strength is not the same to the last bit: without care that would be any place
    assert values["rsi_14"][-40:].nunique() > 1
    assert (values[["stoch_rsi_k", "stoch_rsi_d"]][-40:] == 50.0).all(axis=None)
    flat = run([StochasticStrength()], bars([0.1] * 40))
    assert (flat["stoch_rsi_k"][29:] == 50.0).all()
    assert flat["stoch_rsi_k"].first_valid_index() == 29
    assert flat["stoch_rsi_d"].first_valid_index() == 31


def test_strength_is_given_along_and_computed_once(run: Run, bars: Run) -> None:
    names = ["rsi_14", "rsi_degenerate", "stoch_rsi_k"]
    kernels = build_kernels(names, bars_per_year=252.0)
    assert len(kernels) == 1
    close = bars(100.0 + np.random.default_rng(8).normal(size=40).cumsum())
    together, alone = run(kernels, close), run([RelativeStrength()], close)
    pd.testing.assert_frame_equal(together[names[:2]], alone[names[:2]], check_exact=True)


@pytest.mark.parametrize("name", ["stoch_rsi_k", "stoch_rsi_d"])
def test_a_longer_history_changes_no_digit_that_is_called_stable(
    name: str, run: Run, bars: Run
) -> None:
    close = 100.0 + np.random.default_rng(3).normal(size=420).cumsum()
    kernel = StochasticStrength()
    [column] = [one for one in kernel.columns if one.name == name]
    whole = run([kernel], bars(close))[name].to_numpy()[60:]
    later = run([kernel], bars(close[60:]))[name].to_numpy()
    error = np.abs(whole - later)[column.first - 1 :] / 100.0
    digits = stable_digits(column.memory, np.arange(1, 361), column.first)[column.first - 1 :]
    assert (error <= np.maximum(10.0**-digits, 1e-13)).all()
    assert digits[-1] >= 8
