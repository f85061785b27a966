"""Rows that commit in another order than that of their cursor."""

import random

import psycopg
import pytest

from connectors.sources import postgres_tail
from tests.connectors.sources.table_rows import (
    STOCKS,
    TRADES,
    Connect,
    Feeds,
    column,
    drained,
    insert,
)

pytestmark = pytest.mark.integration


def test_a_row_that_commits_after_its_successor_is_not_passed_over(
    pg: psycopg.Connection, pg_connect: Connect, table_feeds: Feeds
) -> None:
    pg.execute(TRADES)
    feed, slow, quick = table_feeds(), pg_connect(), pg_connect()
    insert(slow, [1])
    insert(quick, [2])
    quick.commit()
    assert drained(feed) == []  # it sees 2 and waits for 1
    assert feed.status().counters["waits_for"] == 1
    assert "1 open transactions" in feed.status().reason
    slow.commit()
    assert column(drained(feed)) == [1, 2]
    assert feed.status().reason == ""


def test_a_value_fetched_before_the_insert_is_waited_for(
    pg: psycopg.Connection, pg_connect: Connect, table_feeds: Feeds
) -> None:
    pg.execute(TRADES)
    feed, slow = table_feeds(), pg_connect()
    slow.execute("SELECT nextval('trades_id_seq')")
    insert(pg, [2])
    assert drained(feed) == []
    slow.execute("INSERT INTO trades VALUES (1, 'BTC', 1, 1.5, 2)")
    slow.commit()
    assert column(drained(feed)) == [1, 2]


def test_a_transaction_that_is_rolled_back_is_not_waited_for(
    pg: psycopg.Connection, pg_connect: Connect, table_feeds: Feeds
) -> None:
    pg.execute(TRADES)
    feed, slow = table_feeds(), pg_connect()
    insert(slow, [1])
    insert(pg, [2])
    assert drained(feed) == []
    slow.rollback()
    assert column(drained(feed)) == [2]


def test_transactions_elsewhere_do_not_hold_up_a_serial(
    pg: psycopg.Connection, pg_connect: Connect, table_feeds: Feeds
) -> None:
    pg.execute(TRADES)
    pg.execute("CREATE TABLE other (a int)")
    reader = pg_connect()
    reader.execute("SELECT count(*) FROM trades")
    reader.execute("INSERT INTO other VALUES (1)")
    insert(pg, [1])
    assert column(drained(table_feeds())) == [1]


def test_a_time_that_was_taken_before_the_insert_is_waited_for(
    pg: psycopg.Connection, pg_connect: Connect, table_feeds: Feeds
) -> None:
    pg.execute(STOCKS)
    feed, slow = table_feeds("public.stocks", "updated_at", "snapshots"), pg_connect()
    slow.execute("SELECT now()")  # from here on its now() stands still
    pg.execute("INSERT INTO stocks (symbol, price) VALUES ('B', 2)")
    assert drained(feed) == []
    slow.execute("INSERT INTO stocks (symbol, price) VALUES ('A', 1)")
    slow.commit()
    assert column(drained(feed), "symbol") == ["A", "B"]


def test_a_part_of_a_partitioned_table_may_be_written_by_itself(
    pg: psycopg.Connection, pg_connect: Connect, table_feeds: Feeds
) -> None:
    pg.execute(TRADES.replace("PRIMARY KEY", "NOT NULL") + "PARTITION BY RANGE (id)")
    pg.execute("CREATE TABLE low PARTITION OF trades FOR VALUES FROM (0) TO (1000)")
    feed, slow = table_feeds(), pg_connect()
    slow.execute("INSERT INTO low VALUES (1, 'BTC', 1, 1.5, 2)")
    pg.execute("INSERT INTO low VALUES (2, 'BTC', 2, 1.5, 2)")
    assert drained(feed) == []
    slow.commit()
    assert column(drained(feed)) == [1, 2]


@pytest.mark.parametrize("identity", [True, False])
def test_many_writers_at_once_lose_and_double_nothing(
    pg: psycopg.Connection,
    pg_connect: Connect,
    table_feeds: Feeds,
    identity: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Transactions of all lengths end in any order, while the feed is reopened now and then."""
    monkeypatch.setattr(postgres_tail, "BATCH", 7)
    serial = "bigint GENERATED ALWAYS AS IDENTITY" if identity else "bigserial"
    pg.execute(TRADES.replace("bigserial", serial))
    choice, event, stored, found = random.Random(identity), 0, None, []
    writers = [pg_connect() for _ in range(5)]
    rolled_back = set()
    open_events = {writer: [] for writer in writers}
    for _ in range(30):
        feed = table_feeds(position=stored)
        for _ in range(choice.randrange(1, 12)):
            writer = choice.choice(writers)
            if choice.random() < 0.6:
                insert(writer, [event])
                open_events[writer].append(event)
                event += 1
            elif choice.random() < 0.8:
                writer.commit()
                open_events[writer].clear()
            else:
                writer.rollback()
                rolled_back |= set(open_events[writer])
                open_events[writer].clear()
            if (received := feed.receive(0.05)) is not None:
                found.append(received)
                stored = received.position
        feed.close()
    for writer in writers:
        writer.commit()
    found += drained(table_feeds(position=stored))
    assert len(rolled_back) > 5
    assert column(found) == [one for one in range(event) if one not in rolled_back]


def test_rows_of_equal_time_are_never_parted_by_a_position(
    pg: psycopg.Connection, table_feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_tail, "BATCH", 3)
    pg.execute(STOCKS)
    for at in range(4):
        pg.execute(
            "INSERT INTO stocks (symbol, price, updated_at) "
            "SELECT %s || '-' || n, 1, to_timestamp(%s) FROM generate_series(1, 2) n",
            [str(at), 1_700_000_000 + at],
        )
    where, stored, found = ("public.stocks", "updated_at", "snapshots"), None, []
    while (received := table_feeds(*where, stored).receive(0.1)) is not None:
        found.append(received)
        stored = received.position
    assert [len(one.messages.frame) for one in found] == [4, 4]
    assert len(set(column(found, "symbol"))) == 8


def test_a_time_ahead_of_the_clock_hides_nothing(
    pg: psycopg.Connection, table_feeds: Feeds
) -> None:
    pg.execute(STOCKS)
    feed = table_feeds("public.stocks", "updated_at", "snapshots")
    pg.execute("INSERT INTO stocks (symbol, price, updated_at) VALUES ('A', 1, '2999-01-01')")
    pg.execute("INSERT INTO stocks (symbol, price, updated_at) VALUES ('B', 1, 'infinity')")
    pg.execute("INSERT INTO stocks (symbol, price) VALUES ('C', 1)")
    assert column(drained(feed), "symbol") == ["C"]
