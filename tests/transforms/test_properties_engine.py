"""Every builder behind the other in the real engine: arrival leaves no trace in any table."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import orjson
import pathway as pw

from tests.transforms.engine_tables import documents_of, in_commits, partials_of, plain
from tests.transforms.flows import Event, hair_trigger, options
from tests.transforms.restarts import intervals
from tests.transforms.worlds import World, a_world, arrivals
from transforms.book import build_book
from transforms.series import build_series
from transforms.sessions import interval_micros
from transforms.track_record import build_track_record

Final = dict[str, list[bytes]]


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


def run(world: World, events: Sequence[Event], every: int) -> Final:
    """Final tables of a graph of all builders, ``every`` so many events a commit."""
    follower, interval = Follower(), interval_micros(world.interval)
    commits = in_commits(events, every)
    series = build_series(partials_of(commits), options=options(*intervals(world)))
    book = build_book(
        series.deltas,
        **documents_of(commits),
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


def test_every_table_of_every_builder_is_that_of_a_run_in_order() -> None:
    world = a_world(3, hourly=True)
    clean = run(world, world.told_in_order(), 10**6)
    late = run(world, arrivals(8, world), 20)
    for name, rows in clean.items():
        assert late[name] == rows, name
    assert {name for name, rows in clean.items() if not rows} == set()
