"""Ticks as messages: ``python -m scripts.bench_peers.kafka_ticks FILE BROKERS TOPIC``.

One JSON object per trade with the input columns of the contract, keyed by symbol, at its own time.
"""

import sys
from pathlib import Path

import polars as pl
from confluent_kafka import Producer

MILLISECOND = 1_000  # microseconds
AT_A_TIME = 50_000
SETTINGS = {
    "linger.ms": 20,
    "batch.size": 1 << 20,
    "queue.buffering.max.messages": 4 * AT_A_TIME,
    "delivery.report.only.error": True,
    "partitioner": "murmur2_random",
}


def messages(ticks: Path) -> pl.DataFrame:
    """Trades in the order of their arrival, numbered."""
    given = pl.read_ndjson(ticks).with_row_index("trade_id")
    return given.select(
        "symbol",
        pl.col("event_time").alias("ts_event"),
        "price",
        pl.col("qty").alias("size"),
        "trade_id",
    )


def main(ticks: Path, brokers: str, topic: str) -> None:
    """Send all of them."""
    trades = messages(ticks)
    lines = trades.write_ndjson().encode().splitlines()
    symbols = [symbol.encode() for symbol in trades["symbol"]]
    times = (trades["ts_event"] // MILLISECOND).to_list()
    producer = Producer({"bootstrap.servers": brokers, **SETTINGS})
    for start in range(0, len(lines), AT_A_TIME):
        for at in range(start, min(start + AT_A_TIME, len(lines))):
            producer.produce(topic, lines[at], symbols[at], timestamp=times[at])
        producer.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
