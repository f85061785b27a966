"""Replays of daily bars and the portfolios beside them, and what must hold of every cell."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import orjson
import polars as pl
from pathway.internals.parse_graph import G

import transforms.schemas as schemas
from pipeline.cli import main
from tests.transforms.soundness import (
    assert_advice_is_sound,
    assert_finite,
    assert_risk_is_sound,
    assert_weights_add_up,
)
from transforms.kernels.registry import INDICATORS, column

SCHEMAS = {
    "bars": schemas.Bar,
    "signals": schemas.Signal,
    "positions": schemas.Position,
    "portfolio_risk": schemas.PortfolioRisk,
    "advice": schemas.Advice,
    "advice_versions": schemas.AdviceVersion,
    "advice_changes": schemas.AdviceChange,
    "evaluations": schemas.Evaluation,
    "track_record": schemas.TrackRecord,
}
STANDING = ("indicators", *(name for name in SCHEMAS if name != "advice_changes"))


def run(folder: Path, bars: Path, *flags: object) -> Path:
    """The folder of a replay of daily bars and the portfolios beside them."""
    out = folder / f"out-{bars.stem}-{len(list(folder.iterdir()))}"
    files = ("--bars", bars, "--interval", "1d", "--holdings", folder / "held.csv")
    files += ("--instruments", folder / "facts.csv", "--benchmark", "equal_weight")
    assert main(["replay", *map(str, (*files, *flags)), "--out", str(out), "--quiet"]) == 0
    G.clear()  # a command is one process; here several share one
    return out


def final(out: Path, name: str) -> list[bytes]:
    """The final table as sorted lines, byte for byte."""
    rows: Counter[bytes] = Counter()
    for line in (out / f"{name}.jsonl").read_bytes().splitlines():
        row, found, rest = line.rpartition(b',"diff":')
        assert found
        rows[row] += int(rest.partition(b",")[0])
    assert set(rows.values()) <= {0, 1}
    return sorted(row for row, count in rows.items() if count)


def changes(out: Path, name: str) -> Iterator[dict[str, Any]]:
    """Every change; reading fails at NaN, at infinity and at numbers too large for a float."""
    for line in (out / f"{name}.jsonl").read_bytes().splitlines():
        yield orjson.loads(line)


def assert_cells_are_sound(out: Path) -> None:
    """No cell is NaN or infinite, and none is null that its schema says is there."""
    for name, schema in SCHEMAS.items():
        types = schema.typehints()
        required = [cell for cell, kind in types.items() if type(None) not in get_args(kind)]
        for row in changes(out, name):
            missing = [cell for cell in required if row[cell] is None]
            assert not missing, (name, missing, row)
            if name not in ("portfolio_risk", "advice", "advice_versions"):
                assert_finite(row)
    for row in changes(out, "portfolio_risk"):
        assert_risk_is_sound(row)
    for name in ("advice", "advice_versions"):
        for row in changes(out, name):
            assert_advice_is_sound(row)
    rows = [[orjson.loads(b"%b}" % line) for line in final(out, name)] for name in HELD]
    assert_weights_add_up(*rows)
    assert len(rows[1]) > 0


HELD = ("positions", "portfolio_risk")


def gaps(out: Path, *symbols: str) -> set[str]:
    """Indicators that are there before their first bar, or are missing from it on."""
    rows = pl.read_ndjson(out / "indicators.jsonl", infer_schema_length=None)
    rows = rows.filter(pl.col("symbol").is_in(symbols)) if symbols else rows
    rows = rows.sort("symbol", "bar_start").with_columns(
        n=pl.int_range(1, pl.len() + 1).over("symbol")
    )
    there = rows.select(
        ((pl.col(name).is_not_null()) == (pl.col("n") >= column(name).first)).all().alias(name)
        for name in INDICATORS
    )
    return {name for name in INDICATORS if not there[name].item()}


def write_facts(folder: Path, rows: Sequence[tuple[str, str, str]]) -> None:
    names = ["symbol", "sector", "currency"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    frame.with_columns(name=pl.col("symbol"), asset_class=pl.lit("equity")).write_csv(
        folder / "facts.csv"
    )


def write_holdings(folder: Path, rows: Sequence[tuple[str, str, float]]) -> None:
    names = ["portfolio_id", "symbol", "quantity"]
    pl.DataFrame(rows, schema=names, orient="row").write_csv(folder / "held.csv")
