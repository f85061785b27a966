"""Final tables of a run for notebooks."""

import json
from pathlib import Path

import pandas as pd
import pytest

from pipeline.results import load


def test_changes_are_summed_and_times_are_utc(tmp_path: Path) -> None:
    old = {"symbol": "INFY", "bar_start": 1_768_448_700_000_000, "close": 1.0}
    new = {**old, "close": 2.0}
    changes = [
        {**old, "diff": 1, "time": 2},
        {**old, "diff": -1, "time": 4},
        {**new, "diff": 1, "time": 4},
    ]
    (tmp_path / "bars.jsonl").write_text("".join(json.dumps(change) + "\n" for change in changes))
    (tmp_path / "advice.jsonl").write_text("")
    tables = load(tmp_path)
    [bar] = tables["bars"].to_dict("records")
    assert bar == {"symbol": "INFY", "bar_start": pd.Timestamp("2026-01-15T03:45Z"), "close": 2.0}
    assert tables["advice"].empty


def test_nested_columns_stay_lists(tmp_path: Path) -> None:
    change = {
        "advice_id": "a",
        "evidence": [{"name": "weight", "value": 0.5}],
        "diff": 1,
        "time": 2,
    }
    (tmp_path / "advice.jsonl").write_text(json.dumps(change) + "\n")
    assert load(tmp_path)["advice"]["evidence"][0] == [{"name": "weight", "value": 0.5}]


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="holds no tables"):
        load(tmp_path)
