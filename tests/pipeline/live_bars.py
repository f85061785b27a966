"""Bars computed in plain Python, and what engines have left in Postgres to be held against them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

SECOND = 1_000_000
UNITS = {"1s": SECOND, "1m": 60 * SECOND}
Trade = Sequence[Any]  # symbol, time in microseconds, price, size, id
Key = tuple[str, str, int]


def bars_of(trades: Iterable[Trade], *intervals: str) -> dict[Key, tuple[float, ...]]:
    """Open, high, low, close, volume and count by symbol, interval and start.

    Trades of one symbol come in the order in which they count.
    """
    gathered: dict[Key, list[Trade]] = defaultdict(list)
    for trade in trades:
        for interval in intervals:
            start = trade[1] // UNITS[interval] * UNITS[interval]
            gathered[trade[0], interval, start].append(trade)
    found = {}
    for key, some in gathered.items():
        prices = [trade[2] for trade in some]
        sizes = [trade[3] for trade in some]
        ends = prices[0], max(prices), min(prices), prices[-1]
        found[key] = (*ends, pytest.approx(sum(sizes)), len(some))
    return found


def stored_bars(database: str, schema: str) -> dict[Key, tuple[float, ...]]:
    """The same of the table."""
    return {
        (row["symbol"], row["interval"], row["bar_start"]): tuple(
            row[name] for name in ("open", "high", "low", "close", "volume", "trade_count")
        )
        for row in rows(database, f"SELECT * FROM {schema}.bars")
    }


def rows(database: str, query: str, *values: object) -> list[dict[str, Any]]:
    """What a query gives; nothing while there are no tables."""
    with psycopg.connect(database, row_factory=dict_row) as session:
        try:
            return session.execute(query, values).fetchall()
        except psycopg.errors.UndefinedTable:
            return []


def named(gaps: Iterable[Mapping[str, Any]]) -> dict[tuple[str, int], tuple[int, int]]:
    """Trades that gaps name, by symbol and id, with the times between which they were."""
    found = {}
    for gap in gaps:
        cause = re.fullmatch(r"trade ids? (\d+)(?: to (\d+))? missing", gap["cause"])
        assert cause, gap
        first, last = cause.groups()
        for trade_id in range(int(first), int(last or first) + 1):
            found[gap["symbol"], trade_id] = (gap["ts_from"], gap["ts_to"])
    return found
