from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.conventions import Conventions
from transforms.kernels.registry import COLUMNS, build_kernels, column

Run = Callable[..., pd.DataFrame]
OTHER = Conventions(ema_seed="first", true_range="tradingview", aroon_tie="oldest")
RANGED = ("atr_", "natr_", "supertrend_", "keltner_upper", "keltner_lower")


@pytest.fixture
def candles(bars: Run) -> pd.DataFrame:
    draw = np.random.default_rng(9)
    close = np.round(100.0 + draw.normal(size=250).cumsum())
    return bars(close, high=close + 1, low=close - 1, session=np.arange(250))


def values(run: Run, candles: pd.DataFrame, conventions: Conventions) -> pd.DataFrame:
    kernels = build_kernels(None, bars_per_year=252.0, conventions=conventions)
    return run(kernels, candles)


def test_without_a_choice_the_conventions_are_the_usual_ones(
    candles: pd.DataFrame, run: Run
) -> None:
    usual = Conventions(ema_seed="sma", true_range="wilder", aroon_tie="newest")
    left = run(build_kernels(None, bars_per_year=252.0), candles)
    pd.testing.assert_frame_equal(left, values(run, candles, usual), check_exact=True)


def test_every_column_begins_where_it_is_declared_to_under_other_conventions(
    candles: pd.DataFrame, run: Run
) -> None:
    given = values(run, candles, OTHER)
    for name in set(COLUMNS) - {"vwap_upper_1", "vwap_lower_1"}:
        assert given[name].first_valid_index() == column(name, OTHER).first - 1, name


@pytest.mark.parametrize(
    ("conventions", "families", "shift"),
    [
        (Conventions(ema_seed="first"), ("ema_", "macd", "keltner_"), {"ema_20": -19, "macd": -25}),
        (Conventions(true_range="tradingview"), RANGED, {"atr_14": -1, "supertrend_10_3": -1}),
        (Conventions(aroon_tie="oldest"), ("aroon_",), {"aroon_up_25": 0}),
    ],
)
def test_a_choice_changes_what_it_is_about_and_nothing_else(
    conventions: Conventions,
    families: tuple[str, ...],
    shift: dict[str, int],
    candles: pd.DataFrame,
    run: Run,
) -> None:
    usual, other = values(run, candles, Conventions()), values(run, candles, conventions)
    moved = {name for name in COLUMNS if not usual[name].equals(other[name])}
    mixed = {"squeeze_bars", "stable_digits"}  # of several columns, and so of several choices
    assert moved - mixed == {name for name in COLUMNS if name.startswith(families)} - mixed
    begun = {name: column(name, conventions).first - column(name).first for name in shift}
    assert begun == shift


def test_the_directional_system_starts_at_bar_2_in_every_convention(
    candles: pd.DataFrame, run: Run
) -> None:
    names = ["plus_di_14", "adx_14", "atr_14", "natr_14"]
    usual = run(build_kernels(names, bars_per_year=252.0), candles)
    kernels = build_kernels(names, bars_per_year=252.0, conventions=OTHER)
    other = run(kernels, candles)
    assert len(kernels) == 2  # the range of the other convention has a kernel of its own
    pd.testing.assert_frame_equal(usual[names[:2]], other[names[:2]], check_exact=True)
    assert (usual["atr_14"].first_valid_index(), other["atr_14"].first_valid_index()) == (14, 13)
