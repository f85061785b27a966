from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.levels import OpeningGap, YearRange

Run = Callable[..., pd.DataFrame]
DISTANCES = ["high_52w_distance_pct", "low_52w_distance_pct"]


def test_a_year_of_bars_is_looked_back_at_and_no_more(run: Run, bars: Run) -> None:
    close = np.full(260, 100.0)
    high, low = close.copy(), close.copy()
    high[3], low[4] = 125.0, 80.0
    values = run([YearRange()], bars(close, high=high, low=low))
    assert [values[name].first_valid_index() for name in DISTANCES] == [251, 251]
    # bar 4 leaves the window of 252 at index 255, bar 5 at index 256
    assert values[DISTANCES[0]][251:].tolist() == [-20.0] * 4 + [0.0] * 5
    assert values[DISTANCES[1]][251:].tolist() == [25.0] * 5 + [0.0] * 4


def test_the_distance_from_a_low_of_0_is_absent(run: Run, bars: Run) -> None:
    close = np.full(6, 5.0)
    values = run([YearRange(3)], bars(close, high=close, low=[5.0, 0.0, 5.0, 5.0, 5.0, 5.0]))
    assert values[DISTANCES[0]].tolist()[2:] == [0.0] * 4
    assert values[DISTANCES[1]].isna().tolist() == [True] * 4 + [False] * 2


def test_a_gap_is_measured_from_the_close_before(run: Run, bars: Run) -> None:
    opens = [10.0, 11.0, 19.0, 3.0, 3.0]
    values = run([OpeningGap()], bars([10.0, 20.0, 0.0, 3.0, 3.0], open=opens))["gap_pct"]
    assert values.tolist() == pytest.approx([np.nan, 10.0, -5.0, np.nan, 0.0], nan_ok=True)
