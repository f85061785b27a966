"""A minute of real trades of Binance, and how they get into a Redis stream or a table."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
import psycopg
import redis

from tests.connectors.sources.ws_capture import CAPTURE, trades_of
from tests.connectors.streams.wire import frames

STREAM = "market.trades"
TABLE = """CREATE TABLE trades (id bigserial PRIMARY KEY, symbol text, ts_event bigint,
  price float8, size float8, trade_id bigint)"""
COLUMNS = ("symbol", "ts_event", "price", "size", "trade_id")


def a_minute(shared: Path) -> list[Any]:
    """Trades with COLUMNS, in order."""
    return trades_of(frames(shared / "wire", CAPTURE))


def send(server: redis.Redis, stream: str, some: Iterable[Any]) -> None:
    """Add trades as the contract has it: a key and a JSON object."""
    batch = server.pipeline(transaction=False)
    for trade in some:
        message = dict(zip(COLUMNS, trade, strict=True))
        batch.xadd(stream, {"key": trade[0], "value": orjson.dumps(message)})
    batch.execute()


def append(session: psycopg.Connection, some: Iterable[Any]) -> None:
    """Add trades to TABLE."""
    into = f"COPY trades ({', '.join(COLUMNS)}) FROM STDIN"
    with session.cursor() as cursor, cursor.copy(into) as rows:
        for trade in some:
            rows.write_row(trade)
