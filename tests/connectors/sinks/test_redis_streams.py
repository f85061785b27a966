"""Changes of a table in a Redis stream, while Redis is there and while it is not."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import orjson
import pathway as pw
import pytest
import redis

from connectors.sinks import redis_streams
from connectors.sinks.postgres_link import SinkLost, StoreError
from connectors.sinks.redis_streams import RedisSink, write_redis
from connectors.sources.redis_streams import RedisStreamFeed
from connectors.sources.stop import FeedStopped, StopToken
from pipeline.stack.processes import free_port
from pipeline.stack.redis import Redis
from tests.servers import RedisLink, unique

pytestmark = pytest.mark.integration
DEADLINE = 20.0
Start = Callable[[], Redis]


class Price(pw.Schema):
    symbol: str = pw.column_definition(primary_key=True)
    price: float | None


def prices(changes: list[tuple[str, float | None, int, int]]) -> pw.Table[Price]:
    """Changes (symbol, price, time, diff)."""
    return pw.debug.table_from_rows(Price, changes, is_stream=True)


def run() -> None:
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)


def entries(url: str, stream: str) -> list[tuple[bytes, dict[str, object]]]:
    with redis.Redis.from_url(url) as client:
        found = client.xrange(stream)
    return [(fields[b"key"], orjson.loads(fields[b"value"])) for _, fields in found]


@pytest.fixture
def stream() -> str:
    return unique("stream")


@pytest.fixture
def written(stream: str) -> Iterator[Callable[..., RedisSink]]:
    """Makes sinks, closed in the end."""
    sinks = []

    def make(table: pw.Table[Price], url: str, **options: object) -> RedisSink:
        options = {"stop": StopToken(), "key": "symbol", "name": "redis", **options}
        sinks.append(write_redis(table, url, stream, **options))
        return sinks[-1]

    yield make
    for sink in sinks:
        sink.close()


def test_each_change_is_an_entry_with_key_and_row(
    redis_server: RedisLink, stream: str, written: Callable[..., RedisSink]
) -> None:
    changes = [("BTC", 1.5, 2, 1), ("BTC", 1.5, 4, -1), ("BTC", 2.0, 4, 1), ("ETH", None, 2, 1)]
    table = prices(changes)
    more = pw.apply_with_type(lambda symbol: pw.Json({"of": [symbol]}), pw.Json, table.symbol)
    sink = written(table.with_columns(more=more), redis_server.url)
    run()
    found = entries(redis_server.url, stream)
    btc = [value for key, value in found if key == b"BTC"]
    assert [(one["price"], one["diff"]) for one in btc] == [(1.5, 1), (1.5, -1), (2.0, 1)]
    assert btc[0] | {"time": 0} == {
        "symbol": "BTC",
        "price": 1.5,
        "more": {"of": ["BTC"]},
        "diff": 1,
        "time": 0,
    }
    assert btc[0]["time"] < btc[1]["time"] == btc[2]["time"]
    assert [value["price"] for key, value in found if key == b"ETH"] == [None]
    status = sink.status()
    assert (status.name, status.state, status.lag) == (f"redis:{stream}", "connected", 0)
    assert status.counters["written"] == 4


def test_a_stream_is_trimmed_to_about_its_length(
    redis_server: RedisLink, stream: str, written: Callable[..., RedisSink]
) -> None:
    written(prices([(str(n), 1.0, 2, 1) for n in range(3_000)]), redis_server.url, maxlen=500)
    run()
    assert 500 <= len(entries(redis_server.url, stream)) < 700


def test_what_is_written_can_be_read_as_a_feed(
    redis_server: RedisLink, stream: str, written: Callable[..., RedisSink]
) -> None:
    written(prices([("BTC", 1.5, 2, 1)]), redis_server.url)
    run()
    feed = RedisStreamFeed(redis_server.url, stream, "snapshots", consumer="a")
    feed.open(None)
    received = feed.receive(0.0) or feed.receive(0.0)
    feed.close()
    assert received.messages.keys == [b"BTC"]
    assert orjson.loads(received.messages.values[0])["price"] == 1.5


def test_a_server_that_is_away_for_a_while_costs_nothing(
    own_redis: Start, stream: str, written: Callable[..., RedisSink]
) -> None:
    server = own_redis()
    server.kill()
    amount = 5_000
    sink = written(
        prices([(str(n), 1.0, 2 + 2 * (n // 100), 1) for n in range(amount)]),
        server.address,
        queue_rows=1_000,
    )
    engine = threading.Thread(target=run)
    engine.start()
    until = time.monotonic() + DEADLINE
    while sink.status().lag < 1_000 or sink.status().state != "away":
        assert time.monotonic() < until
        engine.join(0.01)
    assert engine.is_alive()
    assert sink.status().lag <= 1_100  # the queue, and one minibatch
    server.start()
    engine.join(DEADLINE)
    assert not engine.is_alive()
    keys = [int(key) for key, _ in entries(server.address, stream)]
    assert [sorted(keys[at : at + 100]) for at in range(0, amount, 100)] == [
        list(range(at, at + 100)) for at in range(0, amount, 100)
    ]


def test_a_batch_whose_answer_was_lost_is_found_instead_of_sent_again(
    redis_server: RedisLink,
    stream: str,
    written: Callable[..., RedisSink],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send, lost = redis_streams.transaction, []

    def broken(pipeline: object) -> object:
        answer = send(pipeline)
        if not lost:
            lost.append(answer)
            raise redis.ConnectionError("cut")
        return answer

    monkeypatch.setattr(redis_streams, "transaction", broken)
    sink = written(prices([(str(n), 1.0, 2, 1) for n in range(50)]), redis_server.url)
    run()
    assert len(lost) == 1
    assert len(entries(redis_server.url, stream)) == 50
    assert sink.status().counters["reconnects"] == 1


def test_a_server_that_stays_away_ends_the_run_without_its_password(
    stream: str, written: Callable[..., RedisSink]
) -> None:
    url = f"redis://:s3cret@127.0.0.1:{free_port()}/0"
    patience = timedelta(milliseconds=300)
    sink = written(prices([("BTC", 1.5, 2, 1)]), url, patience=patience)
    with pytest.raises(SinkLost, match=r"1 changes wait; .*Connection refused") as told:
        run()
    assert "s3cret" not in f"{told.value!r} {sink.status()!r} {sink!r}"


def test_a_stop_ends_the_wait_for_a_server_that_is_away(
    stream: str, written: Callable[..., RedisSink]
) -> None:
    stop = StopToken()
    stop.set()
    written(prices([("BTC", 1.5, 2, 1)]), f"redis://127.0.0.1:{free_port()}/0", stop=stop)
    with pytest.raises(FeedStopped):
        run()


def test_a_key_that_is_no_stream_ends_the_run(
    redis_server: RedisLink, stream: str, written: Callable[..., RedisSink]
) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        client.set(stream, "text")
    written(prices([("BTC", 1.5, 2, 1)]), redis_server.url)
    with pytest.raises(StoreError, match="WRONGTYPE"):
        run()


def test_a_server_without_memory_is_waited_for(
    own_redis: Start, stream: str, written: Callable[..., RedisSink]
) -> None:
    server = own_redis()
    with redis.Redis.from_url(server.address) as client:
        client.config_set("maxmemory", "1")
        sink = written(prices([(str(n), 1.0, 2, 1) for n in range(50)]), server.address)
        engine = threading.Thread(target=run)
        engine.start()
        until = time.monotonic() + DEADLINE
        while sink.status().state != "away":
            assert time.monotonic() < until
            engine.join(0.01)
        assert "maxmemory" in sink.status().reason
        client.config_set("maxmemory", "0")
    engine.join(DEADLINE)
    assert len(entries(server.address, stream)) == 50


def test_a_column_that_is_not_there_is_refused(stream: str) -> None:
    with pytest.raises(ValueError, match="`key` must be a column"):
        write_redis(
            pw.Table.empty(symbol=str), "redis://h", stream, key="nil", name="r", stop=StopToken()
        )
