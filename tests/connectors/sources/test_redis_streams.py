"""A Redis stream as a feed: positions, groups, what is trimmed or deleted, what is no message."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import redis

from connectors.sources import redis_reader
from connectors.sources.errors import SourceError
from connectors.sources.live_feed import FeedLost, Gap, Position
from connectors.sources.redis_streams import RedisStreamFeed
from pipeline.stack.processes import free_port
from tests.connectors.sources.redis_trades import (
    SOON,
    add,
    connect,
    drained,
    numbers,
    pending,
    received_until,
    trade,
)
from tests.servers import RedisLink, unique

pytestmark = pytest.mark.integration
GROUP = "yieldflow"
Feeds = Callable[..., RedisStreamFeed]


@pytest.fixture
def client(redis_server: RedisLink) -> Iterator[redis.Redis]:
    with connect(redis_server.url) as client:
        yield client


@pytest.fixture
def stream() -> str:
    return unique("stream")


@pytest.fixture
def feeds(redis_server: RedisLink, stream: str) -> Iterator[Feeds]:
    """Makes open feeds of the stream, closed in the end."""
    made = []

    def make(consumer: str = "a", position: Position | None = None, **options) -> RedisStreamFeed:
        feed = RedisStreamFeed(redis_server.url, stream, "trades", consumer=consumer, **options)
        made.append(feed)
        feed.open(position)
        return feed

    yield make
    for feed in made:
        feed.close()


def test_gives_what_was_there_and_what_comes(client, stream, feeds):
    add(client, stream, range(3))
    feed = feeds()
    assert numbers(drained(feed)) == [0, 1, 2]
    add(client, stream, range(3, 5))
    assert numbers(received_until(feed, lambda found: len(numbers(found)) == 2)) == [3, 4]
    assert (feed.name, feed.kind, feed.status().state) == (f"redis:{stream}", "trades", "connected")
    assert feed.status().lag == 0


def test_a_new_group_may_begin_with_what_comes(client, stream, feeds):
    add(client, stream, range(3))
    feed = feeds(start="latest")
    add(client, stream, [3])
    assert numbers(drained(feed)) == [3]


def test_a_position_of_an_entry_gives_its_id_back(client, stream, feeds):
    client.xadd(stream, {"value": trade(1)}, id="1723075200123-7")
    [received] = drained(feeds())
    [position] = received.messages.positions
    assert divmod(position, 2**20) == (1723075200123, 7)
    assert received.position["id"] == "1723075200123-7"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("acknowledging", [True, False])
def test_nothing_is_lost_or_doubled_over_reopenings(
    client, stream, feeds, seed, acknowledging, monkeypatch
):
    """Killed at random moments, each life goes on from a position that was stored some time ago."""
    monkeypatch.setattr(redis_reader, "_BATCH", 7)
    choice = random.Random(seed)
    stored, kept, sent = None, [], 0
    for _ in range(10):
        feed, tables = feeds(position=stored), list(kept)
        for _ in range(choice.randrange(1, 6)):
            more = choice.randrange(0, 15)
            add(client, stream, range(sent, sent + more))
            sent += more
            received = feed.receive(0.0)
            tables += numbers([received] if received else [])
            if received and choice.random() < 0.4:
                stored, kept = received.position, list(tables)
                if acknowledging:
                    feed.acknowledge(stored)
    assert 0 < len(kept) < sent
    assert kept + numbers(drained(feeds(position=stored))) == list(range(sent))


def test_an_older_position_is_read_again_whatever_was_acknowledged(client, stream, feeds):
    add(client, stream, range(3))
    feed = feeds()
    [first] = drained(feed)
    add(client, stream, range(3, 9))
    [second] = drained(feed)
    feed.acknowledge(second.position)
    feed.close()
    assert pending(client, stream) == 0
    assert numbers(drained(feeds(position=first.position))) == list(range(3, 9))


def test_what_is_durable_is_acknowledged_and_nothing_else(client, stream, feeds):
    feed = feeds()
    add(client, stream, range(3))
    [first] = drained(feed)
    add(client, stream, range(3, 5))
    drained(feed)
    assert pending(client, stream) == 5
    feed.acknowledge(first.position)
    drained(feed)
    assert pending(client, stream) == 2


def test_without_a_position_what_was_never_durable_is_given_again(client, stream, feeds):
    add(client, stream, range(6))
    feed = feeds()
    [received] = drained(feed)
    assert numbers([received]) == list(range(6))
    assert numbers(drained(feeds())) == list(range(6))


def test_another_machine_goes_on_in_the_place_of_one_that_died(client, stream, feeds):
    add(client, stream, range(3))
    dead = feeds("pod-1")
    [first] = drained(dead)
    add(client, stream, range(3, 6))
    drained(dead)
    heir = feeds("pod-2", first.position)
    assert numbers(drained(heir)) == [3, 4, 5]
    assert [one["name"] for one in client.xinfo_consumers(stream, GROUP)] == [b"pod-2"]


def test_members_of_a_group_share_a_stream(client, stream, feeds):
    one, other = feeds("a"), feeds("b")
    shares = {one: [], other: []}
    for number in range(20):
        add(client, stream, [number])
        for feed in shares if number % 3 else reversed(shares):
            shares[feed] += numbers(drained(feed))
    assert sorted(shares[one] + shares[other]) == list(range(20))
    assert shares[one]
    assert shares[other]


def test_a_member_that_shares_its_group_goes_on_with_its_own_share(client, stream, feeds):
    one, other = feeds("a"), feeds("b")
    add(client, stream, [0])
    [first] = drained(one)
    add(client, stream, [1])
    drained(one)
    add(client, stream, [2])
    [theirs] = drained(other)
    other.acknowledge(theirs.position)
    drained(other)
    assert numbers(drained(feeds("a", first.position))) == [1]


def test_what_a_dead_member_was_given_is_claimed_once(client, stream, feeds):
    dead, alive = feeds("dead"), feeds("alive", claim_after=SOON)
    add(client, stream, range(4))
    drained(dead)
    add(client, stream, range(4, 6))
    found = received_until(alive, lambda found: len(numbers(found)) == 6)
    assert sorted(numbers(found)) == list(range(6))
    assert alive.status().counters["claimed"] == 4
    stored = found[-1].position
    alive.acknowledge(stored)
    assert drained(alive) == []
    assert pending(client, stream) == 0
    assert drained(feeds("alive", stored)) == []


def test_claimed_entries_behind_the_stored_position_are_given_again(client, stream, feeds):
    dead, alive = feeds("dead"), feeds("alive", claim_after=SOON)
    add(client, stream, range(4))
    drained(dead)
    add(client, stream, [4])
    [before] = [one for one in drained(alive) if numbers([one]) == [4]]
    claimed = received_until(alive, lambda found: len(numbers(found)) == 4)
    assert numbers(drained(feeds("alive", before.position))) == [0, 1, 2, 3]
    assert drained(feeds("alive", claimed[-1].position)) == []


def test_a_member_that_only_waits_for_durability_is_not_robbed(client, stream, feeds):
    slow, alive = (feeds(name, claim_after=SOON) for name in ("slow", "alive"))
    add(client, stream, range(4))
    drained(slow)
    robbed, until = [], time.monotonic() + 3 * SOON.total_seconds()
    while time.monotonic() < until:
        slow.receive(0.02)
        robbed += drained(alive)
    assert robbed == []
    assert alive.status().counters["claimed"] == 0


def test_entries_trimmed_before_they_were_read_are_a_gap(client, stream, feeds):
    feed = feeds()
    add(client, stream, range(3))
    drained(feed)
    add(client, stream, range(3, 20))
    client.xtrim(stream, maxlen=5, approximate=False)
    found = drained(feed)
    assert numbers(found) == list(range(15, 20))
    [gap] = [gap for one in found for gap in one.gaps]
    assert (gap.ts_from, gap.ts_to) == (2, 15)
    assert "trimmed" in gap.cause


def test_entries_trimmed_while_nobody_read_are_a_gap(client, stream, feeds):
    feed = feeds()
    add(client, stream, range(3))
    [received] = drained(feed)
    feed.close()
    add(client, stream, range(3, 20))
    client.xtrim(stream, maxlen=5, approximate=False)
    found = drained(feeds(position=received.position))
    assert numbers(found) == list(range(15, 20))
    assert [(gap.ts_from, gap.ts_to) for one in found for gap in one.gaps] == [(2, 15)]


def test_pending_entries_that_were_trimmed_are_a_gap(client, stream, feeds):
    add(client, stream, range(3))
    dead, alive = feeds("dead"), feeds("alive", claim_after=SOON)
    drained(dead)
    client.xtrim(stream, maxlen=1, approximate=False)
    found = received_until(alive, lambda found: bool(found))
    assert numbers(found) == [2]
    [gap] = found[0].gaps
    assert gap.cause == "2 entries were trimmed while they were pending"


def test_reading_all_and_then_deleting_it_is_no_gap(client, stream, feeds):
    feed = feeds()
    for number in range(3):
        add(client, stream, [number])
        [received] = drained(feed)
        assert received.gaps == []
        client.xtrim(stream, maxlen=0, approximate=False)
        assert drained(feed) == []


def test_a_flushed_stream_is_a_gap_and_read_anew(client, stream, feeds):
    feed = feeds()
    add(client, stream, range(3))
    drained(feed)
    client.delete(stream)
    assert drained(feed) == []
    add(client, stream, range(10, 13))
    found = drained(feed)
    assert numbers(found) == [10, 11, 12]
    assert [gap for one in found for gap in one.gaps] == [Gap("", 2, 10, "the stream was deleted")]


def test_a_stream_made_anew_with_smaller_ids_is_read_from_its_start(client, stream, feeds):
    feed = feeds()
    client.xadd(stream, {"value": trade(1)}, id="100-1")
    drained(feed)
    client.delete(stream)
    client.xadd(stream, {"value": trade(2)}, id="5-1")
    found = drained(feed)
    assert numbers(found) == [2]
    assert found[0].gaps[0].cause == "the stream was deleted and made anew"


def test_a_stream_deleted_while_nobody_read_is_a_gap(client, stream, feeds):
    feed = feeds()
    add(client, stream, range(3))
    [received] = drained(feed)
    feed.close()
    client.delete(stream)
    add(client, stream, range(10, 12))
    found = drained(feeds(position=received.position))
    assert numbers(found) == [10, 11]
    assert len(found[0].gaps) == 1


def test_a_deleted_group_is_made_again_where_it_was(client, stream, feeds):
    feed = feeds()
    add(client, stream, range(3))
    drained(feed)
    add(client, stream, range(3, 6))
    client.xgroup_destroy(stream, GROUP)
    found = drained(feed)
    assert numbers(found) == [3, 4, 5]
    assert [gap for one in found for gap in one.gaps] == []


def test_columns_may_be_fields_of_the_entry(client, stream, feeds):
    fields = {"symbol": "600519", "ts_event": "17", "price": "1.50", "size": "2e0", "venue": "x"}
    client.xadd(stream, fields)
    [received] = drained(feeds())
    assert received.messages.values == [
        b'{"symbol":"600519","ts_event":17,"price":1.50,"size":2e0,"venue":"x"}'
    ]
    assert received.messages.keys is None


def test_a_key_beside_the_value_is_told(client, stream, feeds):
    client.xadd(stream, {"key": "BTC", "value": trade(1)})
    client.xadd(stream, {"value": trade(2)})
    [received] = drained(feeds())
    assert received.messages.keys == [b"BTC", None]


def test_what_is_no_message_is_refused_with_its_position(client, stream, feeds):
    client.xadd(stream, {"price": b"\xff"}, id="5-1")
    client.xadd(stream, {"value": trade(1)}, id="5-2")
    client.xadd(stream, {"value": trade(2)}, id=f"5-{2**20}")
    client.xadd(stream, {"value": b"no json"}, id="6-1")
    [received] = drained(feeds())
    assert received.messages.values == [trade(1), b"no json"]  # judged where JSON is parsed
    told = [(one.source, one.position, one.reason) for one in received.rejects]
    name = f"redis:{stream}"
    assert told == [(name, 5 * 2**20 + 1, "not_utf8"), (name, 0, "bad_entry_id")]
    assert received.rejects[0].raw == "5-1 price \\xff"
    assert received.rejects[1].raw.startswith("5-1048576 value {")


def test_a_key_that_is_no_stream_is_refused_at_once(client, stream, feeds):
    client.set(stream, "text")
    with pytest.raises(SourceError, match=r"WRONGTYPE.*name another stream"):
        feeds()


def test_an_unreachable_server_is_lost_without_its_password(stream):
    url = f"redis://:s3cret@127.0.0.1:{free_port()}/0"
    feed = RedisStreamFeed(url, stream, "trades", patience=timedelta(seconds=1))
    with pytest.raises(FeedLost, match="Connection refused") as told:
        feed.open(None)
    assert "s3cret" not in f"{told.value!r} {feed.status()!r} {feed!r}"
    assert feed.status().state == "away"
