"""Snapshots of stocks: one row per symbol with its price and what is known of it.

The file may say when its prices are of (``ts_event``); several times per symbol give several bars.
"""

from dataclasses import dataclass
from math import sqrt

import polars as pl

from connectors.sources.layout import VolatilityUnit
from connectors.sources.parse import read_rows
from connectors.sources.source import FileSource

_CRORE = 10_000_000
_TRADING_DAYS = 252
_CHUNK_BYTES = 1 << 22


@dataclass(frozen=True)
class SnapshotFacts:
    """What a snapshot says of a symbol beside its price; None where it says nothing.

    Attributes:
        change_1d_pct: change of the price over a day, percent.
        change_7d_pct: change of the price over seven days, percent.
        volatility: annual, as a fraction: 0.2 is 20 % a year.
    """

    change_1d_pct: float | None
    change_7d_pct: float | None
    volatility: float | None


def as_bars(rows: pl.DataFrame, interval: int) -> pl.DataFrame:
    """Snapshot rows as bars of ``interval`` microseconds that hold one price and no volume."""
    price = pl.col("price")
    return rows.select(
        "line",
        "symbol",
        pl.col("ts_event") - pl.col("ts_event") % interval,
        *(price.alias(name) for name in ("open", "high", "low", "close")),
        volume=pl.lit(0.0),
    )


def parse_snapshot_facts(source: FileSource) -> dict[str, SnapshotFacts]:
    """Read what the file says of each symbol; of several rows of a symbol the last counts.

    Rows that are refused as prices are left out here too.

    Raises:
        SourceError: the file has become unreadable.
    """
    scale = annual_scale(source.volatility_unit)
    facts = {}
    for parsed in read_rows(source, _CHUNK_BYTES):
        for row in parsed.rows.iter_rows(named=True):
            volatility = row.get("volatility")
            facts[row["symbol"]] = SnapshotFacts(
                change_1d_pct=row.get("change_1d_pct"),
                change_7d_pct=row.get("change_7d_pct"),
                volatility=None if volatility is None else volatility * scale,
            )
    return facts


def annual_scale(unit: VolatilityUnit) -> float:
    """What a volatility in ``unit`` is multiplied by to be an annual fraction (252 days a year)."""
    per_year = sqrt(_TRADING_DAYS) if unit.endswith("daily") else 1.0
    return per_year / 100 if unit.startswith("pct") else per_year


def market_cap(crore: float | None) -> float | None:
    """A market capitalisation in rupees."""
    return None if crore is None else crore * _CRORE
