"""What the rows of a feed look like: which column holds which field, and how it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median_low
from typing import Literal

import polars as pl

from connectors.sources.columns import FIELDS, Kind, Mapped, Unit, resolve_columns
from connectors.sources.formats import Format
from connectors.sources.head import Head, head_of_messages

VolatilityUnit = Literal["pct_annual", "pct_daily", "fraction_annual", "fraction_daily"]


@dataclass(frozen=True)
class Column:
    """Where a field stands in the file.

    Attributes:
        name: of the column in the file.
        type: how its values are read; a value that is not of that type is refused, or read with
            care when its text can be understood.
        unit: of a time.
        sample: one value as text; '' when none is known.
    """

    name: str
    type: pl.DataType
    unit: Unit | None = None
    sample: str = ""


@dataclass(frozen=True)
class Layout:
    """What the rows of a feed look like.

    Attributes:
        name: what ``Rejected.source`` says; of a file its name when not given.
        columns: every column of a CSV file in its order; of other formats only what is known.
        fields: the column of each field found; optional fields may be absent.
        interval: length of a bar, None without. venue: of trades without a column for it.
        as_of: microseconds UTC, the time of snapshots without a time column.
        timezone: of the market: dates of corporate actions are its midnights.
        check: a second source of trades or bars: it makes no bars, its prices are compared.
    """

    kind: Kind
    name: str
    format: Format
    columns: tuple[str, ...]
    separator: str
    fields: Mapping[str, Column]
    interval: timedelta | None
    venue: str
    as_of: int | None
    volatility_unit: VolatilityUnit
    timezone: str
    check: bool


def layout_of_messages(
    values: Sequence[bytes],
    kind: Kind,
    *,
    name: str,
    mapping: Mapping[str, Mapped],
    interval: timedelta | None = None,
    venue: str = "",
) -> Layout:
    """How JSON messages are written, told from some of them.

    A field that none of them has may come later: it is looked for under its own name.

    Raises:
        SourceError: a needed field has no column in any of them.
    """
    head = head_of_messages(name, values)
    found = resolve_columns(name, kind, head.columns, mapping)
    fields = columns_of(kind, head, found)
    for field in FIELDS[kind]:
        wanted = mapping.get(field.name, Mapped(field.name))
        fields.setdefault(field.name, Column(wanted.column, _LATER[field.type], wanted.unit))
    columns = tuple(dict.fromkeys(column.name for column in fields.values()))
    return layout(kind, name, fields, columns, interval=interval, venue=venue)


def layout(
    kind: Kind,
    name: str,
    fields: Mapping[str, Column],
    columns: tuple[str, ...],
    *,
    interval: timedelta | None = None,
    venue: str = "",
) -> Layout:
    """The layout of a live feed."""
    return Layout(
        kind=kind,
        name=name,
        format="jsonl",
        columns=columns,
        separator="",
        fields=fields,
        interval=interval,
        venue=venue,
        as_of=None,
        volatility_unit="pct_annual",
        timezone="UTC",
        check=False,
    )


_LATER: Mapping[str, pl.DataType] = {
    "text": pl.String(),
    "number": pl.Float64(),
    "time": pl.Int64(),
    "id": pl.Int64(),
}


def columns_of(kind: Kind, head: Head, found: Mapping[str, Mapped]) -> dict[str, Column]:
    """Name, type and unit of the column of each field that was found."""
    types = {field.name: field.type for field in FIELDS[kind]}
    columns: dict[str, Column] = {}
    for field, mapped in found.items():
        values = head.values[mapped.column]
        seen = head.types[mapped.column]
        sample = values[0] if values else ""
        if types[field] == "time":
            unit = mapped.unit or _unit(field == mapped.column == "ts_event", seen, list(values))
            columns[field] = Column(mapped.column, _time_type(seen, unit), unit, sample)
        else:
            columns[field] = Column(mapped.column, _value_type(types[field], head, seen))
    return columns


def _value_type(type: str, head: Head, seen: pl.DataType) -> pl.DataType:
    if type == "id":
        return pl.Int64() if seen == pl.Int64 else pl.String()
    if not head.separator and seen == pl.String:
        return pl.String()  # JSON strings stay text even where they spell numbers
    return pl.String() if type == "text" else pl.Float64()


def _time_type(seen: pl.DataType, unit: Unit) -> pl.DataType:
    if seen.is_temporal():
        return seen
    if unit in ("iso", "date"):
        return pl.String()
    # Nanoseconds do not fit a float64: a column of them is never read as one.
    return pl.Int64() if unit == "ns" and seen == pl.Float64 else seen


def _unit(own_name: bool, seen: pl.DataType, values: list[str]) -> Unit:
    """Tell the unit of a time whose unit nobody gave."""
    numbers = pl.Series(values, dtype=pl.String).cast(pl.Float64, strict=False).drop_nulls()
    if seen.is_temporal() or not values:
        return "us"
    if 2 * len(numbers) <= len(values):
        return "iso" if ":" in values[0] else "date"
    if own_name:
        return "us"
    size = median_low(numbers.to_list())
    units: tuple[tuple[float, Unit], ...] = ((1e17, "ns"), (1e14, "us"), (1e11, "ms"))
    return next((unit for least, unit in units if size >= least), "s")
