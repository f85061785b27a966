"""Graphs of the real engine one after the other: what sinks keep is what one graph gives."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pathway as pw

from pipeline.graph import NOTHING, Graph, Sources, build_graph
from pipeline.tables import sink_tables
from tests.transforms.engine_tables import UNMARKED, documents_of, in_commits, partials_of, plain
from tests.transforms.flows import Event, Moody, hair_trigger, options
from tests.transforms.minute_worlds import a_world_of_trades
from tests.transforms.restarts import documents, intervals
from tests.transforms.worlds import World, a_world, arrivals
from transforms.schemas import LatestPrice, Rejected

Key = tuple[Any, ...]
Op = tuple[str, Key, bytes | None]
KEYS = {name: table.key for name, table in sink_tables(Moody.names).items()}
PARTS = {"feed", "series", "book", "track_record"}


@dataclass
class Run:
    """What a graph has told, and when.

    Attributes:
        ops: by time: table, key and row, None where it goes.
        checkpoints: by number: time, and states by part.
    """

    ops: dict[int, list[Op]] = field(default_factory=lambda: defaultdict(list))
    checkpoints: dict[int, dict[str, tuple[int, bytes]]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def follow(self, name: str, ops: pw.Table[Any]) -> None:
        """Note every change of a table."""

        def on_change(key: Any, row: dict[str, Any], time: int, is_addition: bool) -> None:
            assert is_addition
            up = row.pop("up")
            text = orjson.dumps({cell: plain(value) for cell, value in row.items()})
            found = tuple(row[cell] for cell in KEYS[name])
            self.ops[time].append((name, found, text if up else None))

        pw.io.subscribe(ops, on_change=on_change)

    def follow_checkpoints(self, table: pw.Table[Any]) -> None:
        """Note every part of a checkpoint."""

        def on_change(key: Any, row: dict[str, Any], time: int, is_addition: bool) -> None:
            self.checkpoints[row["number"]][row["part"]] = (time, row["state"])

        pw.io.subscribe(table, on_change=on_change)

    def states(self, number: int) -> dict[str, bytes]:
        """States of all parts, which are of one moment."""
        found = self.checkpoints[number]
        assert found.keys() == PARTS
        assert len({time for time, _ in found.values()}) == 1
        assert found["feed"][1] == b"feed %d" % number
        return {part: state for part, (_, state) in found.items()}

    def keep(self, tables: dict[str, dict[Key, bytes]], number: int | None = None) -> None:
        """Apply all changes, or those up to a checkpoint, as a sink does."""
        until = None if number is None else self.checkpoints[number]["feed"][0]
        for time in sorted(self.ops):
            if until is None or time <= until:
                told = [(name, key) for name, key, _ in self.ops[time]]
                assert len(told) == len(set(told)), "two changes of one row in one commit"
                for name, key, row in self.ops[time]:
                    if row is None:
                        del tables[name][key]
                    else:
                        tables[name][key] = row


def graph_of(
    world: World,
    commits: Sequence[Sequence[Event]],
    marks: Mapping[int, int] = UNMARKED,
    restored: Mapping[str, bytes] = NOTHING,
) -> Graph:
    sources = Sources(
        partials=partials_of(commits, marks=marks, begins=not restored),
        latest=pw.debug.table_from_rows(LatestPrice, []),
        rejected=pw.debug.table_from_rows(Rejected, []),
        **documents_of(commits),
    )
    return build_graph(
        sources,
        series=options(*intervals(world)),
        policy=hair_trigger(reprice_bps=25.0),
        currency="INR",
        keep=None,
        restored=restored,
    )


def run(graph: Graph) -> Run:
    found = Run()
    assert graph.parts == PARTS
    for name, ops in graph.ops.items():
        found.follow(name, ops)
    found.follow_checkpoints(graph.checkpoints)
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)
    pw.internals.parse_graph.G.clear()
    return found


def kept(*runs: tuple[Run, int | None]) -> dict[str, dict[Key, bytes]]:
    """Tables after runs, each up to a checkpoint."""
    tables: dict[str, dict[Key, bytes]] = {name: {} for name in KEYS}
    for found, number in runs:
        found.keep(tables, number)
    return tables


def assert_restarts_leave_no_trace(
    world: World, order: int, paces: Sequence[int], every: int, numbers: Sequence[int]
) -> dict[str, dict[Key, bytes]]:
    """Restart at some of the marks that each run is sent, and give the tables.

    Args:
        world: to be told.
        order: of its arrival.
        paces: events of one commit: of the run without an end, then of each run.
        every: commits from one mark to the next.
        numbers: of a mark in each run but the last, from 1.
    """
    events = arrivals(order, world)
    whole = run(graph_of(world, in_commits(events, paces[0])))
    runs, restored, place = [], NOTHING, 0
    for pace, mark in zip(paces[1:], [*numbers, None], strict=True):
        commits = in_commits(events[place:], pace)
        if place:  # what is told anew comes together with what is new
            again = documents(events[:place])
            commits = [[*again, *commits[0]], *commits[1:]]
        marks = {number: 1 + number // every for number in range(every - 1, len(commits), every)}
        found = run(graph_of(world, commits, marks, restored))
        runs.append((found, mark))
        if mark is not None:
            restored, place = found.states(mark), place + mark * every * pace
    expected, found_rows = kept((whole, None)), kept(*runs)
    for name in KEYS.keys() - {"advice_changes"}:  # which tells how commits came to it
        assert found_rows[name] == expected[name], name
    return expected


def test_runs_that_go_on_from_checkpoints_leave_the_tables_of_one_run() -> None:
    world = a_world(3, hourly=True)
    tables = assert_restarts_leave_no_trace(world, 8, [25, 15, 10, 30], 2, [1, 2])
    assert {name for name, rows in tables.items() if not rows} == {"prices"}


def test_trades_go_on_from_the_bar_that_was_forming() -> None:
    world = a_world_of_trades(4)
    tables = assert_restarts_leave_no_trace(world, 8, [60, 40, 50], 2, [1])
    assert {name for name, rows in tables.items() if rows} >= {"bars", "advice", "track_record"}
