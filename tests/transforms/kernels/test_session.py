from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.session import SessionChange, SessionVwap

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
