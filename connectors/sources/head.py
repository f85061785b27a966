"""What the beginning of a file tells: its columns, and how their values are written."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from connectors.sources.errors import SourceError
from connectors.sources.formats import Format, open_file, read_chunks
from connectors.sources.lines import Fields, csv_splitter, csv_values, split_json

HEAD_ROWS = 1_000  # data lines that are looked at
_HEAD_BYTES = 1 << 18
_SEPARATORS = ",;\t|"


@dataclass(frozen=True)
class Head:
    """The beginning of a file.

    Attributes:
        columns: names in the order of the file; of a JSONL file, those seen in its first lines.
        separator: between the values of a CSV line; '' for other formats.
        types: how values are written. A Parquet file says it; a column of a text file is Int64,
            Float64 or String after the majority of its first values (a JSON string is a String
            even when it spells a number).
        values: the first values of each column, as text, without those that are missing.
        empty: there is not even a header.
    """

    columns: tuple[str, ...]
    separator: str
    types: Mapping[str, pl.DataType]
    values: Mapping[str, Sequence[str]]
    empty: bool = False


def read_head(path: Path, format: Format) -> Head:
    """Look at the first 1,000 rows.

    Raises:
        SourceError: the file cannot be read, or its beginning is not what its suffix says.
    """
    if format == "parquet":
        return _parquet_head(path)
    lines = _first_lines(path)
    if not lines:
        return Head((), "", {}, {}, empty=True)
    return _csv_head(path, lines) if format == "csv" else _jsonl_head(path, lines)


def _first_lines(path: Path) -> list[bytes]:
    lines: list[bytes] = []
    for chunk in read_chunks(path, _HEAD_BYTES):
        lines += [line for line in chunk.lines.each if line.strip()]
        if len(lines) > HEAD_ROWS:
            break
    return lines[: HEAD_ROWS + 1]


def _csv_head(path: Path, lines: Sequence[bytes]) -> Head:
    try:
        header = lines[0].rstrip(b"\r").decode()
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path}: its header is not UTF-8 text; save the file as UTF-8"
        ) from error
    separator = max(_SEPARATORS, key=header.count)
    columns = tuple(csv_values(header, separator))
    split = csv_splitter(columns, separator)
    return _text_head(columns, separator, [split(line) for line in lines[1:]])


def head_of_messages(name: str, values: Sequence[bytes]) -> Head:
    """Look at JSON messages.

    Raises:
        SourceError: none of them is a JSON object.
    """
    return _jsonl_head(name, [value for value in values[:HEAD_ROWS] if value.strip()])


def _jsonl_head(path: Path | str, lines: Sequence[bytes]) -> Head:
    rows = [split_json(line) for line in lines]
    columns = tuple(dict.fromkeys(key for row in rows if not isinstance(row, str) for key in row))
    if not columns:
        raise SourceError(f"{path}: none of its first lines is a JSON object")
    head = _text_head(columns, "", rows)
    quoted: Counter[str] = Counter()
    for line in lines:
        quoted.update(_quoted_keys(line))
    spelled = {name: pl.String() for name in columns if 2 * quoted[name] > len(head.values[name])}
    return replace(head, types={**head.types, **spelled})


def _quoted_keys(line: bytes) -> list[str]:
    try:
        found = json.loads(line)
    except ValueError:
        return []
    return [k for k, v in found.items() if isinstance(v, str)] if isinstance(found, dict) else []


def _text_head(columns: tuple[str, ...], separator: str, rows: Sequence[Fields | str]) -> Head:
    found = [row for row in rows if not isinstance(row, str)]
    values = {name: [text for row in found if (text := row.get(name))] for name in columns}
    return Head(columns, separator, {name: _type_of(values[name]) for name in columns}, values)


def _type_of(texts: Sequence[str]) -> pl.DataType:
    text = pl.Series(texts, dtype=pl.String)
    numbers = text.cast(pl.Float64, strict=False).is_not_null().sum()
    if 2 * numbers <= len(text):
        return pl.String()
    whole = text.cast(pl.Int64, strict=False).is_not_null().sum()
    return pl.Int64() if whole == numbers else pl.Float64()


def _parquet_head(path: Path) -> Head:
    with open_file(path) as file:
        if not file.read(1):
            return Head((), "", {}, {}, empty=True)
    try:
        types = dict(pl.read_parquet_schema(path))
        first = pl.read_parquet(path, n_rows=HEAD_ROWS)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SourceError(f"{path}: is no Parquet file ({str(error).splitlines()[0]})") from error
    values = {name: [str(value) for value in first[name].drop_nulls()] for name in types}
    return Head(tuple(types), "", types, values)
