"""Tables that others append to become bars, however often the engine is killed meanwhile."""

import random
import signal
import time
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from tests.pipeline.conftest import LiveRun
from tests.pipeline.live_bars import SECOND, bars_of, rows, stored_bars
from tests.pipeline.live_runs import Run, differing
from tests.pipeline.live_trades import TABLE, append

pytestmark = pytest.mark.integration
INTERVALS = ("1s", "1m")
STOCKS = """
CREATE TABLE stocks (symbol text, name text, sector text, price numeric(12, 2),
  change_1d_pct real, change_7d_pct real, volatility real, market_cap_cr numeric,
  updated_at timestamptz PRIMARY KEY)
"""
LIVES = 4


def stocks(first: int) -> list[Any]:
    """Prices of two stocks in every other second: symbol, time, price, size, id."""
    return [
        (symbol, first + second * SECOND + place, 100.25 + place + second % 7, 0.0, 0)
        for second in range(0, 60, 2)
        for place, symbol in enumerate(("INFY", "TCS"))
    ]


def append_both(database: str, trades: list[Any], stocks: list[Any]) -> None:
    """Add rows to both tables in one transaction."""
    priced = [(row[0], datetime.fromtimestamp(row[1] / 1e6, UTC), row[2]) for row in stocks]
    with psycopg.connect(database) as session, session.cursor() as cursor:
        append(session, trades)
        with cursor.copy("COPY stocks (symbol, updated_at, price) FROM STDIN") as to:
            for row in priced:
                to.write_row(row)


def engine(live_run: LiveRun, database: str) -> Run:
    trades = {"table": "public.trades", "cursor": "id", "poll": "50ms"}
    stocks = {"table": "public.stocks", "cursor": "updated_at", "poll": "50ms"}
    sources = [
        {"type": "trades", "venue": "BINANCE", "postgres": trades},
        {"type": "snapshots", "postgres": stocks},
    ]
    return live_run(database, more={"data_sources": sources})


def expected(trades: list[Any], stocks: list[Any]) -> dict[Any, Any]:
    """Bars; those of prices alone are of their own interval only, and hold no trade."""
    priced = {key: (*bar[:5], 0) for key, bar in bars_of(stocks, "1s").items()}
    return bars_of(trades, *INTERVALS) | priced


def test_tables_of_trades_and_of_stocks_give_the_same_bars_after_kills(
    trades: list[Any], database_url: str, live_run: LiveRun
) -> None:
    priced, chance = stocks(trades[0][1]), random.Random(4)
    with psycopg.connect(database_url) as session:
        session.execute(TABLE)
        session.execute(STOCKS)
    killed = engine(live_run, database_url)
    for life in range(LIVES):
        more, quotes = (slice(count * life, count * (life + 1)) for count in (500, 10))
        append_both(database_url, trades[more], priced[quotes])
        killed.start("--no-serve")
        killed.until(lambda: killed.counted() > 0, "bars of an earlier life or of this one")
        time.sleep(chance.uniform(0, 1.5))  # at a random moment
        killed.end(signal.SIGKILL)
    append_both(database_url, trades[500 * LIVES :], priced[10 * LIVES :])
    wanted = expected(trades, priced)
    killed.start("--no-serve")
    killed.until(lambda: stored_bars(database_url, killed.schema) == wanted, "all bars")
    assert killed.end() == 0
    calm = engine(live_run, database_url)
    calm.start("--no-serve")
    calm.until(lambda: stored_bars(database_url, calm.schema) == wanted, "all bars")
    assert calm.end() == 0
    assert differing(calm.tables(), killed.tables()) == {}
    assert stored_bars(database_url, killed.schema) == wanted
    for table in ("gaps", "rejected"):
        assert rows(database_url, f"SELECT * FROM {killed.schema}.{table}") == []
