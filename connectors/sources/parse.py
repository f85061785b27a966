"""A file -> its typed rows and its refusals, chunk by chunk, without looking beyond a row."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import polars as pl

from connectors.sources.formats import RawChunk, read_chunks
from connectors.sources.judge import Judged, Refusal, Screen, judge
from connectors.sources.layout import Layout
from connectors.sources.lines import Fields, Lines, csv_splitter, readable, split_json
from connectors.sources.parquet import read_slices
from connectors.sources.readers import Decoder
from connectors.sources.source import FileSource


@dataclass(frozen=True)
class Parsed:
    """The rows of one chunk of a file.

    Attributes:
        rows: ``line`` and the fields of the source's kind, typed, in the order of the file; an
            optional field that the file has not is no column.
        refusals: rows that are wrong by themselves.
        skipped: bars of another interval.
        bytes_read: position in the file as it lies on disk.
        text_of: the text of a row, by its ``line``.
    """

    rows: pl.DataFrame
    refusals: Sequence[Refusal]
    skipped: int
    bytes_read: int
    text_of: Callable[[int], str]

    def emptied(self) -> Self:
        """The same place in the file, without rows."""
        return replace(self, rows=self.rows.clear(), refusals=(), skipped=0)


def read_rows(source: FileSource, chunk_bytes: int) -> Iterator[Parsed]:
    """Read the file in chunks of about ``chunk_bytes``; an empty file has none.

    Raises:
        SourceError: the file has become unreadable since it was inspected.
    """
    if source.empty:
        return
    if source.format == "parquet":
        for piece in read_slices(source, chunk_bytes):
            found = judge(piece.raw, source, piece.text_of)
            yield Parsed(found.rows, found.refusals, found.skipped, piece.bytes_read, piece.text_of)
        return
    parser = TextParser(source)
    for chunk in read_chunks(source.path, chunk_bytes):
        yield parser.parse(chunk)


class TextParser:
    """Parser of one CSV or JSONL file or feed; its chunks are given to it in order.

    The outcome of a line depends on that line alone, not on the lines it came with: what the fast
    way accepts, the careful way accepts with the same values.
    """

    def __init__(self, source: Layout) -> None:
        is_csv = source.format == "csv"
        self._source = source
        self._header_due = is_csv
        self._decoder = Decoder(source)
        self._screen = Screen(source)
        self._split = csv_splitter(source.columns, source.separator) if is_csv else split_json

    def parse(self, chunk: RawChunk) -> Parsed:
        """Type the rows of a chunk, or refuse them."""
        lines = self._without_header(chunk.lines)
        decoded = self._decoder.decode(lines)
        parts, odd = [], decoded.odd
        if decoded.frames:
            sure, doubtful = self._screen.sort_out(pl.concat(decoded.frames))
            parts.append(sure)
            odd = sorted([*odd, *doubtful])
        if odd or not parts:
            parts.append(self._careful(odd, lines))
        refusals = list(parts[-1].refusals)
        if chunk.cut_short is not None:
            place = lines.first + lines.count
            refusals.append(Refusal(place, "truncated_file", readable(chunk.cut_short)))
        rows = pl.concat([part.rows for part in parts], how="vertical_relaxed")
        return Parsed(
            rows=rows.sort("line") if len(parts) > 1 else rows,
            refusals=refusals,
            skipped=sum(part.skipped for part in parts),
            bytes_read=chunk.bytes_read,
            text_of=lines.text_of,
        )

    def _without_header(self, lines: Lines) -> Lines:
        if not self._header_due:
            return lines
        for count, line in enumerate(lines.each, start=1):
            if line.strip():
                self._header_due = False
                return lines.without(count)
        return lines.without(lines.count)

    def _careful(self, numbers: Iterable[int], lines: Lines) -> Judged:
        rows: dict[int, Fields] = {}
        unsplit = []
        for number in numbers:
            data = lines.each[number - lines.first]
            found = self._split(data) if data.strip() else None
            if isinstance(found, str):
                unsplit.append(Refusal(number, found, readable(data)))
            elif found is not None:
                rows[number] = found
        raw = pl.DataFrame(
            {"line": list(rows)}
            | {
                field: [row.get(at.name) for row in rows.values()]
                for field, at in self._source.fields.items()
            },
            {"line": pl.Int64} | dict.fromkeys(self._source.fields, pl.String),
        )
        judged = judge(raw, self._source, lines.text_of)
        refusals = sorted([*judged.refusals, *unsplit], key=lambda refusal: refusal.position)
        return replace(judged, refusals=refusals)
