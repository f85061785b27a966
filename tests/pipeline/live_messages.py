"""What engines have told in topics of Kafka and streams of Redis."""

from collections.abc import Iterable
from typing import Any

import orjson
from confluent_kafka import Consumer, TopicPartition

from tests.connectors.sources.redis_trades import connect
from tests.servers import unique

Told = tuple[str, dict[str, Any]]  # key, message
TOPICS = {  # the column that is the key
    "price.updates": "symbol",
    "portfolio.changes": "portfolio_id",
    "advice.changes": "portfolio_id",
    "user.actions": "account_id",
    "system.metrics": "name",
}


def in_kafka(bootstrap: str, topic: str) -> list[Told]:
    """All that a topic holds now; those of one key are in order."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": unique("reader")})
    numbers = consumer.list_topics(topic, 30).topics[topic].partitions
    places = [TopicPartition(topic, number, 0) for number in numbers]
    ends = [consumer.get_watermark_offsets(place, 30)[1] for place in places]
    consumer.assign(places)
    found: list[Told] = []
    while len(found) < sum(ends):
        for message in consumer.consume(5_000, 1):
            assert message.error() is None
            found.append((message.key().decode(), orjson.loads(message.value())))
    consumer.close()
    return found


def in_redis(url: str, stream: str) -> list[Told]:
    """All that a stream holds now."""
    with connect(url) as client:
        entries = client.xrange(stream)
    return [(one[b"key"].decode(), orjson.loads(one[b"value"])) for _, one in entries]


def standing(told: Iterable[Told], table: str, *key: str) -> dict[tuple[str, ...], dict[str, Any]]:
    """The rows of one table that its messages come to, as a reader keeps them.

    The newest message of a key counts, unless it says that the row is gone.
    """
    rows = {}
    for _, message in told:
        if message["table"] == table and message["diff"] > 0:
            rows[tuple(message[name] for name in key)] = message
    return {place: row for place, row in rows.items() if not row.get("removed", False)}
