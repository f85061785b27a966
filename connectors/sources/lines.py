"""Lines of a text file, and what a single one is made of: the text of its fields."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

Fields = Mapping[str, str | None]
RAW_LIMIT = 2_000

_RETURN = "\x1f"
_WRONG_COUNT = "wrong_column_count"
_NOT_JSON = "not_json"
_NOT_UTF8 = "not_utf8"


@dataclass(frozen=True)
class Lines:
    """Some whole lines of a file.

    Attributes:
        data: the lines with their ends; the last line of a file may have none.
        first: 1-based number in the file of the first of them.
        count: how many they are, blank ones included.
    """

    data: bytes
    first: int
    count: int

    @cached_property
    def each(self) -> list[bytes]:
        """The lines without their newlines."""
        return self.data.split(b"\n")[: self.count]

    def text_of(self, line: int) -> str:
        """A line, given by its number in the file, as text for people."""
        return readable(self.each[line - self.first])

    def blocks(self, size: int) -> Iterator[Self]:
        """The same lines, ``size`` at a time."""
        for at in range(0, self.count, size):
            some = self.each[at : at + size]
            yield type(self)(b"\n".join(some) + b"\n", self.first + at, len(some))

    def without(self, count: int) -> Self:
        """All but the first ``count`` lines."""
        rest = self.data.split(b"\n", count)[count:]
        return type(self)(b"\n".join(rest), self.first + count, self.count - count)


def readable(raw: bytes) -> str:
    """A refused line as text for people: undecodable bytes escaped, at most 2,000 characters."""
    return raw[: 4 * RAW_LIMIT].rstrip(b"\r\n").decode("utf-8", "backslashreplace")[:RAW_LIMIT]


def keyed(key: bytes | None, text: str) -> str:
    """A refused message of a log as text for people: its key, then what it says."""
    if key is None:
        return text
    return f"key={readable(key)}{' ' if text else ''}{text}"[:RAW_LIMIT]


def csv_splitter(columns: Sequence[str], separator: str) -> Callable[[bytes], Fields | str]:
    """Take CSV lines apart: fields by column name, or the reason why not."""
    width = len(columns)

    def split(raw: bytes) -> Fields | str:
        try:
            line = raw.rstrip(b"\r\n").decode()
        except UnicodeDecodeError:
            return _NOT_UTF8
        values = csv_values(line, separator)
        return dict(zip(columns, values, strict=True)) if len(values) == width else _WRONG_COUNT

    return split


def csv_values(line: str, separator: str) -> list[str]:
    """The values of one CSV line; a quotation mark that is never closed gives none."""
    if '"' not in line:
        return line.split(separator)
    # The csv module takes a carriage return inside a line for a second line.
    safe = line.replace("\r", _RETURN)
    try:
        values = next(csv.reader([safe], delimiter=separator, strict=True), [])
    except csv.Error:
        return []
    return [value.replace(_RETURN, "\r") for value in values]


def split_json(raw: bytes) -> Fields | str:
    """Take one JSON object apart: values as text, null where null, or the reason why not."""
    try:
        # Numbers stay text and are judged like those of a CSV file; NaN is no JSON but common.
        found = json.loads(
            raw.decode(),
            parse_int=str,
            parse_float=str,
            parse_constant=str,
            object_pairs_hook=_first_wins,
            strict=False,
        )
    except UnicodeDecodeError:
        return _NOT_UTF8
    except (ValueError, RecursionError):
        return _NOT_JSON
    return found if isinstance(found, dict) else _NOT_JSON


def _first_wins(pairs: list[tuple[str, object]]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for key, value in pairs:
        found.setdefault(key, _text(value))
    return found


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return None
    # A lone surrogate is valid JSON and no valid text: escape it, the engine's strings are UTF-8.
    return str(value).encode("utf-8", "backslashreplace").decode()
