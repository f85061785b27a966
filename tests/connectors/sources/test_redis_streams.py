"""A Redis stream as a feed: what comes, positions, acknowledgement."""

import random
from datetime import timedelta

import pytest
import redis

from connectors.sources import redis_reader
from connectors.sources.errors import SourceError
from connectors.sources.live_feed import FeedLost
from connectors.sources.redis_streams import RedisStreamFeed
from pipeline.stack.processes import free_port
from tests.connectors.sources.redis_trades import (
    Feeds,
    add,
    drained,
    numbers,
    pending,
    received_until,
)

pytestmark = pytest.mark.integration


def test_gives_what_was_there_and_what_comes(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    add(redis_client, stream, range(3))
    feed = stream_feeds()
    assert numbers(drained(feed)) == [0, 1, 2]
    add(redis_client, stream, range(3, 5))
    assert numbers(received_until(feed, lambda found: len(numbers(found)) == 2)) == [3, 4]
    assert (feed.name, feed.kind, feed.status().state) == (f"redis:{stream}", "trades", "connected")
    assert feed.status().lag == 0


def test_a_new_group_may_begin_with_what_comes(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    add(redis_client, stream, range(3))
    feed = stream_feeds(start="latest")
    add(redis_client, stream, [3])
    assert numbers(drained(feed)) == [3]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("acknowledging", [True, False])
def test_nothing_is_lost_or_doubled_over_reopenings(
    redis_client: redis.Redis,
    stream: str,
    stream_feeds: Feeds,
    seed: int,
    acknowledging: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed at random moments, each life goes on from a position that was stored some time ago."""
    monkeypatch.setattr(redis_reader, "_BATCH", 7)
    choice = random.Random(seed)
    stored, kept, sent = None, [], 0
    for _ in range(10):
        feed, tables = stream_feeds(position=stored), list(kept)
        for _ in range(choice.randrange(1, 6)):
            more = choice.randrange(0, 15)
            add(redis_client, stream, range(sent, sent + more))
            sent += more
            received = feed.receive(0.0)
            tables += numbers([received] if received else [])
            if received and choice.random() < 0.4:
                stored, kept = received.position, list(tables)
                if acknowledging:
                    feed.acknowledge(stored)
    assert 0 < len(kept) < sent
    assert kept + numbers(drained(stream_feeds(position=stored))) == list(range(sent))


def test_an_older_position_is_read_again_whatever_was_acknowledged(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    add(redis_client, stream, range(3))
    feed = stream_feeds()
    [first] = drained(feed)
    add(redis_client, stream, range(3, 9))
    [second] = drained(feed)
    feed.acknowledge(second.position)
    feed.close()
    assert pending(redis_client, stream) == 0
    assert numbers(drained(stream_feeds(position=first.position))) == list(range(3, 9))


def test_what_is_durable_is_acknowledged_and_nothing_else(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    feed = stream_feeds()
    add(redis_client, stream, range(3))
    [first] = drained(feed)
    add(redis_client, stream, range(3, 5))
    drained(feed)
    assert pending(redis_client, stream) == 5
    feed.acknowledge(first.position)
    drained(feed)
    assert pending(redis_client, stream) == 2


def test_without_a_position_what_was_never_durable_is_given_again(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    add(redis_client, stream, range(6))
    feed = stream_feeds()
    [received] = drained(feed)
    assert numbers([received]) == list(range(6))
    assert numbers(drained(stream_feeds())) == list(range(6))


def test_a_key_that_is_no_stream_is_refused_at_once(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    redis_client.set(stream, "text")
    with pytest.raises(SourceError, match=r"WRONGTYPE.*name another stream"):
        stream_feeds()


def test_an_unreachable_server_is_lost_without_its_password(stream: str) -> None:
    url = f"redis://:s3cret@127.0.0.1:{free_port()}/0"
    feed = RedisStreamFeed(url, stream, "trades", patience=timedelta(seconds=1))
    with pytest.raises(FeedLost, match="Connection refused") as told:
        feed.open(None)
    assert "s3cret" not in f"{told.value!r} {feed.status()!r} {feed!r}"
    assert feed.status().state == "away"
