"""Files as messages of a real broker: what arrives, in which order, how fast, and what does not."""

import json
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Message, TopicPartition

from connectors.sources.source import FileSource
from scripts.kafka_feed.malformed import Malformed
from scripts.kafka_feed.messages import WEEK, Feed
from scripts.produce_kafka import main
from tests.servers import KafkaLink, unique

T0 = 1_769_053_500_000_000
SECOND = 1_000_000
ROWS = [
    ("INFY", T0, 100.5, 1, 1),
    ("TCS", T0 + SECOND, 200.0, 2, 2),
    ("INFY", T0 + 2 * SECOND, 101.0, 3, 3),
]


def csv(rows: Sequence[Sequence[object]]) -> str:
    lines = ["symbol,ts_event,price,size,trade_id", *(",".join(map(str, row)) for row in rows)]
    return "\n".join(lines) + "\n"


@pytest.fixture
def trades(tmp_path: Path) -> Path:
    file = tmp_path / "trades.csv"
    file.write_text(csv(ROWS))
    return file


def sent(kafka: KafkaLink, topic: str, count: int, partitions: int = 1) -> list[Message]:
    """The first messages of a topic."""
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": unique("group")})
    try:
        consumer.assign([TopicPartition(topic, number, 0) for number in range(partitions)])
        found: list[Message] = []
        until = time.monotonic() + 30
        while len(found) < count and time.monotonic() < until:
            found += consumer.consume(count - len(found), 1.0)
        assert [message.error() for message in found] == [None] * count
        return found
    finally:
        consumer.close()


def produce(kafka: KafkaLink, file: Path, topic: str, *flags: str) -> int:
    where = ["--bootstrap", kafka.bootstrap, "--topic", topic, "--partitions", "1", "--quiet"]
    return main([str(file), *where, *flags])


@pytest.mark.integration
def test_a_row_is_a_json_message_with_its_key_and_time(kafka: KafkaLink, trades: Path) -> None:
    topic = unique("trades")
    assert produce(kafka, trades, topic, "--speed", "max") == 0
    names = ("symbol", "ts_event", "price", "size", "trade_id")
    messages = sent(kafka, topic, 3)
    assert [json.loads(message.value()) for message in messages] == [
        dict(zip(names, row, strict=True)) for row in ROWS
    ]
    assert [message.key().decode() for message in messages] == ["INFY", "TCS", "INFY"]
    assert [message.timestamp()[1] * 1_000 for message in messages] == [row[1] for row in ROWS]


@pytest.mark.integration
def test_holdings_are_keyed_by_their_portfolio(kafka: KafkaLink, tmp_path: Path) -> None:
    file, topic = tmp_path / "holdings.csv", unique("holdings")
    file.write_text("portfolio_id,symbol,quantity\nmine,INFY,3\n")
    assert produce(kafka, file, topic, "--kind", "holdings") == 0
    [message] = sent(kafka, topic, 1)
    assert message.key() == b"mine"
    assert json.loads(message.value())["quantity"] == 3


@pytest.mark.integration
def test_columns_of_other_names_are_mapped(kafka: KafkaLink, tmp_path: Path) -> None:
    file, topic = tmp_path / "ticks.jsonl", unique("mapped")
    file.write_text(json.dumps({"symbol": "A", "ms": T0 // 1_000, "price": 2, "n": 5}) + "\n")
    flags = ("--map", "ts_event=ms:ms", "--map", "size=n")
    assert produce(kafka, file, topic, *flags) == 0
    [message] = sent(kafka, topic, 1)
    assert json.loads(message.value()) == {"symbol": "A", "ts_event": T0, "price": 2.0, "size": 5.0}


@pytest.mark.integration
def test_messages_keep_the_pace_of_the_market(kafka: KafkaLink, trades: Path) -> None:
    begun = time.monotonic()
    assert produce(kafka, trades, unique("paced"), "--speed", "4") == 0
    assert 0.5 <= time.monotonic() - begun < 10  # two seconds of market


@pytest.mark.integration
def test_what_is_malformed_is_told_and_the_good_messages_all_arrive(
    kafka: KafkaLink, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, topic = tmp_path / "trades.csv", unique("corrupt")
    rows = [("INFY", T0 + at * SECOND, 100 + at, 1, at) for at in range(200)]
    file.write_text(csv(rows) + "INFY,never,1,1,1\n")
    assert produce(kafka, file, topic, "--speed", "max", "--corrupt", "30", "--seed", "5") == 0
    said = capsys.readouterr().err
    malformed = Malformed("trades", 30.0, 5)
    values = [
        value
        for part in Feed(FileSource.inspect(file, "trades")).messages()
        for value in part.values
    ]
    expected = [each for value in values for each in (value, *malformed.after(value))]
    assert f"malformed: {malformed.made.total()} (" in said
    assert "left out: 1 (1 bad_timestamp)" in said
    messages = sent(kafka, topic, len(expected))
    assert [message.value() for message in messages] == [value or value for value in expected]
    assert {message.key() for message in messages} == {b"INFY"}


@pytest.mark.integration
def test_a_market_goes_on_where_its_topic_ends(kafka: KafkaLink, trades: Path) -> None:
    topic = unique("days")
    for _ in range(3):
        assert produce(kafka, trades, topic, "--speed", "max", "--go-on") == 0
    rows = [json.loads(message.value()) for message in sent(kafka, topic, 9)]
    assert [row["ts_event"] - T0 for row in rows[::3]] == [0, WEEK, 2 * WEEK]
    assert len({row["trade_id"] for row in rows}) == 9


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--kind", "holdings", "--corrupt", "1"), "has no column for"),
        (("--kind", "bars", "--interval", "often"), "must be a duration"),
        (("--map", "cost=price"), "no field `cost`"),
        (("--bootstrap", "127.0.0.1:9"), "127.0.0.1:9: Connection refused"),
    ],
)
def test_what_cannot_be_sent_is_one_line(
    trades: Path,
    flags: tuple[str, ...],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("connectors.sources.kafka_admin_client.PATIENCE", timedelta(0))
    assert main([str(trades), *flags]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
