"""A Kafka feed against a real broker: nothing is lost, doubled or hidden."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions

from connectors.sources.errors import SourceError
from connectors.sources.kafka import KafkaFeed
from connectors.sources.kafka_reading import KafkaBounds
from connectors.sources.live_feed import FeedLost, Gap, Lines, Position, Received
from connectors.sources.rejects import Reject
from pipeline.stack.kafka import Kafka
from tests.servers import KafkaLink

pytestmark = pytest.mark.integration

WAIT = 30.0  # seconds for what has to come
SILENCE = 0.5  # of a feed that has nothing more


def produce(
    bootstrap: str,
    topic: str,
    values: Sequence[bytes | None],
    *,
    partitions: int = 1,
    key: bytes | None = None,
    stamps: Sequence[int] | None = None,
) -> None:
    """Message n goes to partition n modulo ``partitions``."""
    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 0, "linger.ms": 1})
    for n, value in enumerate(values):
        stamp = stamps[n] if stamps else 0
        producer.produce(topic, value, key, partition=n % partitions, timestamp=stamp)
    assert producer.flush(WAIT) == 0


class Seen:
    """All that a feed has given."""

    def __init__(self) -> None:
        self.values: list[bytes] = []
        self.places: list[tuple[str, int]] = []
        self.rejects: list[Reject] = []
        self.gaps: list[Gap] = []
        self.position: Position | None = None

    def note(self, received: Received | None) -> "Seen":
        if received is None:
            return self
        if isinstance(lines := received.messages, Lines):
            self.values += lines.values
            sources = lines.sources or [0] * len(lines.values)
            self.places += zip((lines.names[s] for s in sources), lines.positions, strict=True)
        self.rejects += received.rejects
        self.gaps += received.gaps
        self.position = received.position
        return self

    def take(self, feed: KafkaFeed, count: int) -> "Seen":
        """Ask until there are ``count`` values and rejects."""
        until = time.monotonic() + WAIT
        while len(self.values) + len(self.rejects) < count and time.monotonic() < until:
            self.note(feed.receive(0.1))
        assert len(self.values) + len(self.rejects) >= count
        return self

    def exhaust(self, feed: KafkaFeed) -> "Seen":
        """Ask until nothing has come for a while."""
        until = time.monotonic() + SILENCE
        while time.monotonic() < until:
            before = len(self.values) + len(self.rejects)
            self.note(feed.receive(0.1))
            if len(self.values) + len(self.rejects) > before:
                until = time.monotonic() + SILENCE
        return self


@contextmanager
def opened(feed: KafkaFeed, position: Position | None = None) -> Iterator[KafkaFeed]:
    with closing(feed):
        feed.open(position)
        yield feed


def hour_ago() -> int:
    """Milliseconds. Brokers delete at any moment what is older than their retention."""
    return (int(time.time()) - 3_600) * 1_000


def numbered(count: int, start: int = 0) -> list[bytes]:
    return [b'{"n":%d}' % n for n in range(start, start + count)]


def test_messages_come_with_partition_offset_and_key(kafka: KafkaLink) -> None:
    topic = kafka.topic(4)
    produce(kafka.bootstrap, topic, numbered(8), partitions=4, key=b"AAPL")
    with opened(KafkaFeed(topic, bootstrap=kafka.bootstrap)) as feed:
        received = [feed.receive(0.1)]
        while not isinstance(received[-1] and received[-1].messages, Lines):
            received.append(feed.receive(0.1))
        seen = Seen()
        for one in received:
            seen.note(one)
        seen.take(feed, 8)
    lines = received[-1] and received[-1].messages
    assert isinstance(lines, Lines)
    assert set(lines.keys or ()) == {b"AAPL"}
    by_place = dict(zip(seen.places, seen.values, strict=True))
    assert by_place == {
        (f"kafka:{topic}/{n % 4}", n // 4): value for n, value in enumerate(numbered(8))
    }


def test_ten_reopenings_neither_lose_nor_repeat_a_message(kafka: KafkaLink) -> None:
    topic = kafka.topic(4)
    seen = Seen()
    for turn in range(10):
        produce(kafka.bootstrap, topic, numbered(300, 300 * turn), partitions=4)
        bounds = KafkaBounds(messages=70)
        with opened(
            KafkaFeed(topic, bootstrap=kafka.bootstrap, bounds=bounds), seen.position
        ) as it:
            seen.take(it, len(seen.values) + 200)  # some are left for the next life
    with opened(KafkaFeed(topic, bootstrap=kafka.bootstrap), seen.position) as feed:
        seen.exhaust(feed)
    assert Counter(seen.values) == Counter(numbered(3_000))
    for partition in range(4):
        name = f"kafka:{topic}/{partition}"
        assert [offset for source, offset in seen.places if source == name] == list(range(750))


def test_a_position_is_gone_on_from_exactly(kafka: KafkaLink) -> None:
    topic = kafka.topic(1)
    produce(kafka.bootstrap, topic, numbered(10))
    with opened(KafkaFeed(topic, bootstrap=kafka.bootstrap), {f"{topic}/0": 7}) as feed:
        assert Seen().exhaust(feed).values == numbered(3, 7)


def test_the_first_answer_says_where_the_feed_begins(kafka: KafkaLink) -> None:
    topic = kafka.topic(1)
    produce(kafka.bootstrap, topic, numbered(5))
    with opened(KafkaFeed(topic, bootstrap=kafka.bootstrap, start="latest")) as feed:
        first = feed.receive(0.1)
    assert first is not None
    assert (first.messages, first.position) == (None, {f"{topic}/0": 5})
    produce(kafka.bootstrap, topic, numbered(2, 5))
    feed = KafkaFeed(topic, bootstrap=kafka.bootstrap, start="latest")
    with opened(feed, first.position):
        assert Seen().take(feed, 2).values == numbered(2, 5)


def test_a_time_starts_at_the_first_message_since_then(kafka: KafkaLink) -> None:
    topic = kafka.topic(4)
    stamps = [hour_ago() + 1_000 * n for n in range(36)]
    since = datetime.fromtimestamp(stamps[20] / 1_000, UTC)
    produce(kafka.bootstrap, topic, numbered(36), partitions=4, stamps=stamps)
    with opened(KafkaFeed(topic, bootstrap=kafka.bootstrap, start=since)) as feed:
        assert sorted(Seen().exhaust(feed).values) == sorted(numbered(16, 20))


def test_a_time_after_all_messages_starts_behind_them(kafka: KafkaLink) -> None:
    topic = kafka.topic(1)
    produce(kafka.bootstrap, topic, numbered(5))
    later = datetime.now(UTC) + timedelta(days=1)
    with opened(KafkaFeed(topic, bootstrap=kafka.bootstrap, start=later)) as feed:
        seen = Seen().exhaust(feed)
    assert (seen.values, seen.position) == ([], {f"{topic}/0": 5})


def test_messages_that_say_nothing_are_refused_with_their_place_and_key(kafka: KafkaLink) -> None:
    topic = kafka.topic(1)
    produce(kafka.bootstrap, topic, [*numbered(1), None, b""], key=b"AAPL")
    produce(kafka.bootstrap, topic, [None, *numbered(1, 1)])
    before = time.time_ns() // 1_000
    with opened(KafkaFeed(topic, bootstrap=kafka.bootstrap)) as feed:
        seen = Seen().take(feed, 5)
        assert feed.status().counters["rejected"] == 3
    assert seen.values == numbered(2)
    assert seen.places == [(f"kafka:{topic}/0", 0), (f"kafka:{topic}/0", 4)]
    assert [(one.source, one.position, one.reason, one.raw) for one in seen.rejects] == [
        (f"kafka:{topic}/0", 1, "tombstone", "key=AAPL"),
        (f"kafka:{topic}/0", 2, "empty_message", "key=AAPL"),
        (f"kafka:{topic}/0", 3, "tombstone", ""),
    ]
    assert all(one.ts_recv >= before for one in seen.rejects)
    assert seen.position == {f"{topic}/0": 5}


def test_two_feeds_with_their_own_partitions_see_everything_once(kafka: KafkaLink) -> None:
    topic = kafka.topic(4)
    produce(kafka.bootstrap, topic, numbered(400), partitions=4)
    names, values = set(), list[bytes]()
    for some in ((0, 2), (3, 1)):
        with opened(KafkaFeed(topic, bootstrap=kafka.bootstrap, partitions=some)) as feed:
            values += Seen().exhaust(feed).values
            names.add(feed.name)
    assert Counter(values) == Counter(numbered(400))
    assert names == {f"kafka:{topic}/0,2", f"kafka:{topic}/1,3"}


def test_a_partition_that_is_added_later_is_read_from_its_beginning(kafka: KafkaLink) -> None:
    if kafka.mock:
        pytest.skip("the mock cluster adds no partitions")
    topic = kafka.topic(1)
    seen = Seen()
    bounds = KafkaBounds(look=timedelta(seconds=0.2))
    feed = KafkaFeed(topic, bootstrap=kafka.bootstrap, start="latest", bounds=bounds)
    with opened(feed):
        seen.note(feed.receive(0.1))
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
        admin.create_partitions([NewPartitions(topic, 2)])[topic].result(WAIT)
        produce(kafka.bootstrap, topic, numbered(4), partitions=2)
        seen.take(feed, 4)
    assert Counter(seen.values) == Counter(numbered(4))


def test_offsets_that_were_deleted_before_they_were_read_are_a_gap(kafka: KafkaLink) -> None:
    if kafka.mock:
        pytest.skip("the mock cluster deletes no records")
    topic = kafka.topic(1)
    stamps = [hour_ago() + 1_000 * n for n in range(20)]
    produce(kafka.bootstrap, topic, numbered(20), stamps=stamps)
    bounds = KafkaBounds(messages=1)
    with opened(KafkaFeed(topic, bootstrap=kafka.bootstrap, bounds=bounds)) as feed:
        position = Seen().take(feed, 5).position
    assert position == {f"{topic}/0": 5}
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    [deleted] = admin.delete_records([TopicPartition(topic, 0, 12)]).values()
    deleted.result(WAIT)
    with opened(KafkaFeed(topic, bootstrap=kafka.bootstrap), position) as feed:
        seen = Seen().take(feed, 8)
        assert feed.status().counters["gaps"] == 1
    assert seen.values == numbered(8, 12)
    cause = f"{topic}/0: offsets 5 to 11 were deleted before they were read"
    assert seen.gaps == [Gap("", 0, stamps[12] * 1_000, cause)]


def test_a_topic_that_was_made_anew_is_read_from_its_beginning_after_a_gap(
    kafka: KafkaLink,
) -> None:
    topic = kafka.topic(1)
    produce(kafka.bootstrap, topic, numbered(3))
    with opened(KafkaFeed(topic, bootstrap=kafka.bootstrap), {f"{topic}/0": 500}) as feed:
        seen = Seen().take(feed, 3)
    assert seen.values == numbered(3)
    [gap] = seen.gaps
    assert "made anew" in gap.cause


def test_a_quiet_partition_waits_for_a_busy_one_while_both_catch_up(kafka: KafkaLink) -> None:
    topic = kafka.topic(2)
    begun = hour_ago()
    busy = [begun + 10 * n for n in range(60_000)]  # ten minutes
    quiet = [begun + 60_000 * n for n in range(10)]
    for partition, stamps in enumerate((busy, quiet)):
        producer = Producer({"bootstrap.servers": kafka.bootstrap, "log_level": 0})
        for stamp in stamps:
            producer.produce(topic, b"%d %d" % (partition, stamp), None, partition, timestamp=stamp)
        assert producer.flush(WAIT) == 0
    bounds = KafkaBounds(messages=2_000, align=timedelta(seconds=60))
    newest, ahead, count, until = [begun, begun], 0, 0, time.monotonic() + WAIT
    with opened(KafkaFeed(topic, bootstrap=kafka.bootstrap, bounds=bounds)) as feed:
        while count < len(busy) + len(quiet) and time.monotonic() < until:
            for value in Seen().note(feed.receive(0.1)).values:
                partition, stamp = map(int, value.split())
                newest[partition], count = stamp, count + 1
            ahead = max(ahead, newest[1] - newest[0])
    assert newest == [busy[-1], quiet[-1]]
    assert ahead <= 60_000


def test_a_broker_that_comes_back_is_read_on_without_loss(own_kafka: Callable[[], Kafka]) -> None:
    server = own_kafka()
    topic, seen = "trades", Seen()
    produce(server.address, topic, numbered(50))
    with opened(KafkaFeed(topic, bootstrap=server.address)) as feed:
        seen.take(feed, 50)
        assert feed.status().state == "connected"
        server.stop()
        await_state(feed, seen, "away")
        assert "127.0.0.1" in feed.status().reason
        server.start()
        produce(server.address, topic, numbered(50, 50))
        seen.take(feed, 100)
        await_state(feed, seen, "connected")
        assert feed.status().counters["reconnects"] == 1
    assert seen.values == numbered(100)


def test_a_broker_that_stays_away_is_a_loss_once_patience_has_ended(
    own_kafka: Callable[[], Kafka],
) -> None:
    server = own_kafka()
    produce(server.address, "trades", numbered(3))
    bounds = KafkaBounds(patience=timedelta(seconds=1))
    with opened(KafkaFeed("trades", bootstrap=server.address, bounds=bounds)) as feed:
        seen = Seen().take(feed, 3)
        server.kill()
        with pytest.raises(FeedLost, match=server.address):
            Seen().take(feed, 1)
        assert feed.status().state == "away"
        server.start()
        feed.open(seen.position)
        produce(server.address, "trades", numbered(2, 3))
        assert seen.take(feed, 5).values == numbered(5)


def await_state(feed: KafkaFeed, seen: Seen, state: str) -> None:
    until = time.monotonic() + WAIT
    while feed.status().state != state and time.monotonic() < until:
        seen.note(feed.receive(0.1))
    assert feed.status().state == state


def test_lag_counts_what_waits_at_the_broker(kafka: KafkaLink) -> None:
    topic = kafka.topic(1)
    produce(kafka.bootstrap, topic, numbered(20))
    bounds = KafkaBounds(messages=5)
    with opened(KafkaFeed(topic, bootstrap=kafka.bootstrap, bounds=bounds)) as feed:
        assert feed.status().lag is None
        seen = Seen().take(feed, 5)
        assert feed.status().lag == 20 - len(seen.values)
        seen.exhaust(feed)
        assert feed.status().lag == 0


def test_a_large_message_makes_the_next_batches_small(kafka: KafkaLink) -> None:
    topic = kafka.topic(1)
    produce(kafka.bootstrap, topic, [b"x" * 100_000] * 30)
    bounds = KafkaBounds(messages=4, size=200_000)
    with opened(KafkaFeed(topic, bootstrap=kafka.bootstrap, bounds=bounds)) as feed:
        sizes: list[int] = []
        while sum(sizes) < 30:
            received = feed.receive(1.0)
            assert received is not None
            if isinstance(received.messages, Lines):
                sizes.append(len(received.messages.values))
    assert max(sizes[1:]) <= 2


def test_no_group_is_joined_and_nothing_committed(kafka: KafkaLink) -> None:
    if kafka.mock:
        pytest.skip("the mock cluster lists no groups")
    topic = kafka.topic(1)
    produce(kafka.bootstrap, topic, numbered(5))
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    with opened(KafkaFeed(topic, bootstrap=kafka.bootstrap)) as feed:
        Seen().take(feed, 5)
        groups = admin.list_consumer_groups().result(WAIT).valid
    assert not [group for group in groups if group.group_id.startswith("yieldflow")]


PASSWORD = "hunter2-in-the-clear"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"topic": "no.such.topic"}, "there is no topic 'no.such.topic'"),
        ({"partitions": [0, 9]}, "partitions 0 to 0, not 9"),
        ({"settings": {"no.such.key": "1"}}, "no.such.key"),
        (
            {
                "settings": {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN"},
                "secrets": {"sasl.username": "reader", "sasl.password": PASSWORD},
            },
            "check the user, the password",
        ),
        (
            {
                "settings": {
                    "security.protocol": "SASL_PLAINTEXT",
                    "sasl.mechanism": "PLAIN",
                    "sasl.username": "reader",
                    "sasl.password": PASSWORD,
                }
            },
            "check the user, the password",
        ),
        ({"settings": {"security.protocol": PASSWORD}}, "mend its settings"),
    ],
)
def test_what_can_never_work_says_so_in_one_line_without_secrets(
    kafka: KafkaLink, settings: dict[str, object], said: str
) -> None:
    feed = KafkaFeed(**{"topic": kafka.topic(1), "bootstrap": kafka.bootstrap, **settings})
    with pytest.raises(SourceError) as raised:
        feed.open(None)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    assert PASSWORD not in f"{raised.value} {feed.status()} {feed!r} {vars(feed)['_link']}"
    assert raised.value.__cause__ is None


def test_an_address_without_a_broker_is_a_loss_with_its_reason() -> None:
    bounds = KafkaBounds(patience=timedelta(seconds=1))
    feed = KafkaFeed("trades", bootstrap="127.0.0.1:1", bounds=bounds)
    with pytest.raises(FeedLost, match="refused"):
        feed.open(None)
    assert (feed.status().state, feed.status().lag) == ("away", None)
