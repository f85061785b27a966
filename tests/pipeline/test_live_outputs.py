"""Changes told to Kafka and Redis: what arrives, under which key, and over outages."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import psycopg
import pytest

from pipeline.stack.kafka import Kafka
from pipeline.stack.redis import Redis
from tests.pipeline.conftest import LiveRun
from tests.pipeline.live_api import ACCOUNT, ACCOUNTS, ENV, Api
from tests.pipeline.live_bars import rows
from tests.pipeline.live_messages import TOPICS, Told, in_kafka, in_redis, standing
from tests.pipeline.live_runs import Run
from tests.pipeline.live_trades import TABLE, append
from tests.servers import KafkaLink, unique

pytestmark = pytest.mark.integration
TABLES = {  # of which topic, by which key
    "prices": ("price.updates", "symbol"),
    "positions": ("portfolio.changes", "portfolio_id", "symbol"),
    "portfolio_risk": ("portfolio.changes", "portfolio_id"),
    "advice": ("advice.changes", "advice_id"),
}
SHOWN = ("price", "ts_event", "market_value_micros", "value_micros", "state", "sentence")
Read = Callable[[str], list[Told]]
Names = Mapping[str, str]


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


@pytest.fixture
def source(database_url: str) -> Iterator[psycopg.Connection]:
    """A session on a database with a table that trades can be appended to."""
    with psycopg.connect(database_url, autocommit=True) as session:
        session.execute(TABLE)
        yield session


def engine(live_run: LiveRun, database: str, kafka: str, redis: str, topics: Names) -> Run:
    told = {name.replace(".", "_"): topic for name, topic in topics.items()}
    table = {"table": "public.trades", "cursor": "id", "poll": "50ms"}
    return live_run(
        database,
        kafka=kafka,
        source={"venue": "BINANCE", "postgres": table},
        more={**ACCOUNTS, "sinks": {"kafka": {"topics": told}, "redis": {}}},
        env={**ENV, "REDIS_URL": redis},
    )


def test_what_changes_is_told_under_its_key(
    trades: list[Any],
    kafka: KafkaLink,
    own_redis: Callable[..., Redis],
    database_url: str,
    source: psycopg.Connection,
    live_run: LiveRun,
) -> None:
    server, topics = own_redis(), {name: unique(name) for name in TOPICS}
    run = engine(live_run, database_url, kafka.bootstrap, server.address, topics)
    append(source, trades[:600])
    run.start()
    run.wait(600)
    assert Api(run).until("/v1/portfolios/p1/advice", 200, "POST").body["advice"]
    of_kafka: Read = lambda topic: in_kafka(kafka.bootstrap, topics[topic])  # noqa: E731
    for read in (of_kafka, partial(in_redis, server.address)):
        run.until(lambda read=read: not differing(run, read), "messages of all tables")
        run.until(lambda read=read: bool(read("user.actions")), "a message of the usage")
        check_keys(read)
    assert run.end() == 0


def check_keys(read: Read) -> None:
    """What is told in each topic, and under which key."""
    for topic, column in TOPICS.items():
        told = read(topic)
        assert told, topic
        assert all(key == message[column] for key, message in told), topic
    meters = {(key, message["meter"], message["quantity"]) for key, message in read("user.actions")}
    assert (ACCOUNT, "portfolio_analysis", 1) in meters
    metrics = {(message["name"], message["part"]) for _, message in read("system.metrics")}
    assert {("ticks", ""), ("connected", "kafka"), ("connected", "postgres")} <= metrics


def test_an_outage_is_shown_and_costs_no_message(
    trades: list[Any],
    own_kafka: Callable[..., Kafka],
    own_redis: Callable[..., Redis],
    database_url: str,
    source: psycopg.Connection,
    live_run: LiveRun,
) -> None:
    broker, server = own_kafka(), own_redis()
    run = engine(live_run, database_url, broker.address, server.address, {})
    append(source, trades[:600])
    run.start()
    api = Api(run)
    for number, (other, part) in enumerate(
        [(broker, "kafka"), (server, "redis:price.updates/prices")], 1
    ):
        run.wait(600 * number)
        run.until(lambda part=part: state(api, part) == "connected", f"{part} to be there")
        stopped = time.time()
        other.stop()
        append(source, trades[600 * number : 600 * number + 600])
        run.wait(600 * number + 600)
        run.until(lambda part=part: state(api, part) == "away", f"{part} to be missed")
        assert stopped <= api.parts()[part]["since"] / 1e6 <= time.time()
        assert api.parts()[part]["reason"]
        other.start()
        run.until(lambda part=part: state(api, part) == "connected", f"{part} to be found again")
    append(source, trades[1_800:])
    run.wait(len(trades))
    for read in (partial(in_kafka, broker.address), partial(in_redis, server.address)):
        run.until(lambda read=read: not differing(run, read), "messages of all tables")
    check_all_is_well(api)
    assert run.end() == 0


def state(api: Api, part: str) -> str:
    """How a part stands; '' while the service is not ready."""
    return str(api.parts().get(part, {}).get("state", ""))


def check_all_is_well(api: Api) -> None:
    """All parts are there, each under a name of its own."""
    api.run.until(lambda: api.ready().body["status"] == "ready", "all to be there")
    parts = [part["name"] for part in api.ready().body["parts"]]
    assert len(set(parts)) == len(parts) == 9  # the source, Postgres, Kafka, six tables in Redis
    assert api.advice().stale_since is None
