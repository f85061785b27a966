"""Final tables of a run as pandas DataFrames, for notebooks."""

import json
from pathlib import Path

import pandas as pd

TABLES = (
    "bars",
    "indicators",
    "signals",
    "positions",
    "portfolio_risk",
    "advice",
    "advice_changes",
    "rejected",
)
TIMES = ("bar_start", "as_of", "ts_event", "ts_recv")


def load(out: str | Path) -> dict[str, pd.DataFrame]:
    """Final tables of ``yieldflow replay --out DIR``, by name: changes summed, times as UTC.

    A table without rows is an empty frame. Nested columns (evidence, suggestion, clears_if) stay
    lists and dictionaries.

    Args:
        out: the folder of the run.

    Raises:
        FileNotFoundError: the folder holds none of the tables.
    """
    folder = Path(out)
    files = {name: folder / f"{name}.jsonl" for name in TABLES}
    if not any(file.exists() for file in files.values()):
        raise FileNotFoundError(f"{folder} holds no tables of a run ({', '.join(files)})")
    return {name: _final(file) for name, file in files.items() if file.exists()}


def _final(file: Path) -> pd.DataFrame:
    rows: dict[str, tuple[int, dict[str, object]]] = {}
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            diff, _ = row.pop("diff"), row.pop("time")
            key = json.dumps(row, sort_keys=True)
            count = rows.get(key, (0, row))[0] + diff
            if count:
                rows[key] = (count, row)
            else:
                rows.pop(key, None)
    frame = pd.DataFrame([row for count, row in rows.values() for _ in range(count)])
    for name in TIMES:
        if name in frame:
            frame[name] = pd.to_datetime(frame[name], unit="us", utc=True)
    return frame
