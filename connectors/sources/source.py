"""A file of the market or of its participants, inspected before anything starts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median_low
from typing import Literal, Self

import polars as pl

from connectors.sources.columns import FIELDS, Kind, Mapped, Unit, resolve_columns
from connectors.sources.errors import SourceError
from connectors.sources.formats import Format, format_of
from connectors.sources.head import Head, read_head

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
class FileSource:
    """One input file whose columns are known. Made by ``inspect``.

    Attributes:
        name: what ``Rejected.source`` says; the file's name when not given.
        columns: every column of a CSV file in its order; of other formats only what is known.
        fields: the column of each field found; optional fields may be absent.
        interval: length of a bar, None without. venue: of trades without a column for it.
        as_of: microseconds UTC, the time of snapshots whose file has no time column.
        timezone: of the market: dates of corporate actions are its midnights.
        check: a second source of trades or bars: it makes no bars, its prices are compared.
        paced: follows the speed of the feed; False: always as fast as it can be read.
        size: bytes on disk. empty: the file has not even a header.
        mapping: what the user asked for; ``fields`` says what came of it.
    """

    path: Path
    kind: Kind
    name: str
    format: Format
    columns: tuple[str, ...]
    separator: str
    fields: Mapping[str, Column]
    mapping: Mapping[str, Mapped]
    interval: timedelta | None
    venue: str
    as_of: int | None
    volatility_unit: VolatilityUnit
    timezone: str
    check: bool
    paced: bool
    size: int
    empty: bool

    @classmethod
    def inspect(
        cls,
        path: Path | str,
        kind: Kind,
        *,
        mapping: Mapping[str, Mapped] | Iterable[tuple[str, Mapped]] = (),
        interval: timedelta | None = None,
        venue: str = "",
        as_of: int | None = None,
        volatility_unit: VolatilityUnit = "pct_annual",
        timezone: str = "UTC",
        check: bool = False,
        paced: bool = True,
        name: str | None = None,
    ) -> Self:
        """Read the beginning of the file and find its columns.

        Args:
            path: .csv, .csv.gz, .jsonl, .jsonl.gz or .parquet.
            kind: what a row of the file is.
            mapping: columns by field, as ``columns.parse_mapping`` gives them; entries for fields
                that this kind has not are ignored.
            interval: length of one bar: needed for bars.
            venue: of trades without a venue column.
            as_of: microseconds UTC: needed for snapshots without a time column.
            volatility_unit: of a snapshot's ``volatility``.
            timezone: of the market.
            check: whether it is a second source, which is not paced.
            paced: whether the rows follow the speed of a paced feed.
            name: of the source in ``Rejected``.

        Raises:
            SourceError: one line: the file is missing, unreadable, of an unknown kind, or has no
                column for a needed field.
        """
        path = Path(path)
        _check_options(path, kind, interval)
        format = format_of(path)
        head = read_head(path, format)
        wanted = dict(mapping)
        found = {} if head.empty else resolve_columns(path.name, kind, head.columns, wanted)
        if kind == "snapshots" and not head.empty and "ts_event" not in found and as_of is None:
            raise SourceError(
                f"{path.name} has no column for `ts_event` (columns: {', '.join(head.columns)}); "
                "name it with --map ts_event=COLUMN:UNIT or say what time its prices are of"
            )
        return cls(
            path=path,
            kind=kind,
            name=name or path.name,
            format=format,
            columns=head.columns,
            separator=head.separator,
            fields=_columns(kind, head, found),
            mapping=wanted,
            interval=interval,
            venue=venue,
            as_of=as_of,
            volatility_unit=volatility_unit,
            timezone=timezone,
            check=check,
            paced=paced and not check,
            size=path.stat().st_size,
            empty=head.empty,
        )

    @property
    def used(self) -> dict[str, Mapped]:
        """The entries of the mapping that this file has used, for ``check_mapping_used``."""
        return {
            field: wanted
            for field, wanted in self.mapping.items()
            if field in self.fields and self.fields[field].name == wanted.column
        }


def _check_options(path: Path, kind: Kind, interval: timedelta | None) -> None:
    if kind == "bars" and interval is None:
        raise SourceError(f"{path.name}: the length of its bars is not given; add an interval")
    if interval is not None and interval <= timedelta(0):
        raise SourceError(f"{path.name}: `interval` must be positive, was {interval}")


def _columns(kind: Kind, head: Head, found: Mapping[str, Mapped]) -> dict[str, Column]:
    types = {field.name: field.type for field in FIELDS[kind]}
    columns = {}
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
