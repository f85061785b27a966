"""Servers that are away when a run is started: waited for, named, and no reason to hang."""

import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.stack.postgres import Postgres
from tests.connectors.sources.redis_trades import connect
from tests.pipeline.conftest import LiveRun
from tests.pipeline.live_api import ACCOUNTS, ENV, KEY, Api
from tests.pipeline.live_bars import bars_of, stored_bars
from tests.pipeline.live_runs import Run
from tests.pipeline.live_trades import send
from tests.servers import RedisLink, unique

pytestmark = pytest.mark.integration
AT_ONCE = 3.0  # seconds


@pytest.fixture
def stream(redis_server: RedisLink) -> Iterator[str]:
    name = unique("stream")
    yield name
    with connect(redis_server.url) as client:
        client.delete(name)


def engine(live_run: LiveRun, database: str, redis: str, stream: str, **more: Any) -> Run:
    source = {"venue": "BINANCE", "redis": {"stream": stream, "consumer": "one"}}
    env = {**ENV, "REDIS_URL": redis}
    return live_run(database, source=source, more={**ACCOUNTS, **more}, env=env)


def refused(api: Api) -> int:
    """The status of an attempt to change holdings."""
    lines = orjson.dumps({"holdings": [{"symbol": "BTCUSDT", "quantity": 1, "avg_cost": 1}]})
    request = urllib.request.Request(f"{api.url}/v1/portfolios/p1", data=lines, method="PUT")
    request.add_header("X-API-Key", KEY)
    request.add_header("Content-Type", "application/json")
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(request, timeout=30)
    with answer.value:
        return answer.value.code


def test_a_postgres_that_comes_later_is_waited_for_and_named(
    trades: list[Any],
    own_postgres: Callable[..., Postgres],
    redis_server: RedisLink,
    stream: str,
    live_run: LiveRun,
) -> None:
    database = own_postgres()
    run = engine(live_run, database.address, redis_server.url, stream)
    database.stop()
    run.start()
    api = Api(run)
    ready = api.ready()
    assert (ready.status, api.call("/healthz").status) == (503, 200)
    [waits, cold] = ready.body["reasons"]
    assert waits.startswith("engine: starting postgres is away: ")
    assert ", since 20" in waits
    assert cold.startswith("views not filled yet")
    assert refused(api) == 503  # nobody knows yet from when on they would count
    run.until(lambda: run.log.count("starting again in") > 1, "another attempt")

    database.start()
    with connect(redis_server.url) as client:
        send(client, stream, trades)
    run.wait(len(trades))
    run.until(lambda: api.ready().status == 200, "all to be there")
    assert run.end() == 0
    assert stored_bars(run.database, run.schema) == bars_of(trades, "1s", "1m")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_waits_for_a_server_ends_at_once(
    number: signal.Signals,
    own_postgres: Callable[..., Postgres],
    redis_server: RedisLink,
    stream: str,
    live_run: LiveRun,
) -> None:
    database = own_postgres()
    run = engine(live_run, database.address, redis_server.url, stream)
    database.stop()
    run.start()
    run.until(lambda: run.log.count("starting again in") > 2, "a long wait")
    began = time.monotonic()
    assert run.end(number) == 0
    assert time.monotonic() - began < AT_ONCE
    assert "Traceback" not in run.log
    database.start()
    run.start("--no-serve")  # nothing is locked
    run.until(lambda: run.counted() == 0, "tables")
    assert run.end(number) == 0


def test_brokers_that_come_later_are_waited_for(
    database_url: str, redis_server: RedisLink, stream: str, live_run: LiveRun
) -> None:
    more = {"sinks": {"kafka": {}}}
    run = engine(live_run, database_url, redis_server.url, stream, **more)
    run.kafka = "127.0.0.1:9"
    run.start()
    run.until(lambda: "starting again in" in run.log, "an attempt")
    assert "kafka: 127.0.0.1:9: Connection refused" in Api(run).ready().body["detail"]
    assert run.end() == 0


def test_what_no_waiting_mends_is_one_line(
    database_url: str, redis_server: RedisLink, stream: str, live_run: LiveRun, tmp_path: Path
) -> None:
    run = engine(live_run, database_url + "_not_there", redis_server.url, stream)
    run.start()
    assert run.process is not None
    assert run.process.wait(60) == 2
    [line] = run.log.splitlines()
    assert line.startswith("yieldflow: postgres, schema ")
    assert "does not exist" in line
