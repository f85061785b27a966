"""A Redis that goes away and comes back, flushed or not."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import redis

from connectors.sources.live_feed import FeedLost, Received
from connectors.sources.redis_group import Group
from pipeline.stack.redis import Redis
from tests.connectors.sources.redis_trades import (
    add,
    connect,
    drained,
    numbers,
    opened,
    received_until,
)

pytestmark = pytest.mark.integration
Start = Callable[[], Redis]


def amount(wanted: int) -> Callable[[list[Received]], bool]:
    return lambda found: len(numbers(found)) >= wanted


def test_a_server_that_is_killed_and_restarted_costs_nothing(own_redis: Start) -> None:
    server, found = own_redis(), []
    with opened(server.address, "s") as feed:
        for life in range(3):
            with connect(server.address) as client:
                add(client, "s", range(10 * life, 10 * life + 10))
            found += received_until(feed, amount(4))
            server.kill()
            assert feed.receive(0.0) is None
            assert feed.status().state == "away"
            server.start()
        with connect(server.address) as client:
            add(client, "s", [30])
        found += received_until(feed, amount(1))
        assert numbers(found) == list(range(31))
        assert [gap for one in found for gap in one.gaps] == []
        assert (feed.status().state, feed.status().counters["reconnects"]) == ("connected", 3)


def test_an_outage_beyond_patience_ends_the_feed_which_opens_again(own_redis: Start) -> None:
    server = own_redis()
    with opened(server.address, "s", patience=timedelta(milliseconds=300)) as feed:
        with connect(server.address) as client:
            add(client, "s", range(3))
        [received] = drained(feed)
        server.kill()
        with pytest.raises(FeedLost, match="redis:s: "):
            received_until(feed, amount(1))
        with pytest.raises(FeedLost, match="Connection refused"):
            feed.open(received.position)
        server.start()
        with connect(server.address) as client:
            add(client, "s", [3])
        feed.open(received.position)
        assert numbers(drained(feed)) == [3]


def test_a_flush_in_the_middle_is_one_gap(own_redis: Start) -> None:
    server = own_redis()
    with opened(server.address, "s") as feed, connect(server.address) as client:
        add(client, "s", range(3))
        found = drained(feed)
        add(client, "s", range(3, 6))  # never read
        client.flushall()
        add(client, "s", range(6, 9))
        found += received_until(feed, amount(3))
        add(client, "s", [9])
        found += received_until(feed, amount(1))
        assert numbers(found) == [0, 1, 2, 6, 7, 8, 9]
        assert [(gap.ts_from, gap.ts_to) for one in found for gap in one.gaps] == [(2, 6)]


def test_a_server_that_has_forgotten_its_last_entries_is_a_gap(own_redis: Start) -> None:
    server = own_redis()
    with opened(server.address, "s") as feed:
        with connect(server.address) as client:
            client.xadd("s", {"value": b'{"trade_id":0,"ts_event":0}'}, id="5-0")
            found = drained(feed)
            log = Path(client.config_get("dir")["dir"]) / "appendonly.aof"
            written = log.stat().st_size
            client.xadd("s", {"value": b'{"trade_id":1,"ts_event":1}'}, id="6-0")
            found += drained(feed)
        server.kill()
        os.truncate(log, written)
        server.start()
        with connect(server.address) as client:
            client.xadd("s", {"value": b'{"trade_id":2,"ts_event":2}'}, id="7-0")
        found += received_until(feed, amount(1))
        assert numbers(found) == [0, 1, 2]
        assert [gap.cause for one in found for gap in one.gaps] == [
            "Redis has lost 6-0 and perhaps others"
        ]


@pytest.mark.parametrize("sharing", [True, False])
def test_entries_whose_answer_was_lost_on_its_way_are_given_again(
    own_redis: Start, monkeypatch: pytest.MonkeyPatch, sharing: bool
) -> None:
    server, fresh = own_redis(), Group.fresh
    lost = []

    def broken(self: Group, count: int) -> object:
        answer = fresh(self, count)
        if answer[1] and not lost:
            lost.append(answer)
            raise redis.ConnectionError("cut")
        return answer

    with opened(server.address, "s") as feed, connect(server.address) as client:
        if sharing:
            client.xgroup_createconsumer("s", "yieldflow", "b")
        monkeypatch.setattr(Group, "fresh", broken)
        add(client, "s", range(5))
        assert numbers(received_until(feed, amount(5))) == list(range(5))
        assert lost
        assert drained(feed) == []
