"""The benchmark: ``python -m scripts.bench`` (``make bench ARGS=...``).

Every part measures Yieldflow beside its peers in one run and gives ratios: absolute numbers belong
to one machine. Numbers that have to agree are compared, and a difference is a failure.
"""

import argparse
import datetime
import os
import platform
import shlex
import signal
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import FrameType
from typing import NoReturn

from scripts.bench_answer import measure_answer
from scripts.bench_daily import measure_daily
from scripts.bench_kafka import measure_kafka
from scripts.bench_live import measure_live
from scripts.bench_replay import PEERS, measure_replay
from scripts.bench_visible import measure_visible
from scripts.bench_websocket import measure_websocket

# name -> measure(options): the lines of a Markdown report. A failure raises SystemExit.
PARTS: dict[str, Callable[[argparse.Namespace], list[str]]] = {
    "replay": measure_replay,
    "daily": measure_daily,
    "live": measure_live,
    "answer": measure_answer,
    "kafka": measure_kafka,
    "visible": measure_visible,
    "websocket": measure_websocket,
}
PACKAGES = (
    "pathway",
    "polars",
    "numpy",
    "orjson",
    "confluent-kafka",
    "bytewax",
    "talipp",
    "fastapi",
    "uvicorn",
)


def main(arguments: list[str]) -> int:
    """Measure the parts that were asked for, print and save the report."""
    options = parsed(arguments)
    signal.signal(signal.SIGTERM, stop)
    options.cache.mkdir(parents=True, exist_ok=True)
    report = ["# Benchmarks", "", *circumstances(arguments)]
    for part in options.part or PARTS:
        report += ["", *PARTS[part](options)]
    text = "\n".join(report) + "\n"
    print("\n" + text)
    if options.save:
        options.save.write_text(text)
    return 0


def stop(number: int, frame: FrameType | None) -> NoReturn:
    """Leave in order when told to end: servers that were started must not outlive the run."""
    raise SystemExit(128 + number)


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench", description="Ratios to peers.")
    parser.add_argument("--part", choices=PARTS, action="append", help="repeatable; default: all")
    parser.add_argument("--runs", type=int, default=5, help="medians of so many (default: 5)")
    parser.add_argument(
        "--ticks", type=int, nargs="+", default=[1_000_000], help="default: 1000000"
    )
    parser.add_argument("--peers", choices=PEERS, nargs="+", default=list(PEERS))
    parser.add_argument("--cache", type=Path, default=Path(".bench"), help="folder for ticks")
    parser.add_argument("--save", type=Path, help="write the report to this Markdown file too")
    return parser.parse_args(arguments)


def circumstances(arguments: list[str]) -> list[str]:
    """Machine, versions, date and command: what a number means nothing without."""
    installed = ", ".join(f"{name} {release(name)}" for name in PACKAGES)
    today = datetime.datetime.now(datetime.UTC).date()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"- {today}, `{shlex.join(['python', '-m', 'scripts.bench', *arguments])}`",
        f"- {processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.platform()}, "
        f"load {os.getloadavg()[0]:.1f} before",
        f"- Python {platform.python_version()}, {installed}",
    ]


def release(package: str) -> str:
    """Its version, or that it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def processor() -> str:
    """The name of the processor where the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
