"""Part ``visible`` of the benchmark: from a trade's way into Kafka to its price in Postgres.

Real servers, the pipeline as a user starts it, and two processes at its ends. A trade counts as
visible when a query finds its price, or that of a later trade of its symbol.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.bench_kafka import MODULES, PARTITIONS, broker
from scripts.bench_servers import awaited, running

WARM_UP, MEASURED, LAG = 10, 20, 15  # seconds of trades, and of looking on behind them
SCHEMA = "bench"


def measure_visible(options: argparse.Namespace) -> list[str]:
    """Run once and report.

    Raises:
        SystemExit: something failed, or a price never came.
    """
    from connectors.sources.kafka_admin import TopicPlan, ensure_topics

    report = ["## Kafka -> Postgres: 5,000 trades/s over 500 symbols, from sent to visible", ""]
    with (
        tempfile.TemporaryDirectory(dir=options.cache) as name,
        broker(Path(name)) as brokers,
        database(Path(name)) as dsn,
    ):
        if brokers is None or dsn is None:
            return [*report, "Left out: it needs Kafka and PostgreSQL."]
        folder, topic = Path(name), f"bench.{uuid.uuid4().hex[:12]}"
        ensure_topics(brokers, [TopicPlan(topic, PARTITIONS)])
        with pipeline(folder, brokers, dsn, topic):
            look = started("watch", dsn, SCHEMA, WARM_UP + MEASURED + LAG, folder / "seen.parquet")
            send = started("send", brokers, topic, WARM_UP + MEASURED, folder / "sent.parquet")
            for process in (send, look):
                if process.wait():
                    raise SystemExit(f"{process.args!r} failed with code {process.returncode}")
            p50, p99, most = delays(folder)
    return [
        *report,
        f"One run, {MEASURED} s after {WARM_UP} s, bars of a minute and 12 indicators kept too:",
        f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, longest {most:.0f} ms. No target.",
    ]


@contextmanager
def database(folder: Path) -> Iterator[str | None]:
    """URL of a PostgreSQL from packages; None: they are not there."""
    from pipeline.stack.errors import StackMissing
    from pipeline.stack.postgres import Postgres

    server = Postgres(folder / "postgres", port=0)
    try:
        server.start()
    except StackMissing as missing:
        print(f"visible: {missing}", flush=True)
        yield None
        return
    try:
        yield server.address
    finally:
        server.kill()


@contextmanager
def pipeline(folder: Path, brokers: str, dsn: str, topic: str) -> Iterator[None]:
    """The pipeline, from this topic to this database."""
    from scripts.bench_peers.stepper import VALUES

    profile = folder / "profile.yaml"
    engine = {"intervals": ["1m"], "indicators": list(VALUES)}
    feed = {"type": "trades", "kafka": {"topic": topic}}
    profile.write_text(  # JSON is YAML
        json.dumps(
            {
                "home": str((folder / "home").resolve()),
                "market": {"name": "crypto"},
                "engine": engine,
                "data_sources": [feed],
                "sinks": {"postgres": {"schema": SCHEMA}},
            }
        )
    )
    command = [sys.executable, "-m", "pipeline", "run", "--config", str(profile), "--no-serve"]
    environment = {**os.environ, "KAFKA_BOOTSTRAP_SERVERS": brokers, "DATABASE_URL": dsn}
    with running(command, environment) as (process, said):
        awaited(process, said, r"(market) ")
        yield


def started(*arguments: object) -> subprocess.Popen[bytes]:
    """One end of the pipeline."""
    return subprocess.Popen(
        [sys.executable, "-m", f"{MODULES}.kafka_visible", *map(str, arguments)]
    )


def delays(folder: Path) -> tuple[float, float, float]:
    """Milliseconds: median, 99 of 100, longest.

    Raises:
        SystemExit: a trade was never visible.
    """
    import polars as pl

    sent = pl.read_parquet(folder / "sent.parquet").sort("ts_event")
    seen = pl.read_parquet(folder / "seen.parquet").sort("ts_event")
    found = sent.join_asof(
        seen, on="ts_event", by="symbol", strategy="forward", check_sortedness=False
    )
    measured = found.filter(pl.col("ts_event") >= found["ts_event"].min() + WARM_UP * 1_000_000)
    if lost := measured["at"].null_count():
        raise SystemExit(f"visible: {lost} of {measured.height} trades were never visible")
    late = (measured["at"] - measured["ts_event"]) / 1_000
    return late.quantile(0.5), late.quantile(0.99), late.max()
