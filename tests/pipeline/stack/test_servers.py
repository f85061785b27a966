"""Each server: started from packages, found again, stopped, killed."""

from collections.abc import Callable

import psycopg
import pytest
from confluent_kafka import Consumer, Producer
from redis import Redis as RedisClient

from pipeline.stack.kafka import Kafka
from pipeline.stack.postgres import Postgres
from pipeline.stack.redis import Redis
from tests import servers

pytestmark = pytest.mark.integration


def test_redis_keeps_its_port_and_what_it_holds_when_it_is_killed(
    own_redis: Callable[[], Redis],
) -> None:
    server = own_redis()
    address = server.address
    with RedisClient.from_url(address) as client:
        client.xadd("trades", {"n": 1})
    assert server.kill()
    assert server.running is None
    server.start()
    assert server.address == address
    with RedisClient.from_url(address) as client:
        assert client.xlen("trades") == 1


def test_postgres_keeps_its_port_and_what_it_holds_when_it_is_killed(
    own_postgres: Callable[[], Postgres],
) -> None:
    server = own_postgres()
    address = server.address
    with psycopg.connect(address) as session:
        session.execute("CREATE TABLE kept (n int)")
        session.execute("INSERT INTO kept VALUES (7)")
    for _ in range(3):
        assert server.kill()
        assert server.running is None
        server.start()
    assert server.address == address
    with psycopg.connect(address) as session:
        assert session.execute("SELECT n FROM kept").fetchall() == [(7,)]


def test_kafka_keeps_its_port_and_what_it_holds_when_it_is_killed(
    own_kafka: Callable[[], Kafka],
) -> None:
    server = own_kafka()
    address = server.address
    producer = Producer({"bootstrap.servers": address})
    producer.produce("kept", b"one")
    assert producer.flush(30) == 0
    assert server.kill()
    server.start()
    assert server.address == address
    consumer = Consumer(
        {"bootstrap.servers": address, "group.id": "g", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe(["kept"])
    message = consumer.poll(30)
    consumer.close()
    assert message is not None
    assert message.value() == b"one"


def test_the_servers_of_a_run_answer(
    kafka: servers.KafkaLink, database_url: str, redis_server: servers.RedisLink
) -> None:
    topic = kafka.topic(4)
    producer = Producer({"bootstrap.servers": kafka.bootstrap})
    assert len(producer.list_topics(topic, timeout=10).topics[topic].partitions) == 4
    with psycopg.connect(database_url) as session:
        assert session.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone() == (0,)
    with RedisClient.from_url(redis_server.url) as client:
        assert client.ping()
