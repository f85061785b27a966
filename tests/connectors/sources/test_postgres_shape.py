"""Tables that can be read, and those that are refused with the fix."""

import psycopg
import pytest

from connectors.sources.columns import Mapped
from connectors.sources.errors import SourceError
from connectors.sources.postgres_table import PostgresTableFeed
from tests.connectors.sources.table_rows import TRADES, Feeds, column, drained, insert

pytestmark = pytest.mark.integration


def test_columns_and_tables_may_have_names_that_need_quotes(
    pg: psycopg.Connection, table_feeds: Feeds
) -> None:
    pg.execute('CREATE SCHEMA "Odd"')
    pg.execute(
        'CREATE TABLE "Odd"."select" ("from" serial PRIMARY KEY, "a""b" text, at date, '
        '"%s" float8, size int)'
    )
    pg.execute("""INSERT INTO "Odd"."select" VALUES (1, 'A', '2024-01-01', 1.5, 2)""")
    mapping = {"symbol": Mapped('a"b'), "price": Mapped("%s"), "ts_event": Mapped("at")}
    [received] = drained(table_feeds("Odd.select", "from", mapping=mapping))
    assert column([received], "price") == [1.5]
    assert column([received]) == [1_704_067_200_000_000]


@pytest.mark.parametrize(
    ("ddl", "table", "cursor", "told"),
    [
        ("", "public.none", "id", "there is no table public.none"),
        ("", "trades", "seq", r"has no column `seq` .*columns: id, symbol"),
        ("", "trades", "price", "trades.price is double precision, and a cursor must be"),
        ("ALTER TABLE trades ADD at timestamptz", "trades", "at", "ALTER COLUMN at SET NOT NULL"),
        ("ALTER TABLE trades DROP size", "trades", "id", "no column for `size`"),
        (
            "ALTER TABLE trades ALTER price TYPE text",
            "trades",
            "id",
            "trades.price is text, and `price` must be a number: name another column in `map`",
        ),
        (
            "ALTER TABLE trades RENAME ts_event TO ts",
            "trades",
            "id",
            "trades.ts is bigint: say its unit",
        ),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_the_fix(
    pg: psycopg.Connection, table_feeds: Feeds, ddl: str, table: str, cursor: str, told: str
) -> None:
    pg.execute(TRADES)
    pg.execute(ddl)
    with pytest.raises(SourceError, match=told):
        table_feeds(table, cursor)


def test_a_table_that_may_not_be_read_is_refused(pg: psycopg.Connection, table_url: str) -> None:
    pg.execute(TRADES)
    insert(pg, [1])
    pg.execute("DROP ROLE IF EXISTS nosy")
    pg.execute("CREATE ROLE nosy LOGIN PASSWORD 's3cret'")
    try:
        host = table_url.rpartition("@")[2]
        feed = PostgresTableFeed(f"postgresql://nosy:s3cret@{host}", "trades", "id", "trades")
        with pytest.raises(SourceError, match="permission denied for table trades"):
            feed.open(None)
    finally:
        pg.execute("DROP ROLE nosy")
