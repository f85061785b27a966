"""Our own golden files, made by tests/golden/make_kernel_golden.py without any of the kernels."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.registry import COLUMNS, build_kernels

GOLDEN = Path(__file__).parents[2] / "golden"
VALUES = [name for name in COLUMNS if name != "stable_digits"]
BARS_PER_YEAR = 94500.0


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    return pd.read_csv(GOLDEN / "kernel_values.csv", index_col="bar")


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
