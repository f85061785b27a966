"""A file of corporate actions (splits, bonuses) -> one part that goes before those of the market.

A ratio is told as ``ratio`` ("2:1", "3/2", "1.5") or as ``new`` and ``old``. Of a split it says
units afterwards for units before: "2:1" makes two of one, "1:10" one of ten. Of a bonus it says
units given for units held, as exchanges announce it: "1:1" makes two of one, "1:2" three of two.
The part always says units afterwards and units before.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from connectors.sources.layout import Column
from connectors.sources.parse import read_rows
from connectors.sources.rejects import Reject
from connectors.sources.source import FileSource

ACTION_PART: Final[Mapping[str, pl.DataType]] = {
    "symbol": pl.String(),
    "ts_event": pl.Int64(),
    "kind": pl.String(),
    "new": pl.Int64(),
    "old": pl.Int64(),
    "diff": pl.Int64(),
}
KINDS: Final = ("split", "bonus")
LARGEST: Final = 10**6  # units made of one; more is a comma gone wrong
_CHUNK_BYTES: Final = 1 << 22
_DAY: Final = timedelta(days=1) // timedelta(microseconds=1)
_NUMBER: Final = r"(-?\d{1,15}(?:\.\d{1,20})?(?:[eE][+-]?\d)?)"
_RATIO: Final = re.compile(rf"{_NUMBER}(?:\s*[:/]\s*{_NUMBER})?")


@dataclass(frozen=True)
class ParsedActions:
    """What a file of actions gives: ``ACTION_PART`` in the order of the file."""

    part: pl.DataFrame
    rejects: list[Reject]


def parse_actions(source: FileSource) -> ParsedActions:
    """Read corporate actions.

    Args:
        source: a file of kind ``actions``: prices of ``symbol`` are in new units from ``ts_event``
            on, a mere date means its midnight in ``timezone``; ``diff`` -1 takes an action back.

    Raises:
        SourceError: the file has become unreadable.
    """
    rows: list[tuple[Any, ...]] = []
    rejects: list[Reject] = []
    if source.empty:
        rejects.append(Reject(source.name, 0, "empty_file", ""))
    zone = ZoneInfo(source.timezone)
    for parsed in read_rows(source, _CHUNK_BYTES):
        rejects += [Reject(source.name, r.position, r.reason, r.raw) for r in parsed.refusals]
        for row in parsed.rows.iter_rows(named=True):
            found = _ratio(row)
            if isinstance(found, str):
                text = parsed.text_of(row["line"])
                rejects.append(Reject(source.name, row["line"], found, text))
            else:
                ex = _ex(row["ts_event"], source.fields["ts_event"], zone)
                ratio = found.as_integer_ratio() if found else (0, 0)
                rows.append((row["symbol"], ex, _kind(row), *ratio, _diff(row)))
    part = pl.DataFrame(rows, schema=dict(ACTION_PART), orient="row")
    return ParsedActions(part, sorted(rejects, key=lambda reject: reject.position))


def _kind(row: Mapping[str, Any]) -> str:
    return (row.get("kind") or "split").strip().lower()


def _diff(row: Mapping[str, Any]) -> int:
    return -1 if row.get("diff") == -1.0 else 1


def _ratio(row: Mapping[str, Any]) -> Fraction | str:
    """Units made of one, or why the row is refused; 0 where a withdrawal does not say."""
    if _kind(row) not in KINDS:
        return "unknown_kind"
    text = (row.get("ratio") or "").strip()
    if not text and row.get("new") is not None and row.get("old") is not None:
        text = f"{row['new']:.12g}:{row['old']:.12g}"
    if not text:
        return Fraction(0) if _diff(row) < 0 else "missing_field"
    found = _RATIO.fullmatch(text)
    if found is None:
        return "bad_ratio"
    new, old = Fraction(found[1]), Fraction(found[2] or 1)
    if new <= 0 or old <= 0:
        return "not_positive"
    made = _plain(new / old) + (_kind(row) == "bonus")
    return made if 1 <= made * LARGEST <= LARGEST**2 else "out_of_range"


def _plain(ratio: Fraction) -> Fraction:
    """1.333333 means 4/3; what is no such fraction is kept to nine places."""
    plain = ratio.limit_denominator(100)
    return plain if abs(plain - ratio) * 10**6 <= ratio else ratio.limit_denominator(10**9)


def _ex(time: int, column: Column, zone: ZoneInfo) -> int:
    """The first instant in new units: a date, read as its midnight UTC, means that of the market.

    A time without a zone in a typed file is taken for a date where it is midnight.
    """
    kind = column.type
    naive = isinstance(kind, pl.Datetime) and kind.time_zone is None and time % _DAY == 0
    if not (column.unit == "date" or kind == pl.Date or naive):
        return time
    date = datetime.fromtimestamp(time // 1_000_000, tz=UTC)
    return int(datetime(date.year, date.month, date.day, tzinfo=zone).timestamp()) * 1_000_000
