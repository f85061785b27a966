"""How the changed rows of a shard are laid out for the tables and for the book."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transforms.feed_gaps import GapRow
from transforms.kernels.columns import Floats
from transforms.market_delta import BOOK_FIELDS, FIRST_FIELD, ROW_FIELDS
from transforms.series_changes import BAR_VALUES, HEAD, Changes

ABSENT = -np.inf  # how a missing value crosses the border to pathway, which turns it into null
NO_BOOK = np.empty((0, len(ROW_FIELDS)))
ActionRow = tuple[str, str, int, int, int, int]  # symbol, kind, ex, new, old, op


@dataclass(frozen=True)
class Delta:
    """What one commit changed.

    Attributes:
        labels: interval names, then symbols in the order they were first seen; codes index into it.
        rows: [n, 5 + bar values + columns]: symbol and interval label, bar_start, op, is_final, ...
        signals: [n, 5 + signal values]: symbol and interval label, bar_start, op, number, ...
        book: rows of a MarketDelta; daily: its daily rows.
        adjustments: symbol and interval label, then ADJUSTMENT_FIELDS from ex on.
        actions: that came in force (+1) or no longer are (-1) with the rows of this commit.
        gaps: of feeds, that have become known.
    """

    labels: list[str]
    rows: Floats
    signals: Floats
    book: Floats
    daily: Floats
    adjustments: Floats
    actions: list[ActionRow]
    gaps: list[GapRow]


def places_of(names: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Column of a series' rows for each wanted name, -1 where it has none."""
    known = [*BAR_VALUES, *names]
    return [HEAD + known.index(name) if name in known else -1 for name in wanted]


def table_rows(found: Floats, number: int, before: int, places: list[int]) -> Floats:
    """Rows of the tables of bars and indicators.

    Args:
        found: rows of a ``Changes``.
        number: label of the interval.
        before: labels before the symbols'.
        places: of the indicators.
    """
    keep = HEAD + len(BAR_VALUES)
    rows = np.empty((len(found), 1 + keep + len(places)))
    rows[:, 0], rows[:, 1] = found[:, 0] + before, number
    rows[:, 2 : 1 + keep] = found[:, 1:keep]
    for offset, place in enumerate(places):
        rows[:, 1 + keep + offset] = found[:, place] if place >= 0 else np.nan
    rows[np.isnan(rows)] = ABSENT
    return rows


def labelled(rows: Floats, number: int, before: int) -> Floats:
    """Rows that begin with a code: with the labels of symbol and interval instead."""
    found = np.insert(rows, 1, number, axis=1)
    found[:, 0] += before
    return found


def book_rows(
    found: Floats, changes: Changes, interval: int, before: int, places: list[int]
) -> Floats:
    """Rows of a MarketDelta: closed bars alone.

    Args:
        found: rows of ``changes``.
        changes: and what the book wants to know beside them.
        interval: length of a bar, microseconds.
        before: labels before the symbols'.
        places: of BOOK_FIELDS.
    """
    closed = found[:, 3] > 0
    beside = {
        "ts_last_trade": np.concatenate(changes.ts_last),
        "count": np.concatenate(changes.counts),
        "session": np.concatenate(changes.sessions),
    }
    rows = np.full((int(closed.sum()), len(ROW_FIELDS)), np.nan)
    rows[:, 0], rows[:, 1] = found[closed, 0] + before, found[closed, 1] + interval
    rows[:, 2], rows[:, 3] = found[closed, 2], np.concatenate(changes.late)[closed]
    for offset, (name, place) in enumerate(zip(BOOK_FIELDS, places, strict=True)):
        if name in beside:
            rows[:, FIRST_FIELD + offset] = beside[name][closed]
        elif place >= 0:
            rows[:, FIRST_FIELD + offset] = found[closed, place]
    return rows
