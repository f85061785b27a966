"""Published vectors in ../shared/vectors: their index, their bars, their values."""

import csv
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from tests.conftest import SHARED
from tests.transforms.kernels.conftest import bars_of, step_all
from transforms.kernels.columns import Floats, Kernel

VECTORS = SHARED / "vectors"
FIELDS = {"h": "high", "l": "low", "c": "close", "r": "close", "v": "volume"}  # r: "real"
Case = dict[str, str]


def indicator_cases() -> list[Case]:
    """Rows of cases.csv but for those about portfolios; none when ../shared is absent."""
    index = VECTORS / "cases.csv"
    if not index.is_file():
        return []
    with index.open() as file:
        return [row for row in csv.DictReader(file) if not row["id"].startswith("pf-")]


def table_of(name: str) -> pd.DataFrame:
    return pd.read_csv(VECTORS / name, encoding="utf-8-sig")


def quotes_of(name: str, **columns: object) -> pd.DataFrame:
    """Bars of one symbol from a file of quotes or a spreadsheet."""
    frame = table_of(name).rename(columns=str.lower)
    given = {c: frame[c] for c in ("open", "high", "low", "volume") if c in frame}
    return bars_of(frame["close"], **given, **columns)


def starts_of(name: str) -> Floats:
    """Microseconds of the dates of a file."""
    return pd.to_datetime(table_of(name)["date"], utc=True).dt.as_unit("us").astype("int64")


def series_of(name: str, column: str) -> Floats:
    """Published values; NaN where there is none."""
    return pd.to_numeric(table_of(name)[column], errors="coerce").to_numpy(np.float64)


def block_of(name: str, title: str, inputs: str) -> tuple[pd.DataFrame, list[Floats]]:
    """A test of Tulip: bars, and the outputs that follow their inputs (``high;low;close``)."""
    text = (VECTORS / name).read_text()
    [block] = re.findall(rf"(?m)^{re.escape(title)}\n((?:#.*\n)*(?:\{{.*\}}\n?)+)", text)
    arrays = [np.array(row.split(","), np.float64) for row in re.findall(r"\{(.*)\}", block)]
    fields = [FIELDS[word[0]] for word in inputs.split(";")]
    bars = dict(zip(fields, arrays, strict=False))
    return bars_of(bars.pop("close"), **bars), arrays[len(fields) :]


def aligned(series: Floats, length: int) -> Floats:
    """A series that ends where ``length`` rows end."""
    return np.concatenate([np.full(length - len(series), np.nan), series])


def run(kernels: Sequence[Kernel], names: Sequence[str], bars: pd.DataFrame) -> list[Floats]:
    values = step_all(kernels, bars)
    return [values[name].to_numpy() for name in names]


def assert_met(actual: Floats, expected: Floats, tolerance: float, first: str) -> None:
    """Every published value is met, and ours begin at row ``first`` if that is published."""
    known = ~np.isnan(expected)
    assert known.any()
    # A spreadsheet's first row of a sum may be empty where ours is 0; never the other way round.
    assert not np.isnan(actual[known]).any()
    assert np.abs(actual - expected)[known].max() <= tolerance
    if first:
        assert np.argmin(np.isnan(actual)) == int(first)
