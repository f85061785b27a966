"""Values of Postgres as fields of a feed."""

import psycopg
import pytest

from connectors.sources.columns import Mapped
from tests.connectors.sources.table_rows import STOCKS, TRADES, Feeds, column, drained

pytestmark = pytest.mark.integration


def test_stocks_that_change_in_place_come_again_with_their_time(
    pg: psycopg.Connection, table_feeds: Feeds
) -> None:
    pg.execute(STOCKS)
    pg.execute(
        "INSERT INTO stocks VALUES "
        "('TCS', 'Tata', 'IT', 3500.25, 1.5, -2, 0.2, 1280000, '2024-01-02 03:04:05.000006+00')"
    )
    feed = table_feeds("public.stocks", "updated_at", "snapshots")
    [received] = drained(feed)
    [row] = received.messages.frame.to_dicts()
    at = 1_704_164_645_000_006
    assert row == {
        **{"line": at, "symbol": "TCS", "ts_event": at, "price": 3500.25, "name": "Tata"},
        **{"sector": "IT", "change_1d_pct": 1.5, "change_7d_pct": -2.0},
        **{"volatility": pytest.approx(0.2), "market_cap_cr": 1280000.0},
    }
    pg.execute("UPDATE stocks SET price = 3600, updated_at = '2024-01-02 03:04:06+00'")
    assert column(drained(feed), "price") == [3600.0]


def test_bad_values_come_as_such_and_never_fail_the_rest(
    pg: psycopg.Connection, table_feeds: Feeds
) -> None:
    pg.execute(
        "CREATE TABLE odd (id serial PRIMARY KEY, symbol text, at timestamptz, price numeric, "
        "size float8)"
    )
    pg.execute(
        "INSERT INTO odd (symbol, at, price, size) VALUES "
        "(NULL, NULL, NULL, NULL), ('A', 'infinity', 'NaN', 'Infinity'), "
        "('A', '-infinity', %s, 'NaN'), ('A', '290000-01-01', 1, -1), ('A', '2024-01-01', 0, 0)",
        ["9" * 400],
    )
    mapping = {"ts_event": Mapped("at")}
    [received] = drained(table_feeds("public.odd", mapping=mapping))
    rows = received.messages.frame
    beyond = 253_402_300_800_000_000
    assert rows["ts_event"].to_list() == [None, beyond, 0, beyond, 1_704_067_200_000_000]
    assert [str(price) for price in rows["price"]] == ["None", "nan", "inf", "1.0", "0.0"]
    assert [str(size) for size in rows["size"]] == ["None", "inf", "nan", "-1.0", "0.0"]
    assert rows["symbol"].to_list() == [None, "A", "A", "A", "A"]


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_times_may_be_numbers_of_a_unit(
    pg: psycopg.Connection, table_feeds: Feeds, unit: str
) -> None:
    pg.execute(TRADES)
    scale = {"s": 1, "ms": 1_000, "us": 1_000_000}[unit]
    pg.execute(
        "INSERT INTO trades VALUES (1, 'A', %s, 1, 1), (2, 'A', 9223372036854775807, 1, 1)",
        [1_700_000_000 * scale],
    )
    [received] = drained(table_feeds(mapping={"ts_event": Mapped("ts_event", unit)}))
    assert column([received]) == [1_700_000_000_000_000, 253_402_300_800_000_000]
