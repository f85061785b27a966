"""What the readers of all formats share: one record at a time, none forgotten."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from connectors.imports.content import Content, Names, table
from connectors.imports.draft import BadLine, Draft, Record

Fits = Callable[[Names], bool]
ReadOne = Callable[[Record], None]
_DOUBTS: Final = {
    "mixed": "some numbers are written 1,234.5 and some 1.234,5: the second kind is left out",
    "ambiguous": "1,234 was taken for a thousand and more: no number of the file tells",
}


def read_table(
    content: Content, fits: Fits, numeric: Names, draft: Draft, reader: Callable[[Names], ReadOne]
) -> None:
    """Read the table whose header ``fits``; lines above it are told.

    Args:
        content: a file of rows that has such a header.
        fits: whether the names of a row are the header wanted.
        numeric: columns that hold numbers.
        draft: what the records are added to.
        reader: gives what reads one record, from the names of the columns.
    """
    header = content.header(fits)
    assert header is not None, "the format was told by its header"
    found = table(content, header, numeric)
    if found.doubt:
        draft.note(0, f"{found.doubt}_numbers", _DOUBTS[found.doubt])
    for record in found.above:
        draft.see(record)
        draft.drop(record.line, "outside_the_table", "a line above the table")
    read_records(found.records, draft, reader(found.names))


def read_records(records: Iterable[Record], draft: Draft, read_one: ReadOne) -> None:
    """Read each record; one that cannot count is told."""
    for record in records:
        draft.see(record)
        try:
            read_one(record)
        except BadLine as bad:
            symbol = bad.symbol or record.get("symbol", "tradingsymbol", "instrument", "code")
            draft.drop(record.line, bad.kind, str(bad), symbol)


def cost_of(record: Record, symbol: str, draft: Draft, *names: str) -> Decimal | None:
    """An average cost; a holding whose cost cannot be read still counts."""
    try:
        return record.number(*names)
    except BadLine as bad:
        draft.note(record.line, bad.kind, f"{bad}; the holding counts without a cost", symbol)
        return None
