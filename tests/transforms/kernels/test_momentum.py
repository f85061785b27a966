from collections.abc import Callable

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.kernels.momentum import Macd, RateOfChange, RelativeStrength, Stochastic

Run = Callable[..., pd.DataFrame]


def test_a_flat_price_has_a_strength_of_50_that_is_marked(run: Run, bars: Run) -> None:
    values = run([RelativeStrength()], bars([212.8] * 40))
    assert values["rsi_14"][:14].isna().all()
    assert (values["rsi_14"][14:] == 50.0).all()
    assert values["rsi_degenerate"][:14].isna().all()
    assert (values["rsi_degenerate"][14:] == 1.0).all()


def test_a_single_move_ends_the_degenerate_state(run: Run, bars: Run) -> None:
    values = run([RelativeStrength()], bars([100.0] * 20 + [101.0] + [101.0] * 20))
    assert values["rsi_degenerate"].iloc[19:].tolist() == [1.0] + [0.0] * 21
    assert (values["rsi_14"].iloc[20:] == 100.0).all()


def test_strength_is_0_when_it_only_falls_and_100_when_it_only_rises(run: Run, bars: Run) -> None:
    rise = np.linspace(100.0, 150.0, 40)
    assert (run([RelativeStrength()], bars(rise))["rsi_14"][14:] == 100.0).all()
    assert (run([RelativeStrength()], bars(rise[::-1]))["rsi_14"][14:] == 0.0).all()


def test_a_price_that_has_stood_still_for_ages_is_degenerate_again(run: Run, bars: Run) -> None:
    # 0.5 ** 1022 is the smallest normal number: the means have lost all digits by then
    values = run([RelativeStrength(2)], bars([100.0, 101.0, 100.5] + [100.5] * 1100))
    assert values.iloc[-1].tolist() == [50.0, 1.0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(1e-3, 1e6), min_size=20, max_size=40))
def test_oscillators_stay_between_0_and_100(run: Run, bars: Run, close: list[float]) -> None:
    values = run([RelativeStrength(5), Stochastic(5, 3, 3)], bars(close))
    for name in ("rsi_5", "stoch_k", "stoch_d"):
        assert values[name].dropna().between(0.0, 100.0).all()


def test_macd_of_a_flat_price_is_0_from_its_first_bars_on(run: Run, bars: Run) -> None:
    values = run([Macd()], bars([0.1] * 50))
    for name, first in (("macd", 26), ("macd_signal", 34), ("macd_histogram", 34)):
        assert values[name][: first - 1].isna().all()
        assert (values[name][first - 1 :] == 0.0).all()


def test_the_histogram_is_macd_less_its_signal(run: Run, bars: Run) -> None:
    values = run([Macd(3, 5, 4)], bars([5.0, 7.0, 4.0, 9.0, 1.0, 3.0, 8.0, 2.0, 6.0, 5.0]))
    assert values["macd_signal"].first_valid_index() == 7
    assert values["macd_signal"][7] == values["macd"][4:8].mean()
    assert (values["macd_histogram"] == values["macd"] - values["macd_signal"])[7:].all()


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


def test_rate_of_change_compares_with_the_close_n_bars_back(run: Run, bars: Run) -> None:
    values = run([RateOfChange(2)], bars([4.0, 0.0, 5.0, 3.0]))["roc_2"]
    assert values[:2].isna().all()
    assert values[2] == 25.0
    assert np.isnan(values[3])  # against a price of 0
