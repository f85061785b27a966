"""The bytes of a file -> rows of CSV, a JSON value, or XML that is safe to read."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from connectors.imports.draft import Record
from connectors.imports.imported import ImportRefused
from connectors.imports.numerals import style_of

MAX_BYTES: Final = 10 << 20
HEADER_WITHIN: Final = 60  # rows: titles and totals that a workbook has above its table
_SEPARATORS: Final = ",;\t|"
_BINARY: Final = {
    b"PK\x03\x04": "an Excel workbook or an archive: save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save the sheet as CSV",
    b"\x1f\x8b": "packed: unpack it first",
    b"%PDF": "a PDF: ask the broker for CSV, XML or JSON",
}
Names = frozenset[str]


@dataclass(frozen=True)
class Row:
    """A line of CSV that is not blank."""

    line: int
    cells: list[str]
    text: str


@dataclass(frozen=True)
class Content:
    """A file by its shape.

    Attributes:
        kind: csv, json or xml.
        rows: of CSV. value: of JSON. data: of XML.
        decoded: '' when the text was UTF-8, else what it was taken for.
    """

    kind: Literal["csv", "json", "xml"]
    rows: Sequence[Row] = ()
    value: Any = None
    data: bytes = b""
    decoded: str = ""

    def header(self, fits: Callable[[Names], bool]) -> int | None:
        """Place among ``rows`` of the first that names the columns wanted; None: there is none."""
        for place, row in enumerate(self.rows[:HEADER_WITHIN]):
            if fits(frozenset(map(plain, row.cells))):
                return place
        return None


@dataclass(frozen=True)
class Table:
    """Rows below a header. ``above``: rows before it. ``doubt``: about how its numbers are written.

    A row that is longer than the header keeps its surplus in its text alone.
    """

    records: list[Record]
    above: list[Record]
    doubt: str
    names: Names


def open_content(data: bytes) -> Content:
    """Tell what a file is by its bytes.

    Raises:
        ImportRefused: it is empty, too large, or of a kind that cannot be read.
    """
    if len(data) > MAX_BYTES:
        raise ImportRefused(f"the file has {len(data)} bytes, at most {MAX_BYTES} are read")
    for magic, what in _BINARY.items():
        if data.startswith(magic):
            raise ImportRefused(f"the file is {what}")
    text, decoded = _decode(data)
    start = text.lstrip()[:1]
    if not start:
        raise ImportRefused("the file is empty")
    if start == "<":
        return Content("xml", data=data, decoded=decoded)
    if start in "{[":
        try:
            return Content("json", value=orjson.loads(text), decoded=decoded)
        except orjson.JSONDecodeError as error:
            raise ImportRefused(f"the file is no JSON: {error}") from None
    return Content("csv", rows=list(_rows(text)), decoded=decoded)


def table(content: Content, header: int, numeric: Names) -> Table:
    """The records below row ``header``; ``numeric``: columns that hold numbers."""
    names = [plain(cell) for cell in content.rows[header].cells]
    body = content.rows[header + 1 :]
    places = [place for place, name in enumerate(names) if name in numeric]
    texts = (row.cells[place] for row in body for place in places if place < len(row.cells))
    style, doubt = style_of(texts)
    above = [Record(row.line, {}, row.text) for row in content.rows[:header]]
    records = [
        Record(row.line, dict(zip(names, map(str.strip, row.cells), strict=False)), row.text, style)
        for row in body
    ]
    return Table(records, above, doubt, frozenset(names) - {""})


def plain(name: str) -> str:
    """A column's name in lower case, letters and digits only: ``Avg. cost`` is ``avgcost``."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def record_of(place: int, item: dict[str, Any]) -> Record:
    """A JSON object as a record; members that are objects or lists are left to the caller."""
    cells = {plain(name): _scalar(value) for name, value in item.items()}
    return Record(place, cells, orjson.dumps(item).decode())


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _decode(data: bytes) -> tuple[str, str]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace"), ""
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "Windows-1252"


def _rows(text: str) -> Iterator[Row]:
    lines = list(io.StringIO(text, newline=""))  # csv and this must agree what a line is
    reader = csv.reader(lines, delimiter=_separator(lines))
    done = 0
    try:
        for cells in reader:
            first, done = done, reader.line_num
            if any(cell.strip() for cell in cells):
                yield Row(first + 1, cells, "".join(lines[first:done]).rstrip("\r\n"))
    except csv.Error as error:
        raise ImportRefused(f"the file is no CSV: line {reader.line_num}: {error}") from None


def _separator(lines: Sequence[str]) -> str:
    """The mark that the widest of the first lines has most of."""
    head = lines[:HEADER_WITHIN]
    return max(_SEPARATORS, key=lambda mark: max((line.count(mark) for line in head), default=0))
