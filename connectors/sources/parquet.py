"""A Parquet file as slices of rows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from connectors.sources.errors import SourceError
from connectors.sources.lines import RAW_LIMIT
from connectors.sources.source import FileSource

_ROW_BYTES = 64  # of a row in memory, roughly: slices are given in bytes like the chunks of text


@dataclass(frozen=True)
class Slice:
    """Some rows of the file.

    Attributes:
        raw: ``line``, the 1-based number of the row, and the fields as the file holds them.
        bytes_read: the share of the file that has been read, in bytes of the file.
    """

    raw: pl.DataFrame
    bytes_read: int

    def text_of(self, line: int) -> str:
        """The fields of a row as JSON."""
        row = self.raw.filter(pl.col("line") == line).drop("line").row(0, named=True)
        return json.dumps(row, default=str)[:RAW_LIMIT]


def read_slices(source: FileSource, chunk_bytes: int) -> Iterator[Slice]:
    """Read the rows in slices of about ``chunk_bytes`` in memory.

    Raises:
        SourceError: the file cannot be read to its end; rows before the damage have been given.
    """
    fields = [pl.col(at.name).alias(field) for field, at in source.fields.items()]
    rows = max(1, chunk_bytes // _ROW_BYTES)
    try:
        table = pl.scan_parquet(source.path).select(fields)
        total = table.select(pl.len()).collect().item()
        size = source.path.stat().st_size
        for at in range(0, total, rows):
            found = table.slice(at, rows).collect()
            line = pl.int_range(at + 1, at + 1 + found.height, dtype=pl.Int64)
            yield Slice(found.with_columns(line=line), size * min(at + rows, total) // total)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SourceError(f"{source.path}: {str(error).splitlines()[0]}") from error
