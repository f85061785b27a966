"""A table of Postgres as a feed: what comes, what wakes it, what goes away."""

import time
from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from connectors.sources.errors import SourceError
from connectors.sources.live_feed import FeedLost
from connectors.sources.postgres_table import PostgresTableFeed
from pipeline.stack.postgres import Postgres
from pipeline.stack.processes import free_port
from tests.connectors.sources.table_rows import DEADLINE, TRADES, Feeds, column, drained, insert

pytestmark = pytest.mark.integration


def test_gives_what_was_there_and_what_comes(pg: psycopg.Connection, table_feeds: Feeds) -> None:
    pg.execute(TRADES)
    insert(pg, range(3))
    feed = table_feeds()
    [received] = drained(feed)
    assert received.messages.name == "postgres:public.trades"
    assert received.messages.frame.to_dicts()[2] == {
        "line": 3,
        "symbol": "BTC",
        "ts_event": 2,
        "price": 1.5,
        "size": 2.0,
    }
    insert(pg, [3])
    assert column(drained(feed)) == [3]
    assert (feed.name, feed.kind) == ("postgres:public.trades", "trades")
    assert (feed.status().state, feed.status().lag) == ("connected", 0)


def test_a_wrong_password_is_refused_and_never_told(table_url: str) -> None:
    host = table_url.rpartition("@")[2]
    feed = PostgresTableFeed(f"postgresql://yieldflow:wr0ng@{host}", "trades", "id", "trades")
    with pytest.raises(SourceError, match=r"authentication failed.*mend DATABASE_URL") as told:
        feed.open(None)
    assert "wr0ng" not in f"{told.value!r} {feed!r} {feed.status()!r}"


def test_an_address_that_is_none_is_refused_and_not_repeated() -> None:
    feed = PostgresTableFeed("s3cret words", "trades", "id", "trades")
    with pytest.raises(SourceError, match="DATABASE_URL") as told:
        feed.open(None)
    assert "s3cret" not in repr(told.value)


def test_an_unreachable_server_is_lost() -> None:
    url = f"postgresql://me:s3cret@127.0.0.1:{free_port()}/none"
    feed = PostgresTableFeed(url, "trades", "id", "trades")
    with pytest.raises(FeedLost, match="refused") as told:
        feed.open(None)
    assert "s3cret" not in f"{told.value!r} {feed.status()!r}"
    assert feed.status().state == "away"


def test_a_notification_ends_the_wait(pg: psycopg.Connection, table_feeds: Feeds) -> None:
    pg.execute(TRADES)
    feed = table_feeds(poll=timedelta(hours=1), channel="new trades")
    assert feed.receive(0.0) is None
    insert(pg, [1])
    pg.execute('NOTIFY "new trades"')
    started = time.monotonic()
    assert column([feed.receive(DEADLINE)]) == [1]
    assert time.monotonic() - started < DEADLINE / 2


def test_a_server_that_is_restarted_costs_nothing(own_postgres: Callable[..., Postgres]) -> None:
    server = own_postgres(settings={"fsync": "off"})
    with psycopg.connect(server.address, autocommit=True) as pg:
        pg.execute(TRADES)
        insert(pg, range(5))
    feed = PostgresTableFeed(server.address, "trades", "id", "trades", poll=timedelta(0))
    feed.open(None)
    found = drained(feed)
    server.stop()
    assert feed.receive(0.5) is None
    assert feed.status().state == "away"
    server.start()
    with psycopg.connect(server.address, autocommit=True) as pg:
        insert(pg, range(5, 8))
    until = time.monotonic() + DEADLINE
    while len(column(found)) < 8:
        assert time.monotonic() < until
        found += drained(feed)
    assert column(found) == list(range(8))
    assert feed.status().counters["reconnects"] == 1
    feed.close()


def test_an_outage_beyond_patience_ends_the_feed(own_postgres: Callable[..., Postgres]) -> None:
    server = own_postgres(settings={"fsync": "off"})
    with psycopg.connect(server.address, autocommit=True) as pg:
        pg.execute(TRADES)
    patience = timedelta(milliseconds=300)
    feed = PostgresTableFeed(server.address, "trades", "id", "trades", patience=patience)
    feed.open(None)
    server.stop()
    until = time.monotonic() + DEADLINE
    lost = None
    while lost is None and time.monotonic() < until:
        try:
            feed.receive(0.1)
        except FeedLost as error:
            lost = error
    assert str(lost).startswith("postgres:trades: ")
    feed.close()
