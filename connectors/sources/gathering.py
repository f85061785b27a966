"""What feeds have given since the last look, put together: judging ten batches costs as one does.

So a reader that has fallen behind takes larger steps, and one that has not waits for nothing.
"""

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from connectors.sources.feed_thread import Given
from connectors.sources.live_feed import Lines, Received, Rows

Messages = Lines | Rows | None


def gathered(given: Iterable[Given]) -> list[Given]:
    """The same messages in the same order, those of one feed in a row as one."""
    found: list[Given] = []
    for number, received in given:
        if found and found[-1][0] == number:
            both = _both(found[-1][1], received)
            if both is not None:
                found[-1] = (number, both)
                continue
        found.append((number, received))
    return found


def _both(one: Received | BaseException, other: Received | BaseException) -> Received | None:
    """Two batches as one; None where they must stay apart."""
    if isinstance(one, BaseException) or isinstance(other, BaseException):
        return None
    if one.gaps or other.gaps:  # a gap stands before the messages it came with
        return None
    messages = _messages(one.messages, other.messages)
    if messages is None and (one.messages or other.messages):
        return None
    return replace(
        other,
        messages=messages,
        position={**one.position, **other.position},
        rejects=[*one.rejects, *other.rejects],
    )


def _messages(one: Messages, other: Messages) -> Messages:
    if one is None or other is None:
        return other if one is None else one
    if isinstance(one, Lines) and isinstance(other, Lines):
        return _lines(one, other)
    if isinstance(one, Rows) and isinstance(other, Rows):
        alike = one.name == other.name and one.frame.schema == other.frame.schema
        return Rows(pl.concat([one.frame, other.frame]), one.name) if alike else None
    return None


def _lines(one: Lines, other: Lines) -> Lines | None:
    if (one.keys is None) != (other.keys is None):
        return None
    names, shift = list(one.names), 0
    if list(other.names) != names:
        shift, names = len(names), [*names, *other.names]
    more = [0] * len(other.values) if other.sources is None else other.sources
    sources = [0] * len(one.values) if one.sources is None else list(one.sources)
    return Lines(
        values=[*one.values, *other.values],
        positions=[*one.positions, *other.positions],
        names=names,
        sources=sources + [source + shift for source in more],
        keys=None if one.keys is None else [*one.keys, *(other.keys or ())],
    )
