"""What was trimmed or deleted is a gap, never a silent hole."""

import pytest
import redis

from connectors.sources.live_feed import Gap
from tests.connectors.sources.redis_trades import (
    GROUP,
    SOON,
    Feeds,
    add,
    drained,
    numbers,
    received_until,
    trade,
)

pytestmark = pytest.mark.integration


def test_entries_trimmed_before_they_were_read_are_a_gap(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    feed = stream_feeds()
    add(redis_client, stream, range(3))
    drained(feed)
    add(redis_client, stream, range(3, 20))
    redis_client.xtrim(stream, maxlen=5, approximate=False)
    found = drained(feed)
    assert numbers(found) == list(range(15, 20))
    [gap] = [gap for one in found for gap in one.gaps]
    assert (gap.ts_from, gap.ts_to) == (2, 15)
    assert "trimmed" in gap.cause


def test_entries_trimmed_while_nobody_read_are_a_gap(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    feed = stream_feeds()
    add(redis_client, stream, range(3))
    [received] = drained(feed)
    feed.close()
    add(redis_client, stream, range(3, 20))
    redis_client.xtrim(stream, maxlen=5, approximate=False)
    found = drained(stream_feeds(position=received.position))
    assert numbers(found) == list(range(15, 20))
    assert [(gap.ts_from, gap.ts_to) for one in found for gap in one.gaps] == [(2, 15)]


def test_pending_entries_that_were_trimmed_are_a_gap(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    add(redis_client, stream, range(3))
    dead, alive = stream_feeds("dead"), stream_feeds("alive", claim_after=SOON)
    drained(dead)
    redis_client.xtrim(stream, maxlen=1, approximate=False)
    found = received_until(alive, lambda found: bool(found))
    assert numbers(found) == [2]
    [gap] = found[0].gaps
    assert gap.cause == "2 entries were trimmed while they were pending"


def test_reading_all_and_then_deleting_it_is_no_gap(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    feed = stream_feeds()
    for number in range(3):
        add(redis_client, stream, [number])
        [received] = drained(feed)
        assert received.gaps == []
        redis_client.xtrim(stream, maxlen=0, approximate=False)
        assert drained(feed) == []


def test_a_flushed_stream_is_a_gap_and_read_anew(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    feed = stream_feeds()
    add(redis_client, stream, range(3))
    drained(feed)
    redis_client.delete(stream)
    assert drained(feed) == []
    add(redis_client, stream, range(10, 13))
    found = drained(feed)
    assert numbers(found) == [10, 11, 12]
    assert [gap for one in found for gap in one.gaps] == [Gap("", 2, 10, "the stream was deleted")]


def test_a_stream_made_anew_with_smaller_ids_is_read_from_its_start(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    feed = stream_feeds()
    redis_client.xadd(stream, {"value": trade(1)}, id="100-1")
    drained(feed)
    redis_client.delete(stream)
    redis_client.xadd(stream, {"value": trade(2)}, id="5-1")
    found = drained(feed)
    assert numbers(found) == [2]
    assert found[0].gaps[0].cause == "the stream was deleted and made anew"


def test_a_stream_deleted_while_nobody_read_is_a_gap(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    feed = stream_feeds()
    add(redis_client, stream, range(3))
    [received] = drained(feed)
    feed.close()
    redis_client.delete(stream)
    add(redis_client, stream, range(10, 12))
    found = drained(stream_feeds(position=received.position))
    assert numbers(found) == [10, 11]
    assert len(found[0].gaps) == 1


def test_a_deleted_group_is_made_again_where_it_was(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    feed = stream_feeds()
    add(redis_client, stream, range(3))
    drained(feed)
    add(redis_client, stream, range(3, 6))
    redis_client.xgroup_destroy(stream, GROUP)
    found = drained(feed)
    assert numbers(found) == [3, 4, 5]
    assert [gap for one in found for gap in one.gaps] == []


def test_a_group_that_is_set_back_doubles_nothing(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    feed = stream_feeds()
    add(redis_client, stream, range(5))
    drained(feed)
    redis_client.xgroup_setid(stream, GROUP, "0")
    add(redis_client, stream, [5])
    found = drained(feed)
    assert numbers(found) == [5]
    assert found[0].gaps == []
