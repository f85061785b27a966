"""Our own golden files, made by tests/golden/make_*_golden.py without any of the kernels."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.registry import COLUMNS, build_kernels

GOLDEN = Path(__file__).parents[2] / "golden"
EXTRA = (
    *("donchian_upper_prev_20", "donchian_lower_prev_20", "garman_klass_vol_20", "gap_pct"),
    *("high_52w_distance_pct", "low_52w_distance_pct"),
    *("rma_14", "kama_10", "tsi_25_13", "uo", "vortex_plus_14", "vortex_minus_14", "true_range"),
)
VALUES = [*(name for name in COLUMNS if name != "stable_digits"), *EXTRA]
BARS_PER_YEAR = 94500.0


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    files = sorted(GOLDEN.glob("*_values.csv"))
    return pd.concat([pd.read_csv(file, index_col="bar") for file in files], axis=1)


@pytest.fixture(scope="module")
def actual(run: Callable[..., pd.DataFrame], bars: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    table = pd.read_csv(GOLDEN / "kernel_bars.csv")
    columns = {name: table[name] for name in table if name != "close"}
    return run(
        build_kernels(VALUES, bars_per_year=BARS_PER_YEAR), bars(table["close"], **columns)
    ).set_index(np.arange(1, len(table) + 1))


def test_the_golden_file_has_every_column(expected: pd.DataFrame) -> None:
    assert set(expected) == set(VALUES)


@pytest.mark.parametrize("name", VALUES)
def test_a_column_equals_the_golden_one(
    name: str, actual: pd.DataFrame, expected: pd.DataFrame
) -> None:
    np.testing.assert_allclose(
        actual.loc[expected.index, name], expected[name], rtol=2e-12, atol=2e-12
    )
