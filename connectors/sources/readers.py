"""The fast way to read lines: all of them at once, typed while they are parsed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from connectors.sources.layout import Layout
from connectors.sources.lines import Lines

_ODD: Final = "odd."
_FEW: Final = 256  # lines that are not worth another try
_PIECES: Final = 16

_Reader = Callable[[Lines], pl.DataFrame | None]


@dataclass
class Decoded:
    """What became of some lines.

    Attributes:
        frames: ``line`` and the source's fields, one row per line, typed; a missing value is null.
        odd: numbers of the lines that have to be taken apart one by one.
    """

    frames: list[pl.DataFrame] = field(default_factory=list)
    odd: list[int] = field(default_factory=list)


class Decoder:
    """Reads lines of one file the way its first lines are written."""

    def __init__(self, source: Layout) -> None:
        types: dict[str, pl.DataType] = {}
        for column in source.fields.values():
            # A column that serves two fields is read as text when one of them wants text.
            if types.get(column.name) != pl.String:
                types[column.name] = column.type
        self._read = _csv(source, types) if source.format == "csv" else _jsonl(source, types)

    def decode(self, lines: Lines) -> Decoded:
        """Read all lines that can be read at once."""
        found = Decoded()
        self._decode(lines, found)
        return found

    def _decode(self, lines: Lines, found: Decoded) -> None:
        table = self._table(lines) if lines.count else None
        if table is not None:
            index = pl.int_range(lines.first, lines.first + lines.count, dtype=pl.Int64)
            table = table.with_columns(line=index)
            if _ODD in table.columns:
                found.odd += table.filter(_ODD)["line"].to_list()
                table = table.filter(~pl.col(_ODD)).drop(_ODD)
            found.frames.append(table)
        elif lines.count <= _FEW:
            found.odd += range(lines.first, lines.first + lines.count)
        else:
            for block in lines.blocks(max(_FEW, -(-lines.count // _PIECES))):
                self._decode(block, found)

    def _table(self, lines: Lines) -> pl.DataFrame | None:
        try:
            table = self._read(lines)
        except pl.exceptions.PolarsError:
            return None
        return table if table is not None and table.height == lines.count else None


def _csv(source: Layout, types: Mapping[str, pl.DataType]) -> _Reader:
    schema = {f"c{i}": types.get(name, pl.String()) for i, name in enumerate(source.columns)}
    place = {name: f"c{i}" for i, name in enumerate(source.columns)}
    fields = [pl.col(place[at.name]).alias(field) for field, at in source.fields.items()]
    last = f"c{len(schema) - 1}"

    def read(lines: Lines) -> pl.DataFrame | None:
        # All columns are read, also those nobody needs: only then is a line too long an error.
        table = pl.read_csv(lines.data, has_header=False, schema=schema, separator=source.separator)
        if not table[last].null_count() or _complete(lines, source.separator, len(schema)):
            return table.select(fields)
        return table.select(*fields, pl.col(last).is_null().alias(_ODD))

    return read


def _complete(lines: Lines, separator: str, width: int) -> bool:
    """Whether no line is too short, given that none is too long."""
    there = lines.data.count(separator.encode())
    return b'"' not in lines.data and there == (width - 1) * lines.count


def _jsonl(source: Layout, types: Mapping[str, pl.DataType]) -> _Reader:
    fields = [pl.col(at.name).alias(field) for field, at in source.fields.items()]

    def read(lines: Lines) -> pl.DataFrame | None:
        if _may_hold_surrogates(lines.data):
            return None  # half a pair of them, which is valid JSON, would become a NUL
        return pl.read_ndjson(lines.data, schema=types).select(fields)

    return read


def _may_hold_surrogates(data: bytes) -> bool:
    # A single byte is found a hundred times as fast as two: most files have no backslash at all.
    return b"\\" in data and (b"\\ud" in data or b"\\uD" in data)
