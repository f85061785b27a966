from collections.abc import Callable

import confluent_kafka
import pytest

from config.librdkafka import CLIENT, CONSUMER, OWNED, PRODUCER, SECRETS
from config.settings import Settings

Load = Callable[..., Settings]
Refuse = Callable[..., str]
ENV = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092", "KAFKA_PASSWORD": "hunter2"}


def source(text: str) -> str:
    return f"data_sources: [{{type: trades, kafka: {{topic: t, {text}}}}}]"


def test_tls_and_sasl_are_passed_on_with_the_secret_in_the_clear(load: Load) -> None:
    settings = load(
        source(
            "settings: {security.protocol: SASL_SSL, fetch.min.bytes: 10, check.crcs: true}, "
            "secrets: {sasl.password: KAFKA_PASSWORD}"
        ),
        ENV,
    )
    kafka = settings.data_sources[0].kafka
    assert kafka is not None
    assert kafka.client_settings == {
        "security.protocol": "SASL_SSL",
        "fetch.min.bytes": 10,
        "check.crcs": True,
        "sasl.password": "hunter2",
    }
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings.model_dump())


def test_a_sink_has_settings_of_its_own(load: Load) -> None:
    text = "sinks: {kafka: {settings: {compression.type: lz4}, secrets: {ssl.key.pem: PEM}}}"
    sink = load(text, {**ENV, "PEM": "-----BEGIN"}).sinks.kafka
    assert sink is not None
    assert sink.client_settings == {"compression.type": "lz4", "ssl.key.pem": "-----BEGIN"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "settings: {group.id: mine}",
            "settings.group.id: cannot be set: no group is joined: partitions are assigned, "
            "so that a restart waits for no dead member",
        ),
        (
            "settings: {bootstrap.servers: 'a:1'}",
            "settings.bootstrap.servers: cannot be set: the brokers come from "
            "KAFKA_BOOTSTRAP_SERVERS",
        ),
        (
            "settings: {enable.auto.commit: true}",
            "settings.enable.auto.commit: cannot be set: positions are kept with the tables, "
            "not in Kafka",
        ),
        (
            "secrets: {acks: KAFKA_PASSWORD}",
            "secrets.acks: cannot be set: every change is delivered at least once, in order: "
            "idempotent, acks=all",
        ),
        (
            "settings: {sasl.password: hunter2}",
            "settings.sasl.password: is a secret; name its environment variable: "
            "secrets: {sasl.password: KAFKA_SECRET}",
        ),
        (
            "settings: {sasl.pasword: hunter2}",
            "settings.sasl.pasword: unknown key of librdkafka, did you mean sasl.password?",
        ),
        (
            "settings: {zzz: hunter2}",
            "settings.zzz: unknown key of librdkafka, its CONFIGURATION.md lists them",
        ),
        (
            "settings: {compression.type: lz4}",
            "settings.compression.type: unknown key of librdkafka, its CONFIGURATION.md lists them",
        ),
        (
            "settings: {client.id: [hunter2]}",
            "settings.client.id: must be text, a whole number, true or false",
        ),
        (
            "settings: {client.id: 1.5}",
            "settings.client.id: must be text, a whole number, true or false",
        ),
        ("settings: [a]", "settings: must be a mapping of keys, was a list of 1"),
        (
            "secrets: {sasl.password: hunter2}",
            "secrets.sasl.password: must be the name of an environment variable such as "
            '"FINNHUB_KEY"; the secret itself does not belong in a file',
        ),
        (
            "settings: {sasl.username: me}, secrets: {sasl.username: KAFKA_PASSWORD}",
            "secrets.sasl.username: stands under settings too, drop one",
        ),
    ],
)
def test_what_a_client_cannot_have_is_one_line(refuse: Refuse, text: str, line: str) -> None:
    refused = refuse(source(text), ENV)
    assert refused == f"config/demo.yaml: data_sources[0].kafka.{line}"
    assert "hunter2" not in refused


def test_every_key_is_in_one_group() -> None:
    groups = [CLIENT, SECRETS, CONSUMER, PRODUCER, frozenset(OWNED)]
    assert len(frozenset().union(*groups)) == sum(map(len, groups))


@pytest.mark.parametrize("key", sorted(CLIENT | SECRETS | CONSUMER | PRODUCER | set(OWNED)))
def test_librdkafka_knows_every_key(key: str) -> None:
    try:
        confluent_kafka.Producer({key: "\x01"})
    except (confluent_kafka.KafkaException, TypeError) as error:  # it may dislike the value
        refusal = str(error)
    else:
        refusal = ""
    assert "No such configuration property" not in refusal
