"""Trades in Kafka -> bars: ``python -m scripts.bench_peers.kafka_bars WAY BROKERS TOPIC OUT``.

``native`` is the graph a newcomer to Pathway writes: its own JSON reader, a groupby with its own
reducers. ``yieldflow`` is our reader of live feeds and our fold, told to make bars alone. Both end
when every trade of the partitions is in a bar, and write the bars.

More arguments are partitions, for ``yieldflow`` alone. Prints ``ready``, waits for a line, prints
``done`` as soon as all trades are in bars.
"""

import os
import sys
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pathway as pw
from confluent_kafka import Consumer, TopicPartition

from connectors.sources.kafka import KafkaFeed
from connectors.sources.live_market import LiveSource
from connectors.sources.live_parser import FeedRules
from connectors.sources.market_feed import LiveInputs, read_market
from connectors.sources.marks import Marks
from connectors.sources.stop import StopToken
from scripts.bench_peers.pathway_rows import Tick, bars
from transforms.series import build_series
from transforms.shard_fold import SeriesOptions

FLUSH = timedelta(milliseconds=50)
LATE = timedelta(minutes=2)
COLUMNS = ("open", "high", "low", "close", "volume", "trade_count", "vwap")


def native(brokers: str, topic: str, partitions: Sequence[int]) -> pw.Table[Any]:
    """Pathway alone; it cannot be told which partitions to read."""
    ticks = pw.io.kafka.read(
        {
            "bootstrap.servers": brokers,
            "group.id": str(uuid.uuid4()),
            "auto.offset.reset": "earliest",
            "fetch.queue.backoff.ms": "10",  # as our reader has it: the default waits for seconds
        },
        topic,
        schema=Tick,
        format="json",
        json_field_paths={"qty": "/size", "event_time": "/ts_event"},
        autocommit_duration_ms=FLUSH // timedelta(milliseconds=1),
    )
    return bars(ticks).with_columns(vwap=pw.this.turnover / pw.this.volume)


def yieldflow(brokers: str, topic: str, partitions: Sequence[int]) -> pw.Table[Any]:
    """The reader of live feeds and the fold of the product."""
    feed = KafkaFeed(topic, bootstrap=brokers, partitions=partitions or None)
    source = LiveSource(feed, FeedRules("trades", feed.name, {}))
    market = read_market(
        [],
        interval=timedelta(minutes=1),
        late_allowance=LATE,
        stop=StopToken(),
        flush=FLUSH,
        live=LiveInputs([source], Marks(None)),
    )
    options = SeriesOptions(
        intervals=("1m",),
        kernels={"1m": ()},
        columns=(),
        advice_interval=None,
        timezone="UTC",
        late_allowance=LATE // timedelta(microseconds=1),
        forming=True,
    )
    return build_series(market.partials, options=options).bars


WAYS: dict[str, Callable[[str, str, Sequence[int]], pw.Table[Any]]] = {
    "native": native,
    "yieldflow": yieldflow,
}


class Standing:
    """The bars as they stand, and whether all trades are in them."""

    def __init__(self, trades: int, out: Path) -> None:
        self._missing, self._out = trades, out
        self._bars: dict[tuple[str, int], dict[str, Any]] = {}

    def changed(self, key: object, row: dict[str, Any], time: int, is_addition: bool) -> None:
        """Take one change."""
        self._missing -= row["trade_count"] if is_addition else -row["trade_count"]
        if is_addition:
            self._bars[row["symbol"], row["bar_start"]] = row

    def time_ended(self, time: int) -> None:
        """Write and leave when nothing is missing."""
        if self._missing:
            return
        print("done", flush=True)
        with self._out.open("wb") as file:
            for row in self._bars.values():
                shown = {name: row[name] for name in ("symbol", "bar_start", *COLUMNS)}
                file.write(orjson.dumps({"interval": "1m", **shown}) + b"\n")
        os._exit(0)


def waiting(brokers: str, topic: str, partitions: Sequence[int]) -> int:
    """How many messages there are."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "bench"})
    chosen = partitions or consumer.list_topics(topic, 10).topics[topic].partitions
    edges = [consumer.get_watermark_offsets(TopicPartition(topic, p), 10) for p in chosen]
    consumer.close()
    return sum(high - low for low, high in edges)


def main(way: str, brokers: str, topic: str, out: Path, partitions: Sequence[int]) -> None:
    """Build, say so, wait, run."""
    standing = Standing(waiting(brokers, topic, partitions), out)
    table = WAYS[way](brokers, topic, partitions)
    pw.io.subscribe(table, on_change=standing.changed, on_time_end=standing.time_ended)
    print("ready", flush=True)
    sys.stdin.readline()
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)


if __name__ == "__main__":
    way, brokers, topic, out, *partitions = sys.argv[1:]
    main(way, brokers, topic, Path(out), list(map(int, partitions)))
