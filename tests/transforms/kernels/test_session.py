from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.registry import build_kernels
from transforms.kernels.session import AnchoredVwap, RelativeVolume, SessionChange, SessionVwap

Run = Callable[..., pd.DataFrame]
NAN = np.nan


def vwap(run: Run, bars: pd.DataFrame) -> list[float]:
    return run([SessionVwap()], bars)["vwap_session"].tolist()


def test_vwap_weighs_prices_by_volume_and_begins_anew_with_a_session(run: Run, bars: Run) -> None:
    candles = bars(
        [10.0, 20.0, 30.0], volume=[1.0, 3.0, 5.0], turnover=[10.0, 60.0, 150.0], session=[4, 4, 5]
    )
    assert vwap(run, candles) == [10.0, 17.5, 30.0]


def test_a_bar_without_volume_keeps_the_last_vwap(run: Run, bars: Run) -> None:
    assert vwap(run, bars([10.0, 99.0, 20.0], volume=[1.0, 0.0, 1.0])) == [10.0, 10.0, 15.0]


def test_there_is_no_vwap_before_the_first_volume_of_a_session(run: Run, bars: Run) -> None:
    candles = bars([10.0, 20.0, 30.0, 40.0], volume=[0.0, 2.0, 0.0, 4.0], session=[1, 1, 2, 2])
    assert vwap(run, candles) == pytest.approx([NAN, 20.0, NAN, 40.0], nan_ok=True)


def test_bars_before_the_open_stand_by_themselves(run: Run, bars: Run) -> None:
    candles = bars([90.0, 92.0, 10.0, 12.0], minute=[-30, -5, 0, 1])
    assert vwap(run, candles) == [90.0, 91.0, 10.0, 11.0]
    bands = run([SessionVwap()], candles)["vwap_upper_1"].tolist()
    assert bands == pytest.approx([NAN, 92.0, NAN, 12.0], nan_ok=True)


def test_bands_are_the_volume_weighted_deviation_of_the_bars_prices(run: Run, bars: Run) -> None:
    candles = bars([10.0, 14.0, 50.0], volume=[3.0, 1.0, 0.0])
    values = run([SessionVwap()], candles)
    sd = np.sqrt((3 * 1.0**2 + 1 * 3.0**2) / 4)  # about the mean of 11
    for k in (1, 2):
        upper = [NAN, 11.0 + k * sd, 11.0 + k * sd]
        lower = [NAN, 11.0 - k * sd, 11.0 - k * sd]
        assert values[f"vwap_upper_{k}"].tolist() == pytest.approx(upper, nan_ok=True)
        assert values[f"vwap_lower_{k}"].tolist() == pytest.approx(lower, nan_ok=True)


def test_bands_wait_for_the_second_bar_with_volume_of_each_session(run: Run, bars: Run) -> None:
    candles = bars(
        [1.0, 2.0, 3.0, 4.0, 5.0], volume=[0.0, 1.0, 0.0, 1.0, 1.0], session=[1, 1, 1, 1, 2]
    )
    present = run([SessionVwap()], candles)["vwap_lower_2"].notna().tolist()
    assert present == [False, False, False, True, False]


def test_bands_keep_their_digits_where_prices_are_large_and_moves_small(
    run: Run, bars: Run
) -> None:
    draw = np.random.default_rng(7)
    close = 1e8 + draw.integers(-8, 9, 400) / 16
    volume = draw.integers(1, 10**6, 400).astype(np.float64)
    values = run([SessionVwap()], bars(close, volume=volume, turnover=close * volume))
    weights, prices = ([Fraction(x) for x in column] for column in (volume, close))
    mean = sum(w * p for w, p in zip(weights, prices, strict=True)) / sum(weights)
    square = sum(w * (p - mean) ** 2 for w, p in zip(weights, prices, strict=True))
    exact = float(square / sum(weights)) ** 0.5
    reach = values["vwap_upper_1"].iloc[-1] - values["vwap_session"].iloc[-1]
    assert reach == pytest.approx(exact, abs=1e-7)


def test_an_anchored_vwap_counts_the_bars_that_start_at_its_anchor_or_later(
    run: Run, bars: Run
) -> None:
    start = np.arange(4) * 60_000_000
    candles = bars([1.0, 2.0, 6.0, 9.0], start=start, session=[1, 1, 2, 2], volume=[5, 2, 0, 2])
    values = run(build_kernels(["vwap_anchored_60"], bars_per_year=1.0), candles)
    assert values["vwap_anchored_60"].tolist() == pytest.approx([NAN, 2.0, 2.0, 5.5], nan_ok=True)


def test_an_anchor_is_in_seconds_and_has_its_own_limits() -> None:
    with pytest.raises(ValueError, match="the anchor must be 1 to 137438953471, was 999999999999"):
        build_kernels(["vwap_anchored_999999999999"], bars_per_year=1.0)


