"""Worlds as tables of the real engine, commit by commit."""

from collections.abc import Mapping, Sequence
from typing import Any

import pathway as pw

from connectors.sources.partial_bars import encode
from tests.transforms.flows import Event, bar_part, parts
from tests.transforms.shards import acts
from transforms.schemas import FxRate, Holding, Instrument, PartialBars, Transactions

Commits = Sequence[Sequence[Event]]
SCHEMAS = {"holding": Holding, "instrument": Instrument, "rate": FxRate, "account": Transactions}
OTHERS = {
    "holdings": "holding",
    "instruments": "instrument",
    "rates": "rate",
    "transactions": "account",
}
UNMARKED: Mapping[int, int] = {}


def in_commits(events: Sequence[Event], every: int) -> list[Sequence[Event]]:
    """``every`` so many events a commit."""
    return [events[start : start + every] for start in range(0, len(events), every)]


def documents_of(commits: Commits) -> dict[str, pw.Table[Any]]:
    """Tables of all that is no market, by argument of ``build_book``."""
    return {name: _documents(kind, commits) for name, kind in OTHERS.items()}


def _documents(kind: str, commits: Commits) -> pw.Table[Any]:
    columns = _as_instrument if kind == "instrument" else tuple
    rows = [
        (*columns(event[1]), _time(number), event[2])
        for number, events in enumerate(commits)
        for event in events
        if event[0] == kind
    ]
    return pw.debug.table_from_rows(SCHEMAS[kind], rows, is_stream=bool(rows))


def _as_instrument(facts: Event) -> Event:
    """Columns of Instrument of what the book is told of one."""
    symbol, sector, currency, lot, asset_class, cap, exchange = facts
    return symbol, symbol, sector, currency, asset_class, cap, lot, exchange


def _time(commit: int) -> int:
    return 2 * (1 + commit)


def partials_of(
    commits: Commits, *, marks: Mapping[int, int] = UNMARKED, begins: bool = True
) -> pw.Table[PartialBars]:
    """Micro-batches of the market, and the end of the feed behind them.

    Args:
        commits: what each one brings.
        marks: commit -> number of the mark that it ends with.
        begins: first of all it is said that there are corporate actions and a second source.
    """
    nothing = bar_part([("A", 0, 1.0, 1.0, 1)]).clear()
    told: list[tuple[Any, ...]] = []
    if begins:
        told = [("actions", 1, encode(acts()[2]), 0, 0), ("check_bars", 1, encode(nothing), 0, 0)]
    for number, events in enumerate(commits):
        for kind, interval, part, clock in parts(events):
            told.append((kind, interval, encode(part), clock, _time(number)))
        if number in marks:
            told.append(("mark", marks[number], b"feed %d" % marks[number], 0, _time(number)))
    rows: list[Any] = [
        ("feed", seq, kind, interval, part, clock, False, time, 1)
        for seq, (kind, interval, part, clock, time) in enumerate(told)
    ]
    end = _time(len(commits))
    rows.append(("feed", len(rows), "bars", 0, b"", 0, True, end, 1))
    return pw.debug.table_from_rows(PartialBars, rows, is_stream=True)


def plain(value: Any) -> Any:
    """A cell as JSON."""
    return value.value if isinstance(value, pw.Json) else value
