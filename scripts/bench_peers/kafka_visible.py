"""Both ends of the live pipeline: who sends trades to Kafka, who looks at prices in Postgres.

``python -m scripts.bench_peers.kafka_visible send BROKERS TOPIC SECONDS OUT`` sends trades that
happen as they are sent; ``watch DSN SCHEMA SECONDS OUT`` notes when a price is first seen. Both
write Parquet files of symbols and times in microseconds.
"""

import sys
import time
from pathlib import Path

import orjson
import polars as pl
import psycopg
from confluent_kafka import Producer

RATE = 5_000  # trades a second
SYMBOLS = 500
BEAT = 0.01  # seconds between two bursts of trades
LOOK = 0.02  # seconds between two looks at the prices: a look costs the machine 500 rows
PRICES = "SELECT symbol, ts_event FROM {}.prices"


def now() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1_000


def send(brokers: str, topic: str, seconds: float, out: Path) -> None:
    """Send trades at an even pace; each has a time of its own."""
    producer = Producer(
        {"bootstrap.servers": brokers, "linger.ms": 1, "partitioner": "murmur2_random"}
    )
    sent: list[tuple[str, int]] = []
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        while len(sent) < passed * RATE:
            symbol = f"SYM{len(sent) % SYMBOLS:03}"
            at = max(now(), sent[-1][1] + 1 if sent else 0)
            trade = {"symbol": symbol, "ts_event": at, "price": 100.0 + len(sent) % 7, "size": 1}
            producer.produce(topic, orjson.dumps(trade | {"trade_id": len(sent)}), symbol)
            sent.append((symbol, at))
        producer.poll(0)
        time.sleep(BEAT)
    producer.flush()
    pl.DataFrame(sent, ["symbol", "ts_event"], orient="row").write_parquet(out)


def watch(dsn: str, schema: str, seconds: float, out: Path) -> None:
    """Look at all prices again and again; a price counts from when its row had come."""
    seen: list[tuple[str, int, int]] = []
    newest: dict[str, int] = {}
    until = time.monotonic() + seconds
    with psycopg.connect(dsn, autocommit=True) as session:
        while time.monotonic() < until:
            rows = session.execute(PRICES.format(schema)).fetchall()
            at = now()
            for symbol, ts_event in rows:
                if newest.get(symbol) != ts_event:
                    newest[symbol] = ts_event
                    seen.append((symbol, ts_event, at))
            time.sleep(LOOK)
    pl.DataFrame(seen, ["symbol", "ts_event", "at"], orient="row").write_parquet(out)


if __name__ == "__main__":
    role, there, name, seconds, out = sys.argv[1:]
    {"send": send, "watch": watch}[role](there, name, float(seconds), Path(out))
