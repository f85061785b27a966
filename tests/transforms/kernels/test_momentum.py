from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.kernels.momentum import Macd, RateOfChange, RelativeStrength, TrueStrength
from transforms.kernels.stability import stable_digits

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
def test_strengths_stay_within_their_range(run: Run, bars: Run, close: list[float]) -> None:
    values = run([RelativeStrength(5), TrueStrength(5, 3)], bars(close))
    assert values["rsi_5"].dropna().between(0.0, 100.0).all()
    assert values["tsi_5_3"].dropna().between(-100.0, 100.0).all()


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


def test_macd_seeded_with_first_values_begins_at_the_first_bar(run: Run, bars: Run) -> None:
    values = run([Macd(3, 7, 3, seed="first")], bars([8.0, 16.0, 16.0]))
    # averages 8, 12, 14 and 8, 10, 11.5; the signal follows by half
    assert values["macd"].tolist() == [0.0, 2.0, 2.5]
    assert values["macd_signal"].tolist() == [0.0, 1.0, 1.75]
    assert values["macd_histogram"].tolist() == [0.0, 1.0, 0.75]
    assert values["ema_7"].tolist() == [8.0, 10.0, 11.5]


def test_rate_of_change_compares_with_the_close_n_bars_back(run: Run, bars: Run) -> None:
    values = run([RateOfChange(2)], bars([4.0, 0.0, 5.0, 3.0]))["roc_2"]
    assert values[:2].isna().all()
    assert values[2] == 25.0
    assert np.isnan(values[3])  # against a price of 0


def test_true_strength_is_worked_out_by_hand(run: Run, bars: Run) -> None:
    values = run([TrueStrength(2, 2)], bars([10.0, 13.0, 12.0, 14.0, 14.0]))["tsi_2_2"]
    # changes 3 -1 2 0: averaged once (3 + -1) / 2 = 1, 5/3, 5/9; sizes 2, 2, 2/3
    assert values[:3].isna().all()
    first, second = (1 + 5 / 3) / 2, (2 + 2) / 2
    assert values[3] == pytest.approx(100 * first / second, rel=1e-15)
    later = first + (5 / 9 - first) * 2 / 3, second + (2 / 3 - second) * 2 / 3
    assert values[4] == pytest.approx(100 * later[0] / later[1], rel=1e-15)


def test_true_strength_seeded_with_first_values_begins_at_the_second_bar(
    run: Run, bars: Run
) -> None:
    values = run([TrueStrength(3, 3, seed="first")], bars([10.0, 12.0, 8.0]))["tsi_3_3"]
    # changes 2 -4: averaged 2, -1 and 2, 0.5; sizes 2, 3 and 2, 2.5
    assert np.isnan(values[0])
    assert values[1:].tolist() == [100.0, 20.0]


def test_true_strength_of_one_way_is_100_and_of_no_way_0(run: Run, bars: Run) -> None:
    rise = np.linspace(100.0, 150.0, 60)
    assert (run([TrueStrength()], bars(rise))["tsi_25_13"][37:] == 100.0).all()
    assert (run([TrueStrength()], bars(rise[::-1]))["tsi_25_13"][37:] == -100.0).all()
    assert (run([TrueStrength()], bars([0.1] * 60))["tsi_25_13"][37:] == 0.0).all()


@pytest.mark.parametrize("seed", [4, 6, 69])
def test_true_strength_does_not_leave_its_range_by_a_rounding(
    seed: int, run: Run, bars: Run
) -> None:
    moves = 10.0 ** np.random.default_rng(seed).uniform(-3, 3, 120)
    close = 1000.0 + np.concatenate([[-1e-9] * 3, moves]).cumsum()
    values = run([TrueStrength(5, 3)], bars(close))["tsi_5_3"]
    assert values.max() == 100.0


@pytest.mark.parametrize("periods", [(25, 13), (9, 9)])
def test_a_longer_history_changes_no_digit_of_true_strength_that_is_called_stable(
    periods: tuple[int, int], run: Run, bars: Run
) -> None:
    close = 100.0 + np.random.default_rng(3).normal(size=420).cumsum()
    kernel = TrueStrength(*periods)
    [column] = kernel.columns
    whole = run([kernel], bars(close))[column.name].to_numpy()[60:]
    later = run([kernel], bars(close[60:]))[column.name].to_numpy()
    error = np.abs(whole - later)[column.first - 1 :] / 100.0
    digits = stable_digits(column.memory, np.arange(1, 361), column.first)[column.first - 1 :]
    assert (error <= np.maximum(10.0**-digits, 1e-14)).all()
    assert digits[-1] >= 10


@pytest.mark.parametrize("short", [1, 1001])
def test_the_second_period_of_true_strength_has_limits(short: int) -> None:
    with pytest.raises(ValueError, match=f"`tsi_25_{short}`: the period must be 2 to 1000, was"):
        TrueStrength(25, short)
