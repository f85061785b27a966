"""Every builder behind the other in the real engine: arrival leaves no trace in any table."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import orjson
import pathway as pw

from connectors.sources.partial_bars import encode
from tests.transforms.flows import Event, bar_part, hair_trigger, options, parts
from tests.transforms.shards import acts
from tests.transforms.worlds import World, a_world, arrivals
from transforms.book import build_book
from transforms.schemas import FxRate, Holding, Instrument, PartialBars, Transactions
from transforms.series import build_series
from transforms.sessions import interval_micros
from transforms.track_record import build_track_record

Final = dict[str, list[bytes]]
SCHEMAS = {"holding": Holding, "instrument": Instrument, "rate": FxRate, "account": Transactions}
OTHERS = {
    "holdings": "holding",
    "instruments": "instrument",
    "rates": "rate",
    "transactions": "account",
}


class Follower:
    """Rows of every table at the end, and how often each table was told to change."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[Any, bytes]] = defaultdict(dict)

    def follow(self, name: str, table: pw.Table[Any]) -> None:
        rows = self.rows[name]

        def on_change(key: Any, row: dict[str, Any], time: int, is_addition: bool) -> None:
            text = orjson.dumps({cell: plain(value) for cell, value in row.items()})
            if is_addition:
                assert key not in rows, f"{name}: two rows of one key"
                rows[key] = text
            else:
                assert rows.pop(key) == text, f"{name}: a row goes as it never was"

        pw.io.subscribe(table, on_change=on_change)

    def final(self) -> Final:
        return {name: sorted(rows.values()) for name, rows in self.rows.items()}


def plain(value: Any) -> Any:
    return value.value if isinstance(value, pw.Json) else value


def run(world: World, events: Sequence[Event], every: int) -> Final:
    """Final tables of a graph of all builders, ``every`` so many events a commit."""
    follower, interval = Follower(), interval_micros(world.interval)
    series = build_series(partials(world, events, every), options=options(*names(world)))
    book = build_book(
        series.deltas,
        **{name: table(kind, events, every) for name, kind in OTHERS.items()},
        policy=hair_trigger(),
        interval=interval,
        label=world.interval,
        currency="INR",
    )
    record = build_track_record(
        book.ops["advice_versions"], series.deltas, interval=interval
    ).record
    for owner, left_out in ((series, {"deltas"}), (book, {"changes"})):
        for name, found in vars(owner).items():
            if name not in left_out | {"ops", "checkpoints"}:
                follower.follow(name, found)
    follower.follow("track_record", record)
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)
    pw.internals.parse_graph.G.clear()
    return follower.final()


def names(world: World) -> tuple[str, ...]:
    return (world.interval,) if world.interval == "1d" else (world.interval, "1d")


def table(kind: str, events: Sequence[Event], every: int) -> pw.Table[Any]:
    columns = as_instrument if kind == "instrument" else tuple
    rows = [
        (*columns(event[1]), 2 * (1 + place // every), event[2])
        for place, event in enumerate(events)
        if event[0] == kind
    ]
    return pw.debug.table_from_rows(SCHEMAS[kind], rows, is_stream=True)


def as_instrument(facts: Event) -> Event:
    """Columns of Instrument of what the book is told of one."""
    symbol, sector, currency, lot, asset_class, cap, exchange = facts
    return symbol, symbol, sector, currency, asset_class, cap, lot, exchange


def partials(world: World, events: Sequence[Event], every: int) -> pw.Table[PartialBars]:
    nothing = bar_part([("A", 0, 1.0, 1.0, 1)]).clear()
    told = [("actions", 1, acts()[2], 0, 0), ("check_bars", 1, nothing, 0, 0)]
    for start in range(0, len(events), every):
        commit = parts(events[start : start + every])
        told += [(*part, 2 * (1 + start // every)) for part in commit]
    rows: list[Any] = [
        ("feed", seq, kind, interval, encode(part), clock, False, time, 1)
        for seq, (kind, interval, part, clock, time) in enumerate(told)
    ]
    end = 2 * (2 + len(events) // every)
    rows.append(("feed", len(rows), "bars", 0, b"", 0, True, end, 1))
    return pw.debug.table_from_rows(PartialBars, rows, is_stream=True)


def test_every_table_of_every_builder_is_that_of_a_run_in_order() -> None:
    world = a_world(3, hourly=True)
    clean = run(world, world.told_in_order(), 10**6)
    late = run(world, arrivals(8, world), 20)
    for name, rows in clean.items():
        assert late[name] == rows, name
    assert {name for name, rows in clean.items() if not rows} == set()
