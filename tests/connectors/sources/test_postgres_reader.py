"""Tables that are emptied, begun anew or made again while they are followed."""

import psycopg
import pytest

from tests.connectors.sources.table_rows import (
    TRADES,
    Feeds,
    column,
    drained,
    insert,
)

pytestmark = pytest.mark.integration


def test_a_table_that_was_emptied_and_begun_anew_is_read_from_its_start(
    pg: psycopg.Connection, table_feeds: Feeds
) -> None:
    pg.execute(TRADES)
    feed = table_feeds()
    insert(pg, range(5))
    drained(feed)
    pg.execute("TRUNCATE trades RESTART IDENTITY")
    insert(pg, [10, 11])
    found = drained(feed)
    assert column(found) == [10, 11]
    assert [(gap.ts_from, gap.ts_to) for one in found for gap in one.gaps] == [(4, 10)]


def test_a_table_that_was_made_again_is_a_gap(pg: psycopg.Connection, table_feeds: Feeds) -> None:
    pg.execute(TRADES)
    feed = table_feeds()
    insert(pg, range(5))
    [received] = drained(feed)
    pg.execute("DROP TABLE trades")
    pg.execute(TRADES)
    insert(pg, [10])
    for one in (feed, table_feeds(position=received.position)):
        found = drained(one)
        assert column(found) == [10]
        assert [gap.cause for one in found for gap in one.gaps] == [
            "the table was dropped and made again"
        ]


def test_deleting_what_was_read_is_no_new_beginning(
    pg: psycopg.Connection, table_feeds: Feeds
) -> None:
    pg.execute(TRADES)
    feed = table_feeds()
    insert(pg, range(5))
    drained(feed)
    pg.execute("DELETE FROM trades WHERE id > 2")
    insert(pg, [9])
    found = drained(feed)
    assert column(found) == [9]
    assert found[0].gaps == []
