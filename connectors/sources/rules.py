"""What a row must satisfy by itself, and the reason it is refused for otherwise."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import Enum, auto
from typing import Final

import polars as pl

from connectors.sources.columns import FIELDS, Kind
from connectors.sources.layout import Layout
from connectors.sources.timestamps import EARLIEST, LATEST, micros, micros_like

RAW: Final = "raw."  # prefix of a column as it was read, beside the typed one
LARGEST: Final = 1e15  # of a size, volume or turnover in one row: sums of thousands still fit int64

_PRICES: Mapping[Kind, tuple[str, ...]] = {
    "trades": ("price",),
    "bars": ("open", "high", "low", "close", "vwap"),
    "snapshots": ("price",),
    "fx": ("rate",),
    "actions": ("new", "old"),
}
_AMOUNTS: Mapping[Kind, tuple[str, ...]] = {
    "trades": ("size",),
    "bars": ("volume", "turnover"),
    "holdings": ("avg_cost",),
    "transactions": ("quantity", "price", "fee"),
}


class Reading(Enum):
    """How closely values are looked at.

    CAREFUL understands every way of writing, and strips symbols. FAST understands times written as
    the first one of the file is, and leaves symbols as they are; STRICT fails where FAST has null.
    """

    CAREFUL = auto()
    FAST = auto()
    STRICT = auto()


def typed(raw: pl.DataFrame, source: Layout, reading: Reading) -> pl.LazyFrame:
    """Give every field its type, beside the values as they were read (``raw.`` columns).

    Text that spells no number or no time becomes null.

    Args:
        raw: ``line`` and the fields as they were read.
        source: gives the kind and how times are written.
        reading: how closely to look.
    """
    types = {field.name: field.type for field in FIELDS[source.kind]}
    columns = []
    for field, column in source.fields.items():
        value, dtype = pl.col(field), raw.schema[field]
        match types[field]:
            case "time" if reading is Reading.CAREFUL:
                value = micros(value, dtype, column.unit or "us")
            case "time":
                strict = reading is Reading.STRICT
                value = micros_like(value, dtype, column.unit or "us", column.sample, strict=strict)
            case "number":
                value = _number(value, dtype)
            case "id" if dtype.is_integer():
                value = value.cast(pl.Int64)
            case "text" | "id" if dtype != pl.String:
                value = value.cast(pl.String)
        if field == "symbol" and reading is Reading.CAREFUL:
            value = value.str.strip_chars(" ")
        columns.append(value.alias(field))
    read = pl.col(*source.fields).name.prefix(RAW)
    return raw.lazy().select("line", read, *columns)


def broken_rules(source: Layout, schema: Mapping[str, pl.DataType]) -> dict[str, pl.Expr]:
    """Reason -> which rows of ``typed`` break that rule, in the order in which they are told.

    Args:
        source: gives the kind and the fields.
        schema: of the frame as it was read.
    """
    numbers = [f.name for f in FIELDS[source.kind] if f.type == "number" and f.name in schema]
    needed = [f.name for f in FIELDS[source.kind] if f.required and not f.blank]
    rules = {"missing_field": _any(_absent(name, schema[name]) for name in needed)}
    unreadable = [_unreadable(name, schema[name]) for name in numbers]
    rules["not_a_number"] = _any(rule for rule in unreadable if rule is not None)
    rules["not_finite"] = _any(~pl.col(name).is_finite() for name in numbers)
    rules |= _values(source.kind, schema)
    if "ts_event" in schema:
        time = pl.col("ts_event")
        rules["bad_timestamp"] = time.is_null() & pl.col(RAW + "ts_event").is_not_null()
        rules["timestamp_too_old"] = time < EARLIEST
        rules["timestamp_in_future"] = time > LATEST
    return rules


def of_interval(source: Layout) -> pl.Expr | None:
    """Which rows are bars of the source's own interval; None when the file does not say."""
    if source.kind != "bars" or "interval" not in source.fields or source.interval is None:
        return None
    # A row that does not say is taken for what the file was declared to be.
    return pl.col("interval").is_null() | pl.col("interval").is_in(_spellings(source.interval))


def _values(kind: Kind, schema: Mapping[str, pl.DataType]) -> dict[str, pl.Expr]:
    prices = [name for name in _PRICES.get(kind, ()) if name in schema]
    amounts = [name for name in _AMOUNTS.get(kind, ()) if name in schema]
    low = [pl.col(name) <= 0 for name in prices] + [pl.col(name) < 0 for name in amounts]
    high = [pl.col(name) >= LARGEST for name in amounts]
    if prices and amounts:
        high.append(pl.col(prices[0]) * pl.col(amounts[0]) >= LARGEST)
    rules = {"not_positive": _any(low), "out_of_range": _any(high)}
    if kind == "bars":
        inside = pl.max_horizontal("open", "close", "low") <= pl.col("high")
        rules["bad_bar"] = ~(inside & (pl.min_horizontal("open", "close") >= pl.col("low")))
    if "diff" in schema:
        rules["bad_diff"] = pl.col("diff").abs() != 1
    return rules


def _number(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.String:
        return value.str.strip_chars().cast(pl.Float64, strict=False)
    return value if dtype == pl.Float64 else value.cast(pl.Float64)


def _absent(name: str, dtype: pl.DataType) -> pl.Expr:
    raw = pl.col(RAW + name)
    return raw.is_null() | (raw == "") if dtype == pl.String else raw.is_null()


def _unreadable(name: str, dtype: pl.DataType) -> pl.Expr | None:
    if dtype != pl.String:
        return None
    return pl.col(name).is_null() & (pl.col(RAW + name) != "")


def _any(rules: Iterator[pl.Expr] | list[pl.Expr]) -> pl.Expr:
    found = list(rules)
    return pl.any_horizontal(found) if found else pl.lit(False)


def _spellings(interval: timedelta) -> list[str]:
    seconds = int(interval.total_seconds())
    found = [str(seconds)]
    for unit, size in (("s", 1), ("m", 60), ("min", 60), ("h", 3_600), ("d", 86_400)):
        if seconds % size == 0:
            found.append(f"{seconds // size}{unit}")
    return found
