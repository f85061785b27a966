"""Changes of tables in Kafka, and the check that they have arrived."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pathway as pw
import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from pathway.internals.parse_graph import G

from connectors.sinks.kafka import write_kafka
from connectors.sinks.kafka_delivery import Arrivals, DeliveryCheck
from connectors.sources.errors import SourceError
from connectors.sources.live_feed import FeedLost
from pipeline.stack.kafka import Kafka
from tests.servers import KafkaLink

integration = pytest.mark.integration
WAIT = 30.0  # seconds for what has to come
OFTEN = timedelta(milliseconds=100)


class Weight(pw.Schema):
    portfolio_id: str
    symbol: str
    weight: float | None
    parts: pw.Json


@dataclass(frozen=True)
class Sent:
    """A message that was read back."""

    partition: int
    key: bytes
    value: dict[str, Any]


def read_back(bootstrap: str, topic: str, partitions: int) -> list[Sent]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "test", "log_level": 0})
    places = [TopicPartition(topic, partition, 0) for partition in range(partitions)]
    count = sum(consumer.get_watermark_offsets(place, WAIT)[1] for place in places)
    consumer.assign(places)
    found = consumer.consume(count, WAIT) if count else []
    consumer.close()
    assert len(found) == count
    return [Sent(one.partition(), one.key(), json.loads(one.value())) for one in found]


def weights(rows: Sequence[tuple[object, ...]]) -> pw.Table[Weight]:
    return pw.debug.table_from_rows(Weight, list(rows), is_stream=True)


def run() -> None:
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)


def row(portfolio: str, weight: float | None, time: int, diff: int) -> tuple[object, ...]:
    return (portfolio, "AAPL", weight, pw.Json({"beta": [1.5, None]}), time, diff)


@integration
def test_changes_of_a_key_are_in_order_in_one_partition(kafka: KafkaLink) -> None:
    topic = kafka.topic(4)
    rows = []
    for portfolio in ("p1", "p2", "p3"):
        rows.append(row(portfolio, 0.0, 2, 1))
        for n in range(1, 20):
            rows += [row(portfolio, n - 1.0, 2 * n + 2, -1), row(portfolio, float(n), 2 * n + 2, 1)]
    write_kafka(weights(rows), kafka.bootstrap, topic, key="portfolio_id", name="weights")
    run()
    messages = read_back(kafka.bootstrap, topic, 4)
    for key in (b"p1", b"p2", b"p3"):
        mine = [one for one in messages if one.key == key]
        assert len({one.partition for one in mine}) == 1
        changes = [(one.value["weight"], one.value["diff"]) for one in mine]
        expected = [(0.0, 1)]
        for n in range(1, 20):
            expected += [(n - 1.0, -1), (float(n), 1)]
        assert changes == expected


@integration
def test_a_message_is_the_row_with_json_and_nulls_as_json(kafka: KafkaLink) -> None:
    topic = kafka.topic(1)
    table = weights([row("p1", None, 2, 1)])
    write_kafka(table, kafka.bootstrap, topic, key="portfolio_id", name="weights", label="weights")
    run()
    [sent] = read_back(kafka.bootstrap, topic, 1)
    assert sent.key == b"p1"
    assert sent.value.pop("time") == 2
    assert sent.value == {
        "portfolio_id": "p1",
        "symbol": "AAPL",
        "weight": None,
        "parts": {"beta": [1.5, None]},
        "table": "weights",
        "diff": 1,
    }


@pytest.mark.parametrize("key", ["weight", "account_id"])
def test_a_key_that_is_no_column_of_text_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=f"`key` must be a column of text, '{key}'"):
        write_kafka(weights([row("p1", 1.0, 2, 1)]), "127.0.0.1:1", "t", key=key, name="weights")


class Fed(pw.io.python.ConnectorSubject):
    """Rows as the test gives them, until it raises."""

    def __init__(self) -> None:
        super().__init__()
        self.given = 0
        self._wanted = 0
        self._changed = threading.Condition()
        self._over = False

    def give(self, count: int) -> None:
        with self._changed:
            self._wanted += count
            self._changed.notify_all()

    def end(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._over or self.given < self._wanted, WAIT)
                if self._over:
                    return
            while self.given < self._wanted:
                parts = pw.Json({"n": self.given})
                self.next(portfolio_id=f"p{self.given % 7}", symbol="A", weight=1.0, parts=parts)
                self.given += 1
            self.commit()


@contextmanager
def running(bootstrap: str, topic: str, grace: timedelta) -> Iterator[tuple[Fed, DeliveryCheck]]:
    """A graph that runs in a thread, checked."""
    G.clear()
    fed = Fed()
    table = pw.io.python.read(fed, schema=Weight, autocommit_duration_ms=10)
    write_kafka(table, bootstrap, topic, key="portfolio_id", name="weights")
    check = DeliveryCheck(bootstrap, grace=grace, every=OFTEN)
    check.count(table, topic, name="weights.count")
    check.begin()
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield fed, check
    finally:
        fed.end()
        thread.join(WAIT)
        check.close()
    assert not thread.is_alive()


def await_that(true: Callable[[], bool]) -> None:
    until = time.monotonic() + WAIT
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    assert true()


def arrived(check: DeliveryCheck, count: int) -> bool:
    status = check.status()
    return status.lag == 0 and status.counters["arrived"] == count == status.counters["handed"]


@integration
def test_what_has_arrived_is_counted_from_where_the_topic_stood(kafka: KafkaLink) -> None:
    topic = kafka.topic(4)
    for _ in range(2):
        with running(kafka.bootstrap, topic, timedelta(seconds=10)) as (fed, check):
            fed.give(500)
            await_that(partial(arrived, check, 500))
            assert check.status().state == "connected"


@integration
def test_messages_that_do_not_arrive_make_the_sink_away_until_they_do(
    own_kafka: Callable[[], Kafka],
) -> None:
    server = own_kafka()
    admin = AdminClient({"bootstrap.servers": server.address, "log_level": 0})
    admin.create_topics([NewTopic("changes", 2, 1)])["changes"].result(WAIT)
    with running(server.address, "changes", timedelta(seconds=1)) as (fed, check):
        fed.give(100)
        await_that(lambda: arrived(check, 100))
        server.stop()
        fed.give(100)
        await_that(lambda: check.status().state == "away")
        server.start()
        await_that(lambda: arrived(check, 200))
        await_that(lambda: check.status().state == "connected")
    assert len(read_back(server.address, "changes", 2)) == 200


@integration
def test_a_check_of_a_topic_that_is_not_there_does_not_begin(kafka: KafkaLink) -> None:
    check = DeliveryCheck(kafka.bootstrap)
    check.count(weights([row("p1", 1.0, 2, 1)]), "no.such.topic", name="count")
    with pytest.raises(SourceError, match=r"there is no topic 'no.such.topic'"):
        check.begin()
    check.close()


def test_a_check_without_a_broker_does_not_begin() -> None:
    check = DeliveryCheck("127.0.0.1:1")
    check.count(weights([row("p1", 1.0, 2, 1)]), "changes", name="count")
    with pytest.raises(FeedLost, match="refused"):
        check.begin()
    assert check.status().state == "away"


def test_a_message_is_late_from_when_it_was_handed_over() -> None:
    arrivals = Arrivals()
    assert arrivals.note(0.0, handed=10, arrived=4) == 0.0
    assert arrivals.note(1.0, handed=20, arrived=9) == 1.0
    assert arrivals.behind == 11
    assert arrivals.note(3.0, handed=20, arrived=10) == 2.0  # the ten of second 1 are waited for
    assert arrivals.note(4.0, handed=20, arrived=20) == 0.0
    assert arrivals.note(9.0, handed=20, arrived=20) == 0.0
    assert arrivals.behind == 0