def test_the_published_anchored_vwap_is_met(shared: Path, run: Run, bars: Run) -> None:
    sheet = pd.read_csv(shared / "vectors" / "skender" / "manual_calc" / "Vwap__sheet2.csv")
    start = pd.to_datetime(sheet["date"]).astype("datetime64[us]").astype(np.int64)
    fields = {name: sheet[name] for name in ("open", "high", "low", "volume")}
    anchor = pd.Timestamp("2020-12-15T10:00:00")
    values = run(
        [AnchoredVwap(int(anchor.timestamp()))], bars(sheet["close"], start=start, **fields)
    )
    [values] = [values[column] for column in values]
    assert values.first_valid_index() == 30
    assert np.abs(values - sheet["VWAP"])[30:].max() <= 1e-10


def test_relative_volume_compares_with_the_same_time_of_earlier_sessions(
    run: Run, bars: Run
) -> None:
    volume = [1.0, 3.0, 3.0, 1.0, 4.0, 4.0]
    candles = bars([5.0] * 6, volume=volume, session=[1, 1, 2, 2, 3, 3])
    values = run([RelativeVolume(2)], candles)["rvol_2"].tolist()
    assert values == pytest.approx([NAN] * 4 + [4.0 / 2.0, 8.0 / 4.0], nan_ok=True)


def test_on_daily_bars_relative_volume_is_against_the_mean_of_the_bars_before(
    run: Run, bars: Run
) -> None:
    volume = np.arange(1.0, 25.0)
    candles = bars([5.0] * 24, volume=volume, session=np.arange(24))
    values = run([RelativeVolume()], candles)["rvol_20"]
    assert values.first_valid_index() == 20
    assert values.iloc[20:].tolist() == [
        volume[i] / volume[i - 20 : i].mean() for i in (20, 21, 22, 23)
    ]


def test_there_is_no_relative_volume_before_the_open_or_where_none_is_usual(
    run: Run, bars: Run
) -> None:
    candles = bars(
        [5.0] * 5, volume=[2, 0, 7, 0, 5], session=[1, 2, 3, 3, 3], minute=[0, 0, -1, 0, 1]
    )
    values = run([RelativeVolume(1)], candles)["rvol_1"].tolist()
    assert values == pytest.approx([NAN, 0.0, NAN, NAN, NAN], nan_ok=True)


def test_relative_volume_looks_back_a_hundred_sessions_at_most() -> None:
    with pytest.raises(ValueError, match="`rvol_101`: looks back 100 sessions at most"):
        build_kernels(["rvol_101"], bars_per_year=1.0)


@pytest.mark.parametrize("session", [0, 3])
def test_the_number_of_the_first_session_does_not_matter(session: int, run: Run, bars: Run) -> None:
    close = [10.0, 11.0, 12.0]
    assert vwap(run, bars(close, session=session)) == [10.0, 10.5, 11.0]
    changes = run([SessionChange()], bars(close, session=[session, session, session + 1]))
    assert changes["change_1d_pct"].tolist() == pytest.approx([NAN, NAN, 100 / 11], nan_ok=True)


def test_on_daily_bars_changes_are_against_one_and_seven_bars_back(run: Run, bars: Run) -> None:
    close = np.array([10.0, 11.0, 9.0, 8.0, 12.0, 14.0, 13.0, 15.0, 10.0])
    values = run([SessionChange()], bars(close, session=np.arange(100, 109)))
    one = [NAN, *(100.0 * (close[1:] / close[:-1] - 1.0))]
    assert values["change_1d_pct"].tolist() == pytest.approx(one, nan_ok=True)
    seven = [*([NAN] * 7), 50.0, 100.0 * (10.0 / 11.0 - 1.0)]
    assert values["change_7d_pct"].tolist() == pytest.approx(seven, nan_ok=True)


def test_within_a_session_changes_are_against_the_close_of_earlier_ones(
    run: Run, bars: Run
) -> None:
    # sessions of 1, 2, 3 ... bars; each closes at 100 + its number; 2 bars into the tenth
    session = np.repeat(np.arange(10), np.arange(1, 11))[:-8]
    last = np.append(np.diff(session) > 0, False)
    close = np.where(last, 100.0 + session, 200.0)
    values = run([SessionChange()], bars(close, session=session))
    assert values["change_1d_pct"].first_valid_index() == 1
    assert values["change_7d_pct"].first_valid_index() == np.argmax(session == 7)
    assert values["change_1d_pct"].iloc[-1] == pytest.approx(100.0 * (200.0 / 108.0 - 1.0))
    assert values["change_7d_pct"].iloc[-1] == pytest.approx(100.0 * (200.0 / 102.0 - 1.0))


def test_symbols_that_skip_a_session_count_their_own_sessions(run: Run, bars: Run) -> None:
    often = bars([10.0, 20.0, 40.0], session=[1, 2, 3])
    seldom = bars([10.0, 40.0], session=[1, 3]).assign(symbol="B", start=[0, 2])
    values = run([SessionChange()], pd.concat([often, seldom], ignore_index=True))
    assert values["change_1d_pct"].tolist() == pytest.approx(
        [NAN, 100.0, 100.0, NAN, 300.0], nan_ok=True
    )


def test_a_change_against_a_price_of_0_is_absent(run: Run, bars: Run) -> None:
    assert run([SessionChange()], bars([0.0, 5.0], session=[1, 2])).isna().all(axis=None)
