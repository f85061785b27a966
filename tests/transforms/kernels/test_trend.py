from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.conventions import AroonTie
from transforms.kernels.trend import Aroon, DirectionalMovement, HighestClose
from transforms.kernels.volatility import AverageTrueRange

Run = Callable[..., pd.DataFrame]
DIRECTION = ["adx_14", "plus_di_14", "minus_di_14"]


def test_a_flat_price_has_no_direction_and_no_trend(run: Run, bars: Run) -> None:
    values = run([DirectionalMovement()], bars([212.8] * 60))
    assert [values[name].first_valid_index() for name in DIRECTION] == [27, 14, 14]
    assert (values[DIRECTION].iloc[27:] == 0.0).all(axis=None)


def test_a_range_without_direction_has_a_direction_of_0_each_way(run: Run, bars: Run) -> None:
    close = np.full(60, 100.0)
    values = run([DirectionalMovement()], bars(close, high=close + 1, low=close - 1))
    assert (values[DIRECTION].iloc[27:] == 0.0).all(axis=None)
    assert (values["atr_14"].iloc[14:] == 2.0).all()


def test_a_steady_rise_is_all_plus(run: Run, bars: Run) -> None:
    close = np.arange(100.0, 160.0)
    values = run([DirectionalMovement()], bars(close, high=close + 1, low=close - 1))
    assert (values["plus_di_14"].iloc[14:] == 50.0).all()  # rises 1 in a true range of 2
    assert (values["minus_di_14"].iloc[14:] == 0.0).all()
    assert (values["adx_14"].iloc[27:] == 100.0).all()


def test_an_outside_bar_counts_for_the_larger_side_alone(run: Run, bars: Run) -> None:
    values = run(
        [DirectionalMovement(2)],
        bars([10.0, 10.0, 10.0], high=[11.0, 14.0, 14.0], low=[9.0, 7.0, 7.0]),
    )
    # +DM 3, -DM 0 (it fell by 2 only); true ranges 7 and 7
    assert values["plus_di_2"][2] == 100.0 * (1.5 / 7.0)
    assert values["minus_di_2"][2] == 0.0


def test_the_range_of_the_directional_system_is_the_average_true_range(run: Run, bars: Run) -> None:
    draw = np.random.default_rng(3)
    close = 100.0 + draw.normal(size=80).cumsum()
    candles = bars(close, high=close + draw.random(80), low=close - draw.random(80))
    alone = run([AverageTrueRange()], candles)
    part = run([DirectionalMovement()], candles)[["atr_14", "natr_14"]]
    pd.testing.assert_frame_equal(alone, part, check_exact=True)


def test_the_highest_close_includes_the_bar_itself_and_forgets(run: Run, bars: Run) -> None:
    values = run([HighestClose(3)], bars([5.0, 9.0, 4.0, 3.0, 2.0, 7.0]))["highest_close_3"]
    assert values[:2].isna().all()
    assert values[2:].tolist() == [9.0, 9.0, 4.0, 7.0]


def test_aroon_tells_the_age_of_the_extremes(run: Run, bars: Run) -> None:
    high, low = [9.0, 8.0, 7.0, 6.0, 7.0, 5.0], [3.0, 4.0, 2.0, 5.0, 4.0, 4.5]
    values = run([Aroon(4)], bars(high, high=high, low=low))
    assert values["aroon_up_4"].tolist() == pytest.approx([np.nan] * 4 + [0.0, 0.0], nan_ok=True)
    assert values["aroon_down_4"].tolist() == pytest.approx([np.nan] * 4 + [50, 25], nan_ok=True)


@pytest.mark.parametrize(("tie", "up", "down"), [("newest", 75.0, 100.0), ("oldest", 25.0, 50.0)])
def test_of_equal_extremes_the_newest_or_the_oldest_counts(
    tie: AroonTie, up: float, down: float, run: Run, bars: Run
) -> None:
    high, low = [5.0, 9.0, 8.0, 9.0, 8.0], [2.0, 2.0, 1.0, 3.0, 1.0]
    values = run([Aroon(4, tie)], bars(high, high=high, low=low)).iloc[-1]
    assert values.tolist() == [up, down]


@pytest.mark.parametrize("tie", ["newest", "oldest"])
def test_no_extreme_of_a_flat_price_is_new_or_old(tie: AroonTie, run: Run, bars: Run) -> None:
    assert (run([Aroon(tie=tie)], bars([0.1] * 60)).iloc[25:] == 50.0).all(axis=None)
