"""Members of one group: shares, successors, and what a dead one leaves behind."""

import time

import pytest
import redis

from tests.connectors.sources.redis_trades import (
    GROUP,
    SOON,
    Feeds,
    add,
    drained,
    numbers,
    pending,
    received_until,
)

pytestmark = pytest.mark.integration


def test_another_machine_goes_on_in_the_place_of_one_that_died(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    add(redis_client, stream, range(3))
    dead = stream_feeds("pod-1")
    [first] = drained(dead)
    add(redis_client, stream, range(3, 6))
    drained(dead)
    heir = stream_feeds("pod-2", first.position)
    assert numbers(drained(heir)) == [3, 4, 5]
    assert [one["name"] for one in redis_client.xinfo_consumers(stream, GROUP)] == [b"pod-2"]


def test_members_of_a_group_share_a_stream(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    one, other = stream_feeds("a"), stream_feeds("b")
    shares = {one: [], other: []}
    for number in range(20):
        add(redis_client, stream, [number])
        for feed in shares if number % 3 else reversed(shares):
            shares[feed] += numbers(drained(feed))
    assert sorted(shares[one] + shares[other]) == list(range(20))
    assert shares[one]
    assert shares[other]


def test_a_member_that_shares_its_group_goes_on_with_its_own_share(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    one, other = stream_feeds("a"), stream_feeds("b")
    add(redis_client, stream, [0])
    [first] = drained(one)
    add(redis_client, stream, [1])
    drained(one)
    add(redis_client, stream, [2])
    [theirs] = drained(other)
    other.acknowledge(theirs.position)
    drained(other)
    assert numbers(drained(stream_feeds("a", first.position))) == [1]


def test_what_a_dead_member_was_given_is_claimed_once(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    dead, alive = stream_feeds("dead"), stream_feeds("alive", claim_after=SOON)
    add(redis_client, stream, range(4))
    drained(dead)
    add(redis_client, stream, range(4, 6))
    found = received_until(alive, lambda found: len(numbers(found)) == 6)
    assert sorted(numbers(found)) == list(range(6))
    assert alive.status().counters["claimed"] == 4
    stored = found[-1].position
    alive.acknowledge(stored)
    assert drained(alive) == []
    assert pending(redis_client, stream) == 0
    assert drained(stream_feeds("alive", stored)) == []


def test_claimed_entries_behind_the_stored_position_are_given_again(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    dead, alive = stream_feeds("dead"), stream_feeds("alive", claim_after=SOON)
    add(redis_client, stream, range(4))
    drained(dead)
    add(redis_client, stream, [4])
    [before] = [one for one in drained(alive) if numbers([one]) == [4]]
    claimed = received_until(alive, lambda found: len(numbers(found)) == 4)
    assert numbers(drained(stream_feeds("alive", before.position))) == [0, 1, 2, 3]
    assert drained(stream_feeds("alive", claimed[-1].position)) == []


def test_a_member_that_only_waits_for_durability_is_not_robbed(
    redis_client: redis.Redis, stream: str, stream_feeds: Feeds
) -> None:
    slow, alive = (stream_feeds(name, claim_after=SOON) for name in ("slow", "alive"))
    add(redis_client, stream, range(4))
    drained(slow)
    robbed, until = [], time.monotonic() + 3 * SOON.total_seconds()
    while time.monotonic() < until:
        slow.receive(0.02)
        robbed += drained(alive)
    assert robbed == []
    assert alive.status().counters["claimed"] == 0
