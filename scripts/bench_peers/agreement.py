"""Whether two peers wrote the same numbers.

``python -m scripts.bench_peers.agreement WANTED GIVEN [TABLE]...`` compares two folders of tables.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from scripts.bench_peers.stepper import VALUES

TOLERANCE = 1e-6  # relative, absolute below 1
KEY = ("symbol", "bar_start")
TABLES = {
    "bars": ("open", "high", "low", "close", "volume", "trade_count", "vwap"),
    "indicators": VALUES,
}


def final(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    """The rows that stand at the end: a change log's +1 and -1 are summed, plain rows are kept."""
    types = dict.fromkeys(columns, pl.Float64)
    schema = {"symbol": pl.String, "bar_start": pl.Int64, "interval": pl.String, **types}
    rows = pl.scan_ndjson(path, schema={**schema, "diff": pl.Int64}).filter(interval="1m")
    rows = rows.with_columns(pl.col("diff").fill_null(1))
    standing = rows.group_by(*schema).agg(pl.col("diff").sum()).filter(pl.col("diff") != 0)
    table = standing.select(*KEY, *columns, "diff").collect()
    if table.filter(pl.col("diff") != 1).height or table.select(KEY).is_duplicated().any():
        raise SystemExit(f"{path}: changes do not add up to one row per bar")
    return table.drop("diff")


def differences(wanted: pl.DataFrame, given: pl.DataFrame, columns: tuple[str, ...]) -> list[str]:
    """What is not the same, one line each; nothing when all is."""
    joined = wanted.join(given, on=KEY, how="full", suffix="_given")
    if joined.height != wanted.height or given.height != wanted.height:
        return [f"{wanted.height:,} rows wanted, {given.height:,} given, {joined.height:,} in all"]
    found = []
    for name in columns:
        want, give = pl.col(name), pl.col(f"{name}_given")
        scale = pl.max_horizontal(want.abs(), 1.0)
        missing = want.is_null() != give.is_null()
        wrong = joined.filter(missing | ((want - give).abs() / scale > TOLERANCE))
        if wrong.height:
            row = wrong.select(*KEY, name, f"{name}_given").sort(KEY).row(0)
            found.append(f"{name}: {wrong.height:,} rows differ, first {row}")
    return found


def main(wanted: Path, given: Path, tables: Sequence[str] = tuple(TABLES)) -> int:
    """Compare the tables; 1 and a line for each difference when there is one."""
    found = []
    for table in tables:
        columns = TABLES[table]
        want, give = (final(folder / f"{table}.jsonl", columns) for folder in (wanted, given))
        found += [f"{table}.{line}" for line in differences(want, give, columns)]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:] or tuple(TABLES)))
