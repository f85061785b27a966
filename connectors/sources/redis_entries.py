"""Entries of a Redis stream: their ids as numbers, their fields as JSON lines.

``Rejected.position`` of an entry is ``ms * 2**20 + seq``: ``divmod(position, 2**20)`` gives its id
back. Ids that Redis makes fit for the next 200 years; one that does not is refused.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import orjson

from connectors.sources.columns import FIELDS
from connectors.sources.lines import readable
from connectors.sources.live_feed import Lines
from connectors.sources.rejects import Reject

Id = tuple[int, int]
Fields = Mapping[bytes, bytes]

START: Final[Id] = (0, 0)
_SEQ_BITS: Final = 20
_MS_BITS: Final = 43
_NUMBERS: Final = frozenset(
    name.partition(":")[0]
    for kind in ("trades", "bars", "snapshots")
    for field in FIELDS[kind]
    if field.type != "text"
    for name in (field.name, *field.synonyms)
)


class Entry(NamedTuple):
    """One entry; without fields: it was trimmed before it could be read."""

    id: Id
    fields: Fields


@dataclass(frozen=True)
class Sorted:
    """Entries as a feed gives them on.

    Attributes:
        lines: None: there is none.
        rejects: entries that are no messages.
        moments: times of the first and the last line, microseconds UTC; None: there is none.
    """

    lines: Lines | None
    rejects: tuple[Reject, ...]
    moments: tuple[int, int] | None


def id_of(text: bytes | str) -> Id:
    """An id such as ``1723075200000-3``."""
    ms, _, seq = (text.decode() if isinstance(text, bytes) else text).partition("-")
    return int(ms), int(seq or 0)


def text_of(entry: Id) -> str:
    """An id as Redis writes it."""
    return f"{entry[0]}-{entry[1]}"


def number_of(entry: Id) -> int | None:
    """An id as one number that keeps the order; None: it does not fit 63 bits."""
    ms, seq = entry
    fits = ms < 1 << _MS_BITS and seq < 1 << _SEQ_BITS
    return (ms << _SEQ_BITS) + seq if fits else None


def sort_out(entries: Iterable[Entry], name: str) -> Sorted:
    """Tell messages from what is none.

    Args:
        entries: with fields: ``value`` holds a JSON object, beside it perhaps ``key``; without
            ``value`` the fields are the columns themselves.
        name: what ``Rejected.source`` says.
    """
    values, positions, keys, rejects = [], [], [], []
    for entry in entries:
        position, line = number_of(entry.id), _line(entry.fields)
        if position is None or isinstance(line, str):
            rejects.append(_reject(name, entry, position, line))
        else:
            values.append(line)
            positions.append(position)
            keys.append(entry.fields.get(b"key") if b"value" in entry.fields else None)
    if not values:
        return Sorted(None, tuple(rejects), None)
    known = keys if any(key is not None for key in keys) else None
    lines = Lines(values, positions, (name,), keys=known)
    first, last = (_moment(values[at], positions[at] >> _SEQ_BITS) for at in (0, -1))
    return Sorted(lines, tuple(rejects), (first, last))


def _line(fields: Fields) -> bytes | str:
    """The message as JSON, or the reason why there is none."""
    if b"value" in fields:
        return fields[b"value"]
    try:
        columns = {name.decode(): value.decode() for name, value in fields.items()}
    except UnicodeDecodeError:
        return "not_utf8"
    return orjson.dumps({name: _cell(name, text) for name, text in columns.items()})


def _cell(name: str, text: str) -> str | orjson.Fragment:
    """A number where the column holds numbers and the text is one; judged later in any case."""
    if name not in _NUMBERS or text != text.strip():
        return text
    try:
        spelt = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return orjson.Fragment(text) if type(spelt) in (int, float) else text


def _reject(name: str, entry: Entry, position: int | None, line: bytes | str) -> Reject:
    reason = line if isinstance(line, str) else "bad_entry_id"
    parts = (part for field in entry.fields.items() for part in field)
    raw = readable(text_of(entry.id).encode() + b" " + b" ".join(parts))
    return Reject(name, position or 0, reason, raw, time.time_ns() // 1_000)


def _moment(line: bytes, ms: int) -> int:
    """``ts_event`` where the line says it in microseconds, else the time of the entry."""
    try:
        said = orjson.loads(line).get("ts_event")
    except (orjson.JSONDecodeError, AttributeError):
        said = None
    return said if type(said) is int else ms * 1_000
