"""What tests of Redis streams share: entries, and feeds that are read until nothing comes."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import orjson
import pytest
import redis

from connectors.sources.live_feed import Position, Received
from connectors.sources.redis_streams import RedisStreamFeed
from tests.servers import RedisLink, unique

DEADLINE = 20.0
GROUP = "yieldflow"
Feeds = Callable[..., RedisStreamFeed]
SOON = timedelta(milliseconds=200)


def connect(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, protocol=2)


def trade(number: int) -> bytes:
    return orjson.dumps(
        {"symbol": "BTC", "ts_event": number, "price": 1.5, "size": 2.0, "trade_id": number}
    )


def add(client: redis.Redis, stream: str, numbers: Iterable[int]) -> list[bytes]:
    sent = client.pipeline(transaction=False)
    for number in numbers:
        sent.xadd(stream, {"value": trade(number)})
    return sent.execute()


def numbers(received: Iterable[Received]) -> list[int]:
    """Trade ids in the order in which they came."""
    return [
        orjson.loads(value)["trade_id"]
        for one in received
        if one.messages is not None
        for value in one.messages.values
    ]


def drained(feed: RedisStreamFeed) -> list[Received]:
    """What is there now; the feed has nothing more for twice in a row."""
    found, silent = [], 0
    while silent < 2:
        received = feed.receive(0.0)
        silent = silent + 1 if received is None else 0
        if received is not None:
            found.append(received)
    return found


def received_until(
    feed: RedisStreamFeed, enough: Callable[[list[Received]], bool]
) -> list[Received]:
    """What comes until there is enough of it."""
    found: list[Received] = []
    until = time.monotonic() + DEADLINE
    while not enough(found):
        assert time.monotonic() < until, f"not enough after {DEADLINE} s: {len(found)} came"
        if (received := feed.receive(0.1)) is not None:
            found.append(received)
    return found


def pending(client: redis.Redis, stream: str, group: str = "yieldflow") -> int:
    return int(client.xpending(stream, group)["pending"])


@pytest.fixture
def redis_client(redis_server: RedisLink) -> Iterator[redis.Redis]:
    with connect(redis_server.url) as client:
        yield client


@pytest.fixture
def stream() -> str:
    return unique("stream")


@pytest.fixture
def stream_feeds(redis_server: RedisLink, stream: str) -> Iterator[Feeds]:
    """Makes open feeds of the stream, closed in the end."""
    made = []

    def make(
        consumer: str = "a", position: Position | None = None, **options: object
    ) -> RedisStreamFeed:
        feed = RedisStreamFeed(redis_server.url, stream, "trades", consumer=consumer, **options)
        made.append(feed)
        feed.open(position)
        return feed

    yield make
    for feed in made:
        feed.close()


@contextmanager
def opened(url: str, stream: str, **options: timedelta) -> Iterator[RedisStreamFeed]:
    feed = RedisStreamFeed(url, stream, "trades", consumer="a", **options)
    try:
        feed.open(None)
        yield feed
    finally:
        feed.close()
