"""Running the command in this process, and reading what it wrote."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from pathway.internals.parse_graph import G

from pipeline.cli import main
from tests.pipeline.live_runs import Run
from tests.pipeline.live_trades import a_minute
from tests.servers import unique

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
LiveRun = Callable[..., Run]


OF_SECONDS = {"base_interval": "1s", "intervals": ["1s", "1m"], "indicators": ["rsi_14"]}
NESTED = ("evidence", "suggestion", "clears_if", "sector_weights", "reasons")


def final_table(file: Path, key: Sequence[str]) -> pl.DataFrame:
    """Rows whose changes sum to one, in order of their key; any other sum is an error.

    Nested columns become their JSON text.
    """
    if not file.stat().st_size:
        return pl.DataFrame()
    if b'"evidence":' in file.read_bytes()[:4096] or file.stem == "portfolio_risk":
        rows = [orjson.loads(line) for line in file.read_bytes().splitlines()]
        for row in rows:
            row |= {name: orjson.dumps(row[name]).decode() for name in NESTED if name in row}
        log = pl.DataFrame(rows, infer_schema_length=None).drop("time")
    else:
        log = pl.read_ndjson(file, infer_schema_length=None).drop("time")
    columns = [name for name in log.columns if name != "diff"]
    sums = log.group_by(columns).agg(pl.col("diff").sum()).filter(pl.col("diff") != 0)
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
        G.clear()  # a command is one process; here several share one
        return {name: final_table(out / f"{name}.jsonl", key) for name, key in KEYS.items()}

    return run


@pytest.fixture
def live_run(tmp_path: Path) -> Iterator[LiveRun]:
    """Makes runs over a database, with bars of seconds; all end with the test."""
    made: list[Run] = []

    def make(database: str, *, kafka: str = "", **how: Any) -> Run:
        schema, engine, more = unique("run"), how.pop("engine", {}), how.pop("more", {})
        how |= {"engine": {**OF_SECONDS, **engine}, "more": {"advice": {"interval": "1s"}, **more}}
        made.append(Run(kafka, database, "", schema, tmp_path / schema, **how))
        return made[-1]

    yield make
    for run in made:
        if run.process is not None:
            run.process.kill()
            run.process.wait()


@pytest.fixture
def trades(shared: Path) -> list[Any]:
    """A minute of Binance: symbol, time in microseconds, price, size, id."""
    return a_minute(shared)
