"""Final tables of a run as pandas DataFrames, for notebooks."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from config.settings import load_policy
from serving.past import evaluated, reconstructed

TABLES = (
    "bars",
    "indicators",
    "signals",
    "sessions",
    "adjustments",
    "gaps",
    "positions",
    "portfolio_risk",
    "advice",
    "advice_changes",
    "advice_versions",
    "evaluations",
    "track_record",
    "rejected",
)
TIMES = (
    *("bar_start", "session_end", "ex", "as_of", "valid_from", "instant", "ts_event", "ts_recv"),
    *("ts_from", "ts_to", "first_bar", "last_bar"),
)


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


def advice_at(
    out: str | Path, portfolio_id: str, as_of: int, *, policy: Path | None = None
) -> dict[str, object]:
    """What the API answers for ``?as_of=``, from the tables of a run: the members its hash covers.

    Args:
        out: the folder of the run.
        portfolio_id: of the portfolio.
        as_of: microseconds since the epoch.
        policy: file of the advice policy, for its disclaimers; None: the packaged one.

    Returns:
        portfolio_id, as_of, served_hash, and then the lists as the API has them.

    Raises:
        FileNotFoundError: the folder holds no versions of advice.
        LookupError: nothing had been evaluated by then.
    """
    folder = Path(out)
    found = _rows(folder / "advice_versions.jsonl", lambda row: row["portfolio_id"] == portfolio_id)
    versions = sorted(found, key=lambda row: (row["valid_from"], row["advice_id"]))
    evaluations = sorted(_rows(folder / "evaluations.jsonl"), key=lambda row: row["instant"])
    instant = evaluated(evaluations, versions, as_of)
    if instant < 0:
        raise LookupError(f"nothing had been evaluated at {as_of}")
    texts = load_policy(policy).disclaimer_texts
    sealed = reconstructed(portfolio_id, instant, versions, texts)
    return {"served_hash": sealed.served_hash, **json.loads(sealed.content)}


def _final(file: Path) -> pd.DataFrame:
    frame = pd.DataFrame(_rows(file))
    for name in TIMES:
        if name in frame:
            frame[name] = pd.to_datetime(frame[name], unit="us", utc=True)
    return frame


def _rows(file: Path, wanted: Callable[[dict[str, Any]], bool] = bool) -> list[dict[str, Any]]:
    """Rows of a final table: those whose changes do not sum to nothing."""
    rows: dict[str, tuple[int, dict[str, Any]]] = {}
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            diff, _ = row.pop("diff"), row.pop("time")
            if not wanted(row):
                continue
            key = json.dumps(row, sort_keys=True)
            count = rows.get(key, (0, row))[0] + diff
            if count:
                rows[key] = (count, row)
            else:
                rows.pop(key, None)
    return [row for count, row in rows.values() for _ in range(count)]
