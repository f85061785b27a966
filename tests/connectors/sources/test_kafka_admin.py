"""Topics on a real broker: made as planned, left as they are, measured."""

from datetime import timedelta

import pytest
from confluent_kafka import Producer

from connectors.sources import kafka_admin_client
from connectors.sources.errors import SourceError
from connectors.sources.kafka_admin import (
    PLANS,
    Topic,
    TopicPlan,
    describe,
    ensure_topics,
    high_water_marks,
    newest_time,
)
from tests.servers import KafkaLink, unique

pytestmark = pytest.mark.integration


@pytest.fixture
def broker(kafka: KafkaLink) -> str:
    if kafka.mock:
        pytest.skip(f"{kafka.title} makes no topics")
    return kafka.bootstrap


def test_missing_topics_are_made_as_planned_and_once(broker: str) -> None:
    kept = TopicPlan(unique("kept"), partitions=3)
    short = TopicPlan(unique("short"), retention=timedelta(hours=1), compact=True)
    assert ensure_topics(broker, [kept, short]) == [kept.name, short.name]
    assert ensure_topics(broker, [kept, short]) == []
    assert describe(broker, [kept.name, short.name, unique("absent")]) == {
        kept.name: Topic(kept.name, 3, None, False),
        short.name: Topic(short.name, 1, timedelta(hours=1), True),
    }


def test_a_topic_with_more_partitions_than_planned_is_left_alone(broker: str) -> None:
    name = unique("wide")
    ensure_topics(broker, [TopicPlan(name, partitions=5)])
    assert ensure_topics(broker, [TopicPlan(name, partitions=2)]) == []
    assert describe(broker, [name])[name].partitions == 5


def test_a_topic_with_too_few_partitions_is_one_line_that_says_how_to_mend_it(broker: str) -> None:
    name = unique("narrow")
    ensure_topics(broker, [TopicPlan(name, partitions=1)])
    with pytest.raises(SourceError) as refused:
        ensure_topics(broker, [TopicPlan(name, partitions=4)])
    assert f"topic {name} has 1 partitions, not 4" in str(refused.value)
    assert "--partitions 4" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_ends_of_a_topic_are_known(broker: str) -> None:
    name = unique("marks")
    ensure_topics(broker, [TopicPlan(name, partitions=2)])
    producer = Producer({"bootstrap.servers": broker})
    assert newest_time(broker, name) is None
    for moment in (1_000, 9_000, 5_000):
        producer.produce(name, b"{}", partition=1, timestamp=moment)
    assert producer.flush(30) == 0
    assert newest_time(broker, name) == 9_000_000
    assert high_water_marks(broker, name) == {0: 0, 1: 3}
    with pytest.raises(SourceError, match="has no topic nowhere"):
        high_water_marks(broker, "nowhere")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_admin_client, "PATIENCE", timedelta(milliseconds=500))


@pytest.mark.usefixtures("impatient")
def test_a_broker_that_is_not_there_is_one_line() -> None:
    with pytest.raises(SourceError) as refused:
        describe("127.0.0.1:9", ["market.trades"], {"sasl.password": "tiger", "linger.ms": 5})
    assert str(refused.value) == "kafka: 127.0.0.1:9: Connection refused"


@pytest.mark.usefixtures("impatient")
def test_what_a_broker_refuses_is_one_line_without_the_password(broker: str) -> None:
    login = {"sasl.mechanism": "PLAIN", "sasl.username": "scott", "sasl.password": "tiger"}
    with pytest.raises(SourceError) as refused:
        describe(broker, ["market.trades"], {"security.protocol": "sasl_plaintext", **login})
    assert str(refused.value).startswith(f"kafka: {broker}: ")
    assert "\n" not in str(refused.value)
    assert "tiger" not in str(refused.value)


def test_the_topics_of_the_contract_are_planned() -> None:
    assert {plan.name for plan in PLANS} == {
        *("market.trades", "market.snapshots", "price.updates", "portfolio.changes"),
        *("advice.changes", "user.actions", "system.metrics"),
    }
