"""The fast way to read lines: all of them at once, typed while they are parsed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from connectors.sources.lines import Lines
from connectors.sources.source import FileSource

_FEW: Final = 256  # lines that are not worth another try
_PIECES: Final = 16


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

    def __init__(self, source: FileSource) -> None:
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
            found.odd += table.filter(pl.col("odd"))["line"] if "odd" in table.columns else ()
            found.frames.append(table.filter(~pl.col("odd")).drop("odd") if found.odd else table)
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
