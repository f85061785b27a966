"""A file of the market or of its participants, inspected before anything starts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from connectors.sources.columns import Kind, Mapped, resolve_columns
from connectors.sources.errors import SourceError
from connectors.sources.formats import format_of
from connectors.sources.head import read_head
from connectors.sources.layout import Layout, VolatilityUnit, columns_of


@dataclass(frozen=True)
class FileSource(Layout):
    """One input file whose columns are known. Made by ``inspect``.

    Attributes:
        paced: follows the speed of the feed; False: always as fast as it can be read.
        size: bytes on disk. empty: the file has not even a header.
        mapping: what the user asked for; ``fields`` says what came of it.
    """

    path: Path
    mapping: Mapping[str, Mapped]
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
            fields=columns_of(kind, head, found),
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
