from collections.abc import Callable
from pathlib import Path

import pytest

from config.settings import Settings

Load = Callable[..., Settings]
Refuse = Callable[..., str]
SERVERS = {
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
    "DATABASE_URL": "postgresql://me@127.0.0.1/db",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}


def test_a_sink_that_is_not_named_is_not_written(load: Load) -> None:
    sinks = load().sinks
    assert (sinks.jsonl, sinks.postgres, sinks.kafka, sinks.redis) == (None, None, None, None)


def test_sinks_have_the_names_of_the_contract(load: Load, project: Path) -> None:
    sinks = load("sinks: {jsonl: {}, postgres: {}, kafka: {}, redis: {}}", SERVERS).sinks
    assert sinks.jsonl is not None
    assert sinks.postgres is not None
    assert sinks.kafka is not None
    assert sinks.redis is not None
    assert sinks.jsonl.dir == project / "var" / "runs"
    assert sinks.postgres.schema_name == "yieldflow"
    assert sinks.redis.maxlen == 100_000
    assert sinks.kafka.topics.model_dump() == {
        "price_updates": "price.updates",
        "portfolio_changes": "portfolio.changes",
        "advice_changes": "advice.changes",
        "user_actions": "user.actions",
        "system_metrics": "system.metrics",
    }


def test_names_can_be_changed_and_topics_left_out(load: Load) -> None:
    text = "sinks: {postgres: {schema: mine}, kafka: {topics: {price_updates: p, user_actions: }}}"
    sinks = load(text, SERVERS).sinks
    assert sinks.postgres is not None
    assert sinks.kafka is not None
    assert sinks.postgres.schema_name == "mine"
    assert (sinks.kafka.topics.price_updates, sinks.kafka.topics.user_actions) == ("p", None)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("redis_streams: {}", "redis_streams: unknown key, known: jsonl, kafka, postgres, redis"),
        ("postgre: {}", "postgre: unknown key, did you mean postgres?"),
        ("postgres: true", "postgres: must be a mapping of keys, was true"),
        (
            "postgres: {schema: Mine}",
            "postgres.schema: must be the name of a schema: lower case letters, digits, _, "
            'was "Mine"',
        ),
        (
            "postgres: {schema_name: mine}",
            "postgres.schema_name: unknown key, did you mean schema?",
        ),
        (
            "kafka: {topics: {prices: p}}",
            "kafka.topics.prices: unknown key, did you mean price_updates?",
        ),
        (
            "kafka: {topics: {user_actions: ''}}",
            'kafka.topics.user_actions: must be a topic: letters, digits, . _ or -, was ""',
        ),
        (
            "kafka: {settings: {fetch.min.bytes: 1}}",
            "kafka.settings.fetch.min.bytes: unknown key of librdkafka, "
            "its CONFIGURATION.md lists them",
        ),
        (
            "kafka: {settings: {linger.ms: 1000}}",
            "kafka.settings.linger.ms: cannot be set: changes wait 5 ms at most",
        ),
        (
            "redis: {maxlen: 0}",
            "redis.maxlen: must be a whole number from 1 to 1000000000, was 0",
        ),
    ],
)
def test_a_sink_that_cannot_be_is_one_line(refuse: Refuse, text: str, line: str) -> None:
    assert refuse(f"sinks: {{{text}}}", SERVERS) == f"config/demo.yaml: sinks.{line}"
