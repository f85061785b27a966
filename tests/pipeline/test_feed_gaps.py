"""A gap of a live feed, from the feed to its row and to the advice that it withholds."""

from datetime import timedelta
from typing import Any

import pathway as pw

from connectors.sources.live_feed import Received
from connectors.sources.live_market import LiveSource
from connectors.sources.live_parser import FeedRules
from connectors.sources.market_feed import LiveInputs, read_market
from connectors.sources.marks import Marks
from connectors.sources.stop import StopToken
from pipeline.engine import run_engine
from pipeline.graph import Sources, build_graph
from pipeline.tables import sink_tables
from tests.connectors.sources.live_script import MINUTE, T0, ScriptedFeed, gap, lines, trade
from tests.transforms.flows import Moody, hair_trigger, options
from transforms.schemas import FeedGap, Holding, Instrument

LINES = b'[{"symbol":"A","quantity":1},{"symbol":"B","quantity":2}]'


def minutes(*numbers: int) -> list[dict[str, Any]]:
    """A trade of each symbol in the middle of each minute."""
    return [
        trade(symbol, number * MINUTE + MINUTE // 2, 10.0 + number, 2 * number + place)
        for number in numbers
        for place, symbol in enumerate("AB")
    ]


def test_a_gap_of_a_feed_has_rows_and_withholds_advice_until_the_next_bar() -> None:
    """The gap becomes known when its bar has long closed."""
    stop = StopToken()
    feed = ScriptedFeed(
        "ws",
        [
            Received(lines("ws", *minutes(0, 1, 2, 3))),
            Received(None, gaps=(gap("", 75, 105, "reconnected after 30 s"),)),
            Received(lines("ws", *minutes(4, 5), first=8)),
        ],
    )
    tables = read_market(
        [],
        interval=timedelta(minutes=1),
        late_allowance=timedelta(minutes=2),
        stop=stop,
        live=LiveInputs([LiveSource(feed, FeedRules("trades", "ws", {}))], Marks(None)),
    )
    held = pw.debug.table_from_rows(Holding, [("p", 0, 0, LINES)])
    graph = build_graph(
        Sources(
            partials=tables.partials,
            latest=tables.latest,
            rejected=tables.rejected,
            holdings=held,
            instruments=pw.debug.table_from_rows(Instrument, []),
        ),
        series=options("1m"),
        policy=hair_trigger(),
        currency="INR",
        keep=None,
    )
    gaps: set[tuple[Any, ...]] = set()
    advice: dict[str, dict[str, Any]] = {}

    def on_gap(key: Any, row: dict[str, Any], time: int, is_addition: bool) -> None:
        (gaps.add if is_addition else gaps.remove)(tuple(row.values()))

    def on_advice(key: Any, row: dict[str, Any], time: int, is_addition: bool) -> None:
        if is_addition:
            advice[row["advice_id"]] = row
        elif advice.get(row["advice_id"]) == row:
            del advice[row["advice_id"]]

    def on_end(time: int) -> None:
        if len(told()) == 2:
            stop.set()

    def told() -> list[dict[str, Any]]:
        rows = [row for row in advice.values() if row["rule_id"] == "D01"]
        return [row for row in rows if row["state"] == "cleared"]

    pw.io.subscribe(graph.tables()["gaps"], on_change=on_gap)
    pw.io.subscribe(graph.book.advice, on_change=on_advice, on_time_end=on_end)
    run_engine(stop)
    bar = T0 + MINUTE
    assert {row[1:] for row in gaps} == {
        (symbol, T0 + 75 * 10**6, T0 + 105 * 10**6, "reconnected after 30 s", bar, bar)
        for symbol in "AB"
    }
    assert {row["as_of"] for row in told()} == {bar + MINUTE}
    assert {row["subject"] for row in told()} == {"A", "B"}
    assert "from 50 % of the last closed bar" in told()[0]["sentence"]


def test_the_table_of_gaps_leaves_the_engine_with_its_key() -> None:
    made = sink_tables(Moody.names)["gaps"]
    assert made.key == ("source", "symbol", "ts_from")
    assert {column.name for column in made.columns} >= set(FeedGap.column_names())
