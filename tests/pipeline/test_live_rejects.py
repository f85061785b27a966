"""Malformed messages of a topic are in ``rejected``, each with its place, and nothing else is."""

import subprocess
import sys
from pathlib import Path

import orjson
import psycopg
import pytest
from confluent_kafka import Consumer, TopicPartition

from tests.pipeline.live_runs import ROOT, Run
from tests.servers import KafkaLink, unique

pytestmark = pytest.mark.integration
DAY = ROOT / "data" / "replay" / "trades.csv.gz"
NUMBERS = ("price", "size", "ts_event")
SKEW_DAYS = 3_650  # the bundled day lies in the past of the test or in its future


def messages(bootstrap: str, topic: str) -> dict[tuple[int, int], bytes | None]:
    """Every message of a topic by partition and offset."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": unique("reader")})
    partitions = consumer.list_topics(topic, 30).topics[topic].partitions
    found: dict[tuple[int, int], bytes | None] = {}
    ends = {
        number: consumer.get_watermark_offsets(TopicPartition(topic, number), 30)[1]
        for number in partitions
    }
    consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
    while len(found) < sum(ends.values()):
        for message in consumer.consume(5_000, 5):
            assert message.error() is None
            found[message.partition(), message.offset()] = message.value()
    consumer.close()
    return found


def sound(value: bytes | None) -> bool:
    """A trade by the letter of the contract, told without the code under test."""
    try:
        row = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return False
    if not isinstance(row, dict) or not isinstance(row.get("symbol"), str):
        return False
    numbers = [row.get(name) for name in NUMBERS]
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers):
        return False
    return row["price"] > 0 and row["size"] >= 0 and row["ts_event"] < 4_000_000_000_000_000


def test_exactly_the_malformed_messages_are_rejected_with_their_places(
    kafka: KafkaLink, database_url: str, tmp_path: Path
) -> None:
    topic = unique("rejects")
    command = [sys.executable, "-m", "scripts.produce_kafka", str(DAY), "--topic", topic]
    command += ["--speed", "max", "--corrupt", "1", "--seed", "5", "--quiet"]
    command += ["--bootstrap", kafka.bootstrap]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    sent = messages(kafka.bootstrap, topic)
    wrong = {place for place, value in sent.items() if not sound(value)}
    assert len(wrong) > 1_000  # one in a hundred, of ten kinds
    run = Run(
        kafka.bootstrap,
        database_url,
        topic,
        "rejects",
        tmp_path,
        engine={"intervals": ["1m"], "indicators": ["rsi_14"], "late_allowance": "60m"},
        source={"kafka": {"topic": topic}},
    )
    run.start("--no-serve")
    with psycopg.connect(database_url, autocommit=True) as database:
        query = "SELECT source, position, reason FROM rejects.rejected"

        def settled() -> bool:
            there = database.execute("SELECT to_regclass('rejects.rejected')").fetchone()
            if there == (None,):
                return False
            [(count,)] = database.execute("SELECT count(*) FROM rejects.rejected").fetchall()
            return run.counted() + count >= len(sent)

        run.until(settled, "all messages in bars or rejects")
        rejected = database.execute(query).fetchall()
    assert run.end() == 0
    judged = {  # told across messages: the day itself has some trades twice
        (source, position)
        for source, position, reason in rejected
        if reason in ("duplicate_trade", "late")
    }
    rejected = [row for row in rejected if row[0].startswith("kafka:")]
    places = {(f"kafka:{topic}/{partition}", offset) for partition, offset in wrong}
    assert {(source, position) for source, position, _ in rejected} - judged == places
    assert not judged & places
    assert len({reason for _, _, reason in rejected}) >= 7
