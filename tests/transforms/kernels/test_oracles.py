"""Other people's code on random series: TA-Lib and talipp, and which column has which oracle."""

import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.transforms.kernels.oracle_differences import DIFFERENCES, Difference
from tests.transforms.kernels.oracle_series import SERIES, TRADINGVIEW, USUAL, values_of
from tests.transforms.kernels.oracles_talib import TA_LIB, Oracle, yearly
from tests.transforms.kernels.oracles_talipp import TALIPP
from transforms.kernels.columns import Floats
from transforms.kernels.families import FAMILIES
from transforms.kernels.registry import COLUMNS

GOLDEN = Path(__file__).parents[2] / "golden"
TOLERANCE = 1e-10  # of the largest value of the series


def exponential(t: pd.DataFrame) -> Floats:
    squares = np.log(t["close"] / t["close"].shift()) ** 2
    mean = squares.ewm(alpha=0.06, adjust=False).mean()
    return yearly(mean.where(t.index >= 29).to_numpy())


ORACLES: dict[str, dict[str, Oracle]] = {
    "TA-Lib": TA_LIB,
    "talipp": TALIPP,
    "pandas": {"ewma_vol": exponential},
}
ELSEWHERE = {  # columns that no library has
    **dict.fromkeys(("robust_z_250", "rsi_degenerate", "gap_pct"), "golden"),
    **dict.fromkeys(("vwap_upper_1", "vwap_lower_1"), "golden"),
    "vwap_anchored_1": "vector sk-vwap-anchored, in test_conformance.py",
    "stable_digits": "a longer history, in test_stability.py and test_stops.py",
}
NAMES = tuple(dict.fromkeys(name for table in ORACLES.values() for name in table))
PAIRS = [(library, name) for library, table in ORACLES.items() for name in table]
RANGED = [name for name in TALIPP if re.match("n?atr_|keltner", name)]


@cache
def theirs(library: str, name: str, series: str) -> Floats:
    return ORACLES[library][name](SERIES[series])


def apart(ours: Floats, given: Floats, difference: Difference) -> Floats:
    """Distance by row, in tolerances; infinite where only one of the two has a value."""
    scale = TOLERANCE * np.nanmax(np.abs(given))
    if difference.moves:
        ours, given = (np.diff(x, prepend=np.nan) for x in (ours, given))
    distance = np.abs(ours - given) / scale
    absent = np.isnan(ours), np.isnan(given)
    return np.where(absent[0] & absent[1], 0.0, np.where(absent[0] | absent[1], np.inf, distance))


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize(("library", "name"), PAIRS)
def test_values_are_those_of_others_from_where_they_must_agree(
    library: str, name: str, series: str
) -> None:
    ours = values_of(series, NAMES, USUAL)[name].to_numpy()
    difference = DIFFERENCES.get((library, name), Difference(0, ""))
    far = apart(ours, theirs(library, name, series), difference)
    assert far[difference.since :].max() <= 1.0
    assert np.count_nonzero(~np.isnan(ours[difference.since :])) > 100


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("name", RANGED)
def test_true_ranges_are_those_of_talipp_from_the_first_on_in_its_convention(
    name: str, series: str
) -> None:
    ours = values_of(series, tuple(RANGED), TRADINGVIEW)[name].to_numpy()
    assert apart(ours, theirs("talipp", name, series), Difference(0, "")).max() <= 1.0


@pytest.mark.parametrize(("library", "name"), DIFFERENCES)
def test_a_known_difference_is_still_there_before_its_row(library: str, name: str) -> None:
    difference = DIFFERENCES[library, name]
    early = Difference(0, "")
    found = [
        apart(
            values_of(series, NAMES, USUAL)[name].to_numpy(), theirs(library, name, series), early
        )
        for series in SERIES
    ]
    until = None if difference.moves else difference.since
    assert max(far[:until].max() for far in found) > 1.0, "take it off the list"


def test_the_series_are_not_tame() -> None:
    penny = SERIES["penny"]
    assert (penny["close"].diff() == 0.0).sum() > 50
    assert SERIES["million"]["close"].min() > 5e5
    assert SERIES["volatile"]["close"].pct_change().std() > 0.05
    assert SERIES["trending"]["close"].iloc[-1] > 2 * SERIES["trending"]["close"].iloc[0]


def test_every_column_has_an_oracle() -> None:
    header = {name for file in GOLDEN.glob("*_values.csv") for name in pd.read_csv(file, nrows=0)}
    known = {*COLUMNS, *NAMES, *ELSEWHERE}
    table = {
        name: [
            *(library for library in ORACLES if name in ORACLES[library]),
            *([ELSEWHERE[name]] if name in ELSEWHERE else []),
        ]
        for name in sorted(known)
    }
    listed = "\n".join(f"{name}: {', '.join(by) or 'NOTHING'}" for name, by in table.items())
    assert all(table.values()), listed
    assert {name for name, by in table.items() if "golden" in by} <= header
    seen = {kernel for form, kernel in FAMILIES if any(re.fullmatch(form, name) for name in known)}
    unseen = {kernel.__name__ for _, kernel in FAMILIES if kernel not in seen}
    assert not unseen, f"kernels without an oracle: {unseen}\n{listed}"
