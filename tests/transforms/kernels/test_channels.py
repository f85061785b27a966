from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.channels import DonchianBefore, DonchianChannel, KeltnerChannel, Squeeze
from transforms.kernels.moving_average import ExponentialAverage
from transforms.kernels.registry import build_kernels
from transforms.kernels.volatility import AverageTrueRange, Bollinger

Run = Callable[..., pd.DataFrame]
KELTNER = ["keltner_upper", "keltner_middle", "keltner_lower"]


@pytest.fixture
def candles(bars: Run) -> pd.DataFrame:
    draw = np.random.default_rng(7)
    volatility = np.where(np.arange(300) % 100 < 60, 0.1, 2.0)
    close = 100.0 + (draw.normal(size=300) * volatility).cumsum()
    return bars(close, high=close + draw.random(300), low=close - draw.random(300))


def test_a_keltner_channel_lies_2_true_ranges_around_the_average(
    candles: pd.DataFrame, run: Run
) -> None:
    values = run([KeltnerChannel(), AverageTrueRange(10)], candles)
    average = run([ExponentialAverage(20)], candles)["ema_20"]
    assert [values[name].first_valid_index() for name in KELTNER] == [19, 19, 19]
    upper, lower = average + 2 * values["atr_10"], average - 2 * values["atr_10"]
    pd.testing.assert_series_equal(values["keltner_upper"], upper, check_names=False)
    pd.testing.assert_series_equal(values["keltner_lower"], lower, check_names=False)
    assert (values["keltner_middle"].to_numpy().tobytes()) == average.to_numpy().tobytes()


def test_the_bands_of_a_keltner_channel_wait_for_the_slower_of_its_parts(
    candles: pd.DataFrame, run: Run
) -> None:
    values = run([KeltnerChannel(5, 10, 3)], candles)
    assert [values[name].first_valid_index() for name in values] == [10, 4, 10, 4]
    assert "keltner_upper_5_10_3" in values
    early = run([KeltnerChannel(seed="first", true_range="tradingview")], candles)
    assert [early[name].first_valid_index() for name in KELTNER] == [9, 0, 9]


@pytest.mark.parametrize("period", [0, 1, 1001])
def test_a_keltner_channel_needs_true_ranges(period: int) -> None:
    with pytest.raises(ValueError, match=f"true ranges must be 2 to 1000, was {period}"):
        build_kernels([f"keltner_upper_20_{period}_2"], bars_per_year=252.0)


def test_a_donchian_channel_includes_its_bar_and_that_of_the_bar_before_does_not(
    run: Run, bars: Run
) -> None:
    close = [5.0, 6.0, 4.0, 9.0, 1.0]
    candles = bars(close, high=[c + 1 for c in close], low=[c - 1 for c in close])
    values = run([DonchianChannel(3), DonchianBefore(3)], candles)
    absent = [np.nan]
    for name, expected in {
        "donchian_upper_3": absent * 2 + [7.0, 10.0, 10.0],
        "donchian_lower_3": absent * 2 + [3.0, 3.0, 0.0],
        "donchian_upper_prev_3": absent * 3 + [7.0, 10.0],
        "donchian_lower_prev_3": absent * 3 + [3.0, 3.0],
    }.items():
        assert values[name].tolist() == pytest.approx(expected, nan_ok=True), name


def test_a_squeeze_counts_the_bars_before_with_the_bands_strictly_inside(
    candles: pd.DataFrame, run: Run
) -> None:
    values = run([Squeeze()], candles)
    bands = run([Bollinger()], candles)
    inside = (bands["bb_upper_20_2"] < values["keltner_upper"]) & (
        bands["bb_lower_20_2"] > values["keltner_lower"]
    )
    expected, run_length = [], 0
    for now in inside:
        expected.append(run_length)
        run_length = run_length + 1 if now else 0
    assert values["squeeze_bars"].first_valid_index() == 20
    assert values["squeeze_bars"][20:].tolist() == expected[20:]
    assert len(set(expected)) > 6  # it has been in squeezes of several lengths
    assert inside.any()
    assert not inside[20:].all()


def test_the_channels_of_a_squeeze_are_the_channels_themselves(
    candles: pd.DataFrame, run: Run
) -> None:
    names = [*KELTNER, "ema_20", "bb_upper_20_2", "bb_lower_20_2", "bb_width", "sma_20"]
    own = run(build_kernels(names, bars_per_year=252.0), candles)[names]
    part = run(build_kernels([*names, "squeeze_bars"], bars_per_year=252.0), candles)[names]
    assert own.to_numpy().tobytes() == part.to_numpy().tobytes()


def test_a_flat_price_lies_in_channels_without_width_and_in_no_squeeze(run: Run, bars: Run) -> None:
    values = run([Squeeze(), DonchianChannel()], bars([0.1] * 60)).iloc[20:]
    assert (values[[*KELTNER, "donchian_upper_20", "donchian_lower_20"]] == 0.1).all(axis=None)
    assert (values["squeeze_bars"] == 0.0).all()
