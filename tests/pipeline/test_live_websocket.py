"""A minute of Binance over a WebSocket that breaks: tables hold what came and name what did not."""

import random
import signal
from pathlib import Path
from typing import Any

import pytest

from connectors.sources.recorded_frames import RecordedFrames
from connectors.sources.websocket_pace import GOOD_FRAMES
from tests.connectors.sources.ws_capture import (
    CAPTURE,
    SYMBOLS,
    Capture,
    due,
    random_cuts,
    trades_of,
)
from tests.connectors.sources.ws_frames import Taken
from tests.connectors.sources.ws_server import WsServer, serving
from tests.connectors.streams.wire import frames
from tests.pipeline.conftest import LiveRun
from tests.pipeline.live_bars import bars_of, named, rows, stored_bars
from tests.pipeline.live_runs import Run

pytestmark = pytest.mark.integration
INTERVALS = ("1s", "1m")
KILLS = 5
SKIP = 40  # frames that go by while a connection is cut


@pytest.fixture
def captured(shared: Path) -> list[str]:
    return frames(shared / "wire", CAPTURE)


def venue(
    shared: Path, captured: list[str], cuts: list[int], *, waits: bool, speed: float = 20.0
) -> Capture:
    return Capture(captured, due(shared / "wire", speed), cuts, waits, random.Random(2), skip=SKIP)


def good_stretches(captured: list[str], count: int) -> list[int]:
    """Random cuts with so much between them that each connection proves to be a good one.

    Then the next one is tried soon: engines wait longer and longer for a venue that proves bad.
    """
    chance, cuts, at = random.Random(1), [], 0
    traded = [bool(trades_of([frame])) for frame in captured]
    for _ in range(count):
        at += SKIP
        good = 0
        while good < GOOD_FRAMES:
            good += traded[at]
            at += 1
        at += chance.randrange(20)
        cuts.append(at)
    return cuts


def engine(live_run: LiveRun, database: str, server: WsServer) -> Run:
    feed = {"venue": "binance", "symbols": SYMBOLS, "url": server.url, "record": True}
    return live_run(database, source={"websocket": feed})


def recorded(run: Run) -> Taken:
    """What the recorder has kept, read as a feed."""
    feed = RecordedFrames("binance", run.home / "recorder" / "binance")
    feed.open(None)
    taken = Taken(feed)
    while (found := feed.receive(0.0)) is not None:
        taken.add(found)
    feed.close()
    return taken


def gaps_of(run: Run) -> list[dict[str, Any]]:
    return rows(run.database, f"SELECT * FROM {run.schema}.gaps")


def settled(run: Run, wanted: list[Any]) -> bool:
    """Whether the bars are those of all trades that no gap names."""
    absent = named(gaps_of(run))
    there = [trade for trade in wanted if (trade[0], trade[4]) not in absent]
    return stored_bars(run.database, run.schema) == bars_of(there, *INTERVALS)


def checkpoints(run: Run) -> int:
    found = rows(run.database, f"SELECT checkpoint FROM {run.schema}.engine")
    return found[0]["checkpoint"] or 0 if found else 0


def test_a_venue_that_waits_costs_no_trade_however_often_it_cuts(
    shared: Path, captured: list[str], database_url: str, live_run: LiveRun
) -> None:
    wanted = trades_of(captured)
    capture = venue(shared, captured, random_cuts(random.Random(3), 20, len(captured)), waits=True)
    with serving(capture.session) as server:
        run = engine(live_run, database_url, server)
        run.start("--no-serve")
        run.wait(len(wanted))
        assert run.end() == 0
    assert server.calls == 21
    assert stored_bars(run.database, run.schema) == bars_of(wanted, *INTERVALS)
    assert gaps_of(run) == []
    assert bars_of(recorded(run).rows, *INTERVALS) == bars_of(wanted, *INTERVALS)


def test_a_venue_that_goes_on_leaves_bars_of_what_came_and_gaps_of_the_rest(
    shared: Path, captured: list[str], database_url: str, live_run: LiveRun
) -> None:
    wanted = trades_of(captured)
    capture = venue(shared, captured, good_stretches(captured, 20), waits=False)
    with serving(capture.session) as server:
        run = engine(live_run, database_url, server)
        run.start("--no-serve")
        run.until(lambda: capture.at == len(captured), "all frames sent")
        run.until(lambda: settled(run, wanted), "bars of all that came")
        assert run.end() == 0
    taken, gaps = recorded(run), gaps_of(run)
    came = {(trade[0], trade[4]) for trade in taken.rows}
    missing = {(one[0], one[4]): one[1] for one in wanted if (one[0], one[4]) not in came}
    assert len(missing) > 20
    assert stored_bars(run.database, run.schema) == bars_of(taken.rows, *INTERVALS)
    assert {key: ts for key, ts in missing.items() if not lies_in(key, ts, named(gaps))} == {}
    assert named(gaps).keys() == missing.keys()
    told = {(gap.symbol, gap.ts_from, gap.ts_to, gap.cause) for gap in taken.gaps}
    assert told == {(row["symbol"], row["ts_from"], row["ts_to"], row["cause"]) for row in gaps}
    check_advice(run, gaps)


def lies_in(key: Any, ts: int, spans: dict[Any, tuple[int, int]]) -> bool:
    """Whether a gap that names a trade is of its time."""
    return key in spans and spans[key][0] <= ts <= spans[key][1]


def check_advice(run: Run, gaps: list[dict[str, Any]]) -> None:
    """A holder is told of both symbols, and with bars that gaps touch."""
    query = f"""SELECT subject, evidence -> 0 ->> 'source_table' AS source,
        (evidence -> 0 -> 'source_keys' ->> 'bar_start')::bigint AS bar
        FROM {run.schema}.advice_versions
        WHERE portfolio_id = 'p1' AND rule_id = 'D01' AND state = 'open' AND NOT removed"""
    told = rows(run.database, query)
    assert {(row["subject"], row["source"]) for row in told} == {(s, "gaps") for s in SYMBOLS}
    for row in told:
        touched = [gap for gap in gaps if gap["symbol"] == row["subject"]]
        assert any(gap["first_bar"] <= row["bar"] <= gap["last_bar"] for gap in touched), row


def test_kills_leave_no_hole_that_is_not_flagged(
    shared: Path, captured: list[str], database_url: str, live_run: LiveRun
) -> None:
    wanted, chance = trades_of(captured), random.Random(5)
    capture = venue(shared, captured, [], waits=False, speed=8)
    ends = sorted(chance.sample(range(3_000, len(captured) - 1_000), KILLS))
    with serving(capture.session) as server:
        run = engine(live_run, database_url, server)
        for place in ends:
            run.start("--no-serve")
            run.until(lambda: checkpoints(run) > 0, "a checkpoint of this life or of one before")
            run.until(lambda place=place: capture.at >= place, "frames")
            run.end(signal.SIGKILL)
        run.start("--no-serve")
        run.until(lambda: capture.at == len(captured), "all frames sent")
        run.until(lambda: settled(run, wanted), "bars of all that came")
        assert run.end() == 0
    spans, times = named(gaps_of(run)), {(one[0], one[4]): one[1] for one in wanted}
    assert spans
    assert all(lies_in(key, times[key], spans) for key in spans)
