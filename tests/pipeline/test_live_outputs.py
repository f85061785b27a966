"""Changes told to Kafka and Redis: what arrives, under which key, and over outages."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from pipeline.stack.kafka import Kafka
from pipeline.stack.redis import Redis
from tests.connectors.sources.redis_trades import connect
from tests.pipeline.conftest import LiveRun
from tests.pipeline.live_api import ACCOUNT, ACCOUNTS, ENV, Api
from tests.pipeline.live_bars import rows
from tests.pipeline.live_messages import TOPICS, Told, in_kafka, in_redis, standing
from tests.pipeline.live_runs import Run
from tests.pipeline.live_trades import STREAM, send

pytestmark = pytest.mark.integration
TABLES = {  # of which topic, by which key
    "prices": ("price.updates", "symbol"),
    "positions": ("portfolio.changes", "portfolio_id", "symbol"),
    "portfolio_risk": ("portfolio.changes", "portfolio_id"),
    "advice": ("advice.changes", "advice_id"),
}
SHOWN = ("price", "ts_event", "market_value_micros", "value_micros", "state", "sentence")
Read = Callable[[str], list[Told]]


def differing(run: Run, read: Read) -> dict[str, Any]:
    """Tables that messages do not come to what Postgres holds of them."""
    found = {}
    for table, (topic, *key) in TABLES.items():
        stored = rows(run.database, f"SELECT * FROM {run.schema}.{table}")
        wanted = {tuple(row[name] for name in key): row for row in stored}
        told = standing(read(topic), table, *key)
        if {place: shown(row) for place, row in told.items()} != {
            place: shown(row) for place, row in wanted.items()
        }:
            found[table] = told, wanted
    return found


def shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in SHOWN if name in row}


def engine(live_run: LiveRun, database: str, kafka: str, redis: str) -> Run:
    return live_run(
        database,
        kafka=kafka,
        engine={"base_interval": "1s", "intervals": ["1s", "1m"], "indicators": ["rsi_14"]},
        source={"venue": "BINANCE", "redis": {"stream": STREAM, "consumer": "one"}},
        more={
            **ACCOUNTS,
            "advice": {"interval": "1s"},
            "sinks": {"postgres": {"schema": "told"}, "kafka": {}, "redis": {}},
        },
        env={**ENV, "REDIS_URL": redis},
    )


def test_what_changes_is_told_under_its_key_and_an_outage_costs_no_message(
    trades: list[Any],
    own_kafka: Callable[..., Kafka],
    own_redis: Callable[..., Redis],
    database_url: str,
    live_run: LiveRun,
) -> None:
    broker, server = own_kafka(), own_redis()
    run = engine(live_run, database_url, broker.address, server.address)
    run.schema = "told"
    of_kafka, of_redis = partial(in_kafka, broker.address), partial(in_redis, server.address)
    with connect(server.address) as client:
        send(client, STREAM, trades[:600])
    run.start()
    api = Api(run)
    run.wait(600)
    assert api.until("/v1/portfolios/p1/advice", 200, "POST").body["advice"]
    for read in (of_kafka, of_redis):
        run.until(lambda read=read: not differing(run, read), "messages of all tables")
        run.until(lambda read=read: bool(read("user.actions")), "a message of the usage")
        for topic, column in TOPICS.items():
            told = read(topic)
            assert told, topic
            assert all(key == message[column] for key, message in told), topic
        assert {key for key, _ in read("user.actions")} == {ACCOUNT}
        meters = {message["meter"] for _, message in read("user.actions")}
        assert meters >= {"portfolio_analysis", "advice_generation"}
        assert ("connected", "kafka") in {
            (message["name"], message["part"]) for _, message in read("system.metrics")
        }
    assert api.ready().body["status"] == "ready"

    broker.stop()
    run.until(lambda: api.parts()["kafka"]["state"] == "away", "Kafka to be missed")
    assert api.ready().body["status"] == "degraded"
    assert api.advice().stale_since is not None
    with connect(server.address) as client:
        send(client, STREAM, trades[600:1_200])
    run.wait(1_200)
    broker.start()
    run.until(lambda: api.parts()["kafka"]["state"] == "connected", "Kafka to be found again")
    run.until(lambda: not differing(run, of_kafka), "messages of the time without Kafka")

    server.stop()
    run.until(lambda: api.parts()[f"redis:{STREAM}"]["state"] == "away", "Redis to be missed")
    server.start()
    with connect(server.address) as client:
        send(client, STREAM, trades[1_200:])
    run.wait(len(trades))
    for read in (of_kafka, of_redis):
        run.until(lambda read=read: not differing(run, read), "messages of all tables")
    run.until(lambda: api.ready().body["status"] == "ready", "all to be there")
    parts = [part["name"] for part in api.ready().body["parts"]]
    assert len(set(parts)) == len(parts)
    assert api.advice().stale_since is None
    assert run.end() == 0
