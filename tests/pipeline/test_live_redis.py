"""Trades in a Redis stream, with engines and servers that go away: nothing is lost in silence."""

import random
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
import redis

from pipeline.stack.redis import Redis
from tests.connectors.sources.redis_trades import connect, pending
from tests.pipeline.conftest import LiveRun
from tests.pipeline.live_bars import bars_of, rows, stored_bars
from tests.pipeline.live_runs import Run, differing, strayed
from tests.pipeline.live_trades import STREAM, send
from tests.servers import unique

pytestmark = pytest.mark.integration
INTERVALS = ("1s", "1m")
GROUP = "yieldflow"
KILLS = 4


def engine(
    live_run: LiveRun, database: str, url: str, stream: str, group: str = GROUP, **settings: str
) -> Run:
    feed = {"stream": stream, "group": group, "consumer": "one"}
    source = {"venue": "BINANCE", "redis": feed}
    return live_run(database, engine=settings, source=source, env={"REDIS_URL": url})


def acknowledged(run: Run, server: redis.Redis, stream: str) -> None:
    """Wait until all is durable."""
    run.until(lambda: pending(server, stream) == 0, "all acknowledged")


def test_tables_after_kills_and_outages_are_those_of_an_undisturbed_run(
    trades: list[Any], own_redis: Callable[..., Redis], database_url: str, live_run: LiveRun
) -> None:
    server = own_redis()
    disturbed = engine(live_run, database_url, server.address, STREAM)
    kill_again_and_again(disturbed, server, trades[:2_000])
    stop_twice(disturbed, server, trades[2_000:2_200])
    with connect(server.address) as client:
        send(client, STREAM, trades[2_200:])
        disturbed.wait(len(trades))
        acknowledged(disturbed, client, STREAM)
    assert disturbed.end() == 0
    calm = engine(live_run, database_url, server.address, STREAM, group="calm")
    calm.start("--no-serve")
    calm.wait(len(trades))
    assert calm.end() == 0
    assert differing(calm.tables(), disturbed.tables()) == {}
    assert strayed(calm, disturbed) == {}
    assert stored_bars(calm.database, calm.schema) == bars_of(trades, *INTERVALS)
    assert rows(disturbed.database, f"SELECT * FROM {disturbed.schema}.gaps") == []


def kill_again_and_again(run: Run, server: Redis, trades: list[Any]) -> None:
    """Kill engines at random moments while trades come."""
    chance, size = random.Random(3), len(trades) // KILLS
    for life in range(KILLS):
        with connect(server.address) as client:
            send(client, STREAM, trades[life * size : (life + 1) * size])
        run.start("--no-serve")
        run.until(lambda: run.counted() > 0, "bars of an earlier life or of this one")
        time.sleep(chance.uniform(0, 1.5))
        run.end(signal.SIGKILL)


def stop_twice(run: Run, server: Redis, trades: list[Any]) -> None:
    """Start an engine while Redis is away, and send Redis away while an engine reads."""
    server.stop()
    run.start("--no-serve")
    run.until(lambda: "Connection refused" in run.log, "an attempt to connect")
    server.start()
    counted = run.counted()
    with connect(server.address) as client:
        send(client, STREAM, trades)
    run.until(lambda: run.counted() > counted, "trades after the outage")
    server.stop()
    server.start()


def test_entries_are_acknowledged_when_they_are_in_a_checkpoint_and_not_before(
    trades: list[Any], redis_server: Any, database_url: str, live_run: LiveRun
) -> None:
    stream = unique("stream")
    first = engine(live_run, database_url, redis_server.url, stream, checkpoint_every="1h")
    with connect(redis_server.url) as client:
        send(client, stream, trades[:600])
        first.start("--no-serve")
        first.wait(600)
        assert pending(client, stream) == 600
        first.end(signal.SIGKILL)
        second = engine(live_run, database_url, redis_server.url, stream)
        second.start("--no-serve")  # knows nothing but what the group remembers
        second.wait(600)
        acknowledged(second, client, stream)
        send(client, stream, trades[600:700])
        second.wait(700)
        acknowledged(second, client, stream)
        assert second.end() == 0
        client.delete(stream)
    assert stored_bars(second.database, second.schema) == bars_of(trades[:700], *INTERVALS)


def test_a_flush_costs_what_was_not_read_and_is_a_gap(
    trades: list[Any], own_redis: Callable[..., Redis], database_url: str, live_run: LiveRun
) -> None:
    server = own_redis()
    run = engine(live_run, database_url, server.address, STREAM)
    with connect(server.address) as client:
        send(client, STREAM, trades[:800])
        run.start("--no-serve")
        run.wait(800)
        acknowledged(run, client, STREAM)
        run.end(signal.SIGKILL)
        send(client, STREAM, trades[800:1_000])  # never read
        client.flushall()
        send(client, STREAM, trades[1_000:1_500])
        run.start("--no-serve")
        run.wait(1_300)
        client.flushall()  # of what was read, while the engine runs
        send(client, STREAM, trades[1_500:])
        run.wait(len(trades) - 200)
    assert run.end() == 0
    there = trades[:800] + trades[1_000:]
    assert stored_bars(run.database, run.schema) == bars_of(there, *INTERVALS)
    gaps = rows(run.database, f"SELECT * FROM {run.schema}.gaps")
    spans = {(row["symbol"], row["ts_from"], row["ts_to"]) for row in gaps}
    missed = trades[799][1], trades[1_000][1]
    assert {("BTCUSDT", *missed), ("ETHUSDT", *missed)} <= spans
