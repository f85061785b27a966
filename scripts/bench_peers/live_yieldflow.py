"""Yieldflow itself, live: its paced feed, its graph and its views, without the API.

``python -m scripts.bench_peers.live_yieldflow FOLDER OUT`` replays the ticks at the speed of the
market and writes what the views hold in the end. The last line it prints is JSON.

A tick counts from the moment at which it is due by the feed's own pace.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import numpy as np
import polars as pl
from orjson import dumps

from config.settings import Settings, build_settings
from connectors.sinks.keyed_rows import Row
from connectors.sinks.live_view import ViewSet
from connectors.sinks.view_feed import Change
from connectors.sources import market_feed
from connectors.sources.pace import Pace, Speed
from connectors.sources.progress import FeedProgress
from connectors.sources.stop import StopToken
from connectors.store.ledger import Ledger
from pipeline.app import SWITCH
from pipeline.engine import Engine
from pipeline.live import build_live
from pipeline.live_graph import LiveGraph
from pipeline.live_views import show
from scripts.bench_peers import latency
from scripts.bench_peers.live_ticks import FIRST_BAR, SCHEMA, history_of, ticks_of
from scripts.bench_peers.stepper import BAR, VALUES

LOOK = 0.25  # seconds between two looks at the feed, as pipeline.service has it
QUIET = 1.0  # seconds without a commit after the feed has ended: everything has been shown


class Watch:
    """What the views have shown when, and when the feed began."""

    def __init__(self) -> None:
        self.started_ns = 0
        self.last_ns = 0
        self.quotes: list[tuple[str, int, int]] = []  # symbol, key, shown at
        self.bars: list[tuple[str, int, int]] = []

    def pace(self, speed: Speed, flush: timedelta, stop: StopToken) -> Pace:
        """A pace that notes when its clock starts: the first time it asks for the time."""

        def wall() -> float:
            now = time.monotonic_ns()
            self.started_ns = self.started_ns or now
            return now / 1e9

        return Pace(speed, flush, stop, wall=wall)

    def on_commit(self, changes: Sequence[Change]) -> None:
        """Note what the views show from now on.

        The key of a bar's row says how many ticks are in it: the k-th tick of a bar is in the view
        when the bar shows k trades.
        """
        now = self.last_ns = time.monotonic_ns()
        for table, _, row in changes:
            if table == "quotes":
                self.quotes.append((str(row["symbol"]), number(row, "ts_event"), now))
            elif table == "bars":
                key = number(row, "bar_start") + number(row, "trade_count")
                self.bars.append((str(row["symbol"]), key, now))


def settings_of(folder: Path, home: Path) -> Settings:
    """One interval, the indicators of the benchmark, forming bars; otherwise as it comes."""
    feeds = [
        {"type": "bars", "path": str(history_of(folder).resolve()), "interval": "1m"},
        {
            "type": "trades",
            "path": str(ticks_of(folder).resolve()),
            "map": {"ts_event": "event_time:us", "size": "qty"},
        },
    ]
    engine = {"intervals": ["1m"], "speed": 1, "indicators": list(VALUES)}
    profile = {"home": str(home.resolve()), "engine": engine, "data_sources": feeds}
    return build_settings(profile, root=folder, label="bench", env={})


async def watched(live: LiveGraph, watch: Watch, cpu: latency.CpuWindow) -> ViewSet:
    """Run the graph until the feed has ended and all of it is shown."""
    loop = asyncio.get_running_loop()
    views = ViewSet(publish=loop.call_soon_threadsafe, on_commit=watch.on_commit)
    show(live, views)
    engine = Engine(live.stop)
    engine.start()
    scheduled = drained = False
    while engine.alive and not drained:
        await asyncio.sleep(LOOK)
        if watch.started_ns and not scheduled:
            cpu.schedule(loop, watch.started_ns)
            scheduled = True
        idle = (time.monotonic_ns() - watch.last_ns) / 1e9
        drained = live.progress.snapshot().drained and idle > QUIET
    engine.stop()
    if engine.failure is not None:
        raise engine.failure
    return views


def delays(shown: Sequence[tuple[str, int, int]], ticks: pl.DataFrame, key: str) -> latency.Ints:
    """Nanoseconds from due to shown of every tick."""
    changes = pl.DataFrame(shown, ["symbol", "key", "at"], orient="row")
    by_symbol = changes.partition_by("symbol", as_dict=True)
    found = np.empty(ticks.height, np.int64)
    for name, own in ticks.with_row_index("place").partition_by("symbol", as_dict=True).items():
        change = by_symbol[name]
        at = latency.first_shown(
            own[key].to_numpy(), change["key"].to_numpy(), change["at"].to_numpy()
        )
        found[own["place"].to_numpy()] = at - own["due"].to_numpy()
    return found


def start_of(row: Row) -> int:
    """Of the bar that a row is about; latest prices are about none."""
    return number(row, "bar_start") if "bar_start" in row else FIRST_BAR


def number(row: Row, column: str) -> int:
    """An integer of a row."""
    value = row[column]
    assert isinstance(value, int)
    return value


def write(views: ViewSet, out: Path) -> None:
    """Write the views as the peer does: prices, and the bars that the ticks have made."""
    for name in ("quotes", "bars", "indicators"):
        rows = [row for row in views[name].rows() if start_of(row) >= FIRST_BAR]
        (out / f"{name}.jsonl").write_bytes(b"".join(dumps(row) + b"\n" for row in rows))


def ticks_given(folder: Path, started_ns: int) -> pl.DataFrame:
    """The ticks: when each is due, and what the key of its bar is once the bar shows it."""
    start = pl.col("event_time") // BAR * BAR
    return pl.read_ndjson(ticks_of(folder), schema=SCHEMA).with_columns(
        due=pl.Series(latency.due_times(started_ns)),
        bar_key=start + pl.int_range(1, pl.len() + 1).over("symbol", start),
    )


def run(folder: Path, out: Path) -> dict[str, float]:
    """Take all ticks; latencies and CPU share."""
    sys.setswitchinterval(SWITCH)
    watch, cpu = Watch(), latency.CpuWindow()
    settings = settings_of(folder, out / "home")
    with patch.object(market_feed, "Pace", watch.pace), Ledger(settings.home) as ledger:
        live = build_live(settings, ledger=ledger, stop=StopToken(), progress=FeedProgress())
        views = asyncio.run(watched(live, watch, cpu))
    write(views, out)
    ticks = ticks_given(folder, watch.started_ns)
    quotes, bars = delays(watch.quotes, ticks, "event_time"), delays(watch.bars, ticks, "bar_key")
    return latency.summary(quotes, bars, cpu.share)


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), Path(sys.argv[2]))))
