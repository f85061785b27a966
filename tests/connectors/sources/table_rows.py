"""What tests of Postgres as a source share: tables, sessions, feeds read until nothing comes."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

import psycopg
import pytest

from connectors.sources.live_feed import Position, Received
from connectors.sources.postgres_table import PostgresTableFeed
from tests.servers import PostgresLink

DEADLINE = 20.0
TRADES = """
CREATE TABLE trades (id bigserial PRIMARY KEY, symbol text, ts_event bigint, price float8,
  size float8)
"""
STOCKS = """
CREATE TABLE stocks (symbol text PRIMARY KEY, name text, sector text, price numeric(12, 2),
  change_1d_pct real, change_7d_pct real, volatility real, market_cap_cr numeric,
  updated_at timestamptz NOT NULL DEFAULT now())
"""
Connect = Callable[[], psycopg.Connection]
Feeds = Callable[..., PostgresTableFeed]


@pytest.fixture(scope="module")
def table_database(postgres: PostgresLink) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture
def table_url(table_database: str) -> Iterator[str]:
    """An empty database; made once, as that takes longer than most tests."""
    yield table_database
    with psycopg.connect(table_database, autocommit=True) as session:
        session.execute('DROP SCHEMA public CASCADE; DROP SCHEMA IF EXISTS "Odd" CASCADE')
        session.execute("CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO public")


@pytest.fixture
def pg_connect(table_url: str) -> Iterator[Connect]:
    made = []

    def make() -> psycopg.Connection:
        made.append(psycopg.connect(table_url))
        return made[-1]

    yield make
    for session in made:
        session.close()


@pytest.fixture
def pg(pg_connect: Connect) -> psycopg.Connection:
    session = pg_connect()
    session.autocommit = True
    return session


@pytest.fixture
def table_feeds(table_url: str) -> Iterator[Feeds]:
    """Makes open table_feeds, closed in the end."""
    made = []

    def make(
        table: str = "public.trades",
        cursor: str = "id",
        kind: str = "trades",
        position: Position | None = None,
        **options: object,
    ) -> PostgresTableFeed:
        options = {"poll": timedelta(0), **options}
        feed = PostgresTableFeed(table_url, table, cursor, kind, **options)
        made.append(feed)
        feed.open(position)
        return feed

    yield make
    for feed in made:
        feed.close()


def insert(session: psycopg.Connection, events: Iterable[int]) -> None:
    session.cursor().executemany(
        "INSERT INTO trades (symbol, ts_event, price, size) VALUES ('BTC', %s, 1.5, 2)",
        [[event] for event in events],
    )


def drained(feed: PostgresTableFeed) -> list[Received]:
    """What is settled now; the feed has nothing more for several looks in a row."""
    found, silent = [], 0
    while silent < 3:
        received = feed.receive(0.1)
        silent = silent + 1 if received is None else 0
        if received is not None:
            found.append(received)
    return found


def column(found: Iterable[Received], name: str = "ts_event") -> list[object]:
    return [value for one in found for value in one.messages.frame[name]]
