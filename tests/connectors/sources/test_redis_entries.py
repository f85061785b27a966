"""Entries as messages, and those that are none."""

import pytest
import redis

from tests.connectors.sources.redis_trades import Feeds, drained, trade

pytestmark = pytest.mark.integration


def test_a_position_of_an_entry_gives_its_id_back(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    redis_client.xadd(stream, {"value": trade(1)}, id="1723075200123-7")
    [received] = drained(stream_feeds())
    [position] = received.messages.positions
    assert divmod(position, 2**20) == (1723075200123, 7)
    assert received.position["id"] == "1723075200123-7"


def test_columns_may_be_fields_of_the_entry(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    fields = {"symbol": "600519", "ts_event": "17", "price": "1.50", "size": "2e0", "venue": "x"}
    redis_client.xadd(stream, fields)
    [received] = drained(stream_feeds())
    assert received.messages.values == [
        b'{"symbol":"600519","ts_event":17,"price":1.50,"size":2e0,"venue":"x"}'
    ]
    assert received.messages.keys is None


def test_a_key_beside_the_value_is_told(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    redis_client.xadd(stream, {"key": "BTC", "value": trade(1)})
    redis_client.xadd(stream, {"value": trade(2)})
    [received] = drained(stream_feeds())
    assert received.messages.keys == [b"BTC", None]


def test_what_is_no_message_is_refused_with_its_position(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    redis_client.xadd(stream, {"price": b"\xff"}, id="5-1")
    redis_client.xadd(stream, {"value": trade(1)}, id="5-2")
    redis_client.xadd(stream, {"value": trade(2)}, id=f"5-{2**20}")
    redis_client.xadd(stream, {"value": b"no json"}, id="6-1")
    [received] = drained(stream_feeds())
    assert received.messages.values == [trade(1), b"no json"]  # judged where JSON is parsed
    told = [(one.source, one.position, one.reason) for one in received.rejects]
    name = f"redis:{stream}"
    assert told == [(name, 5 * 2**20 + 1, "not_utf8"), (name, 0, "bad_entry_id")]
    assert received.rejects[0].raw == "5-1 price \\xff"
    assert received.rejects[1].raw.startswith("5-1048576 value {")
