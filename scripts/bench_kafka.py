"""Part ``kafka`` of the benchmark: JSON trades in a topic -> bars of a minute.

The peer is Pathway's own JSON reader and groupby. Every reader is a process of its own that reads
the same topic from its beginning, in turns; the clock runs from when all of them are ready until
the last trade is in a bar. The broker is the one of KAFKA_BOOTSTRAP_SERVERS or one from packages,
on the same machine.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.bench_readers import reader
from scripts.bench_replay import Target, generated

PARTITIONS = 4
READERS: Mapping[str, Sequence[tuple[str, ...]]] = {  # way, partitions: one process each
    "native": [("native",)],
    "yieldflow": [("yieldflow",)],
    "yieldflow_2": [("yieldflow", "0", "1"), ("yieldflow", "2", "3")],
}
NAMES = {
    "native": "Pathway, JSON reader and groupby",
    "yieldflow": "yieldflow",
    "yieldflow_2": "yieldflow, two processes of two partitions",
}
MODULES = "scripts.bench_peers"


@dataclass(frozen=True)
class Run:
    """What some readers took at once.

    Attributes:
        took: seconds until the last of them had all trades in bars.
        busy: seconds of a processor, those of starting included.
    """

    took: float
    busy: float


def measure_kafka(options: argparse.Namespace) -> list[str]:
    """Run every reader in turns and report.

    Raises:
        SystemExit: one of them failed, or its bars are not those of the peer.
    """
    report = ["## Kafka: JSON trades in 4 partitions -> bars of a minute"]
    with tempfile.TemporaryDirectory(dir=options.cache) as folder, broker(Path(folder)) as address:
        if address is None:
            return [*report, "", "Left out: there is no Kafka. Set KAFKA_BOOTSTRAP_SERVERS."]
        for count in options.ticks:
            topic = filled(generated(options.cache, count), address)
            found: dict[str, list[Run]] = {name: [] for name in READERS}
            for turn in range(options.runs):
                for name, runs in found.items():
                    runs.append(timed(READERS[name], address, topic, Path(folder) / name))
                    compare(Path(folder) / "native", Path(folder) / name)
                rates = ", ".join(
                    f"{name} {count / runs[-1].took:,.0f}/s" for name, runs in found.items()
                )
                print(f"kafka, run {turn + 1} of {options.runs}: {rates}", flush=True)
            report += ["", *table(found, count, options.runs), "", *targets(found)]
    return report


@contextmanager
def broker(folder: Path) -> Iterator[str | None]:
    """Address of a Kafka; None: there is none."""
    if given := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield given
        return
    from pipeline.stack.errors import StackMissing
    from pipeline.stack.kafka import Kafka

    server = Kafka(folder / "kafka", port=0)
    try:
        server.start()
    except StackMissing as missing:
        print(f"kafka: {missing}", flush=True)
        yield None
        return
    try:
        yield server.address
    finally:
        server.kill()


def filled(ticks: Path, brokers: str) -> str:
    """A topic of its own with these ticks, kept whatever their age; its name."""
    from connectors.sources.kafka_admin import TopicPlan, ensure_topics

    topic = f"bench.{uuid.uuid4().hex[:12]}"
    ensure_topics(brokers, [TopicPlan(topic, PARTITIONS, retention_bytes=None)])
    command = [sys.executable, "-m", f"{MODULES}.kafka_ticks", str(ticks), brokers, topic]
    subprocess.run(command, check=True)
    return topic


def timed(readers: Sequence[tuple[str, ...]], brokers: str, topic: str, out: Path) -> Run:
    """Run these readers at once; ``out`` then holds the bars of all of them."""
    out.mkdir(exist_ok=True)
    parts = [out / f"{number}.jsonl" for number in range(len(readers))]
    with ExitStack() as running:
        processes = [
            running.enter_context(reader([way, brokers, topic, str(part), *partitions]))
            for (way, *partitions), part in zip(readers, parts, strict=True)
        ]
        for process in processes:
            process.hear("ready")
        started = time.perf_counter()
        for process in processes:
            process.tell("go")
        for process in processes:
            process.hear("done")
        took = time.perf_counter() - started
        busy = sum(process.wait() for process in processes)
    (out / "bars.jsonl").write_bytes(b"".join(part.read_bytes() for part in parts))
    return Run(took, busy)


def compare(wanted: Path, given: Path) -> None:
    """Stop when the bars are not the same."""
    command = [sys.executable, "-m", f"{MODULES}.agreement", str(wanted), str(given), "bars"]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(
            f"{given.name} differs from {wanted.name}:\n{result.stdout}{result.stderr}"
        )


def table(found: Mapping[str, Sequence[Run]], count: int, times: int) -> Iterator[str]:
    """One line per reader."""
    yield f"{count:,} trades, medians of {times}, all bars the same.\n"
    yield "| | s | spread | trades/s | CPU s |"
    yield "|---|---|---|---|---|"
    for name, runs in found.items():
        took, busy = (
            statistics.median(getattr(run, of) for run in runs) for of in ("took", "busy")
        )
        spread = f"{min(run.took for run in runs):.2f}-{max(run.took for run in runs):.2f}"
        yield f"| {NAMES[name]} | {took:.2f} | {spread} | {count / took:,.0f} | {busy:.2f} |"


def targets(found: Mapping[str, Sequence[Run]]) -> Iterator[str]:
    """Whether Yieldflow is where it has to be. Two processes need two free cores."""
    took = {name: statistics.median(run.took for run in runs) for name, runs in found.items()}
    for one, other, limit in (("yieldflow", "native", 1.2), ("yieldflow_2", "yieldflow", 1.6)):
        name = f"rate of {NAMES[one]} / {NAMES[other]}"
        yield Target(name, took[other] / took[one], limit, at_least=True).line()
