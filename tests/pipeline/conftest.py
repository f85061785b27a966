"""Running the command in this process, and reading what it wrote."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest

from pipeline.cli import main

KEYS: Mapping[str, Sequence[str]] = {
    "bars": ("symbol", "interval", "bar_start"),
    "indicators": ("symbol", "interval", "bar_start"),
    "signals": ("symbol", "interval", "bar_start", "signal"),
    "positions": ("portfolio_id", "symbol"),
    "portfolio_risk": ("portfolio_id",),
    "advice": ("advice_id",),
    "rejected": ("source", "position"),
}
Tables = dict[str, pl.DataFrame]
Replay = Callable[..., Tables]


def final_table(file: Path, key: Sequence[str]) -> pl.DataFrame:
    """Rows whose changes sum to one, in order of their key; any other sum is an error."""
    if not file.stat().st_size:
        return pl.DataFrame()
    log = pl.read_ndjson(file, infer_schema_length=None).drop("time")
    nested = [name for name, kind in log.schema.items() if kind.is_nested()]
    flat = log.with_columns(
        pl.col(name).map_elements(str, return_dtype=pl.String) for name in nested
    )
    columns = [name for name in flat.columns if name != "diff"]
    sums = flat.group_by(columns).agg(pl.col("diff").sum()).filter(pl.col("diff") != 0)
    assert (sums["diff"] == 1).all()
    final = sums.drop("diff").sort(list(key))
    assert not final.select(key).is_duplicated().any()
    return final


@pytest.fixture
def replay(tmp_path: Path) -> Replay:
    """``yieldflow replay`` with these flags; gives the final tables."""
    runs = 0

    def run(*flags: object) -> Tables:
        nonlocal runs
        runs += 1
        out = tmp_path / f"run{runs}"
        assert main(["replay", *map(str, flags), "--out", str(out), "--quiet"]) == 0
        return {name: final_table(out / f"{name}.jsonl", key) for name, key in KEYS.items()}

    return run
