"""Where the tables are written to, beside the API."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from config.kafka_client import KafkaClient
from config.librdkafka import CLIENT, PRODUCER
from config.links import ADDRESS_OF_POSTGRES, ADDRESS_OF_REDIS
from config.values import Frozen, Location, Topic, matching, whole

Schema = Annotated[
    str, matching(r"[a-z_][a-z0-9_]{0,62}", "the name of a schema: lower case letters, digits, _")
]


class JsonlSink(Frozen):
    """The tables of the contract as JSON lines, a folder per run.

    Attributes:
        dir: below ``home``.
    """

    dir: Location = Path("runs")


class PostgresSink(Frozen):
    """The tables of the contract, by primary key, and logs of their changes.

    Attributes:
        schema_name: holds them; made when it is not there.
    """

    link: ClassVar = "database"
    hints: ClassVar = ADDRESS_OF_POSTGRES

    schema_name: Schema = Field(default="yieldflow", alias="schema")


class KafkaTopics(Frozen):
    """Names of the topics that are written; null: that one is not."""

    price_updates: Topic | None = "price.updates"
    portfolio_changes: Topic | None = "portfolio.changes"
    advice_changes: Topic | None = "advice.changes"
    user_actions: Topic | None = "user.actions"
    system_metrics: Topic | None = "system.metrics"


class KafkaSink(KafkaClient):
    """Changes as JSON messages.

    Attributes:
        topics: names, by what they hold.
    """

    known: ClassVar = CLIENT | PRODUCER

    topics: KafkaTopics = KafkaTopics()


class RedisSink(Frozen):
    """Changes as Redis streams, named as the topics of Kafka.

    Attributes:
        maxlen: entries that each stream is trimmed to, about.
    """

    link: ClassVar = "redis"
    hints: ClassVar = ADDRESS_OF_REDIS

    maxlen: Annotated[int, whole(1, 1_000_000_000)] = 100_000


class SinkSettings(Frozen):
    """Where tables are written to, beside the API; a sink that is not named is not written."""

    jsonl: JsonlSink | None = None
    postgres: PostgresSink | None = None
    kafka: KafkaSink | None = None
    redis: RedisSink | None = None
