"""Part ``live`` of the benchmark: ticks at the pace of a market -> what a view shows, and when.

Yieldflow and a bare asyncio loop get the same ticks in turns, each in a process of its own, and
keep the same views: latest prices, forming bars, the indicators of forming bars. A tick's latency
is counted from the moment it is due, so that a feed that falls behind cannot hide it.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

PEERS = {"live_loop": "bare asyncio loop, orjson", "live_yieldflow": "yieldflow"}
MEASURES = ("quote_p50_ms", "quote_p99_ms", "bar_p50_ms", "bar_p99_ms", "cpu_share")
MODULES = "scripts.bench_peers"

Run = Mapping[str, float]


def measure_live(options: argparse.Namespace) -> list[str]:
    """Run both in turns and report.

    Raises:
        SystemExit: one of them failed, or their views differ in the end.
    """
    runs: dict[str, list[Run]] = {peer: [] for peer in PEERS}
    with tempfile.TemporaryDirectory(dir=options.cache) as folder:
        ticks = Path(folder)
        run_module("live_ticks", ticks)
        for turn in range(options.runs):
            for peer, found in runs.items():
                out = ticks / f"{peer}-{turn}"
                out.mkdir()
                found.append(json.loads(run_module(peer, ticks, out).splitlines()[-1]))
                print(
                    f"live, run {turn + 1} of {options.runs}: {PEERS[peer]} {said(found[-1])}",
                    flush=True,
                )
            compare(*(ticks / f"{peer}-{turn}" for peer in PEERS))
    return report(runs, options.runs)


def run_module(name: str, *folders: Path) -> str:
    """What a module prints that is run in a process of its own."""
    command = [sys.executable, "-m", f"{MODULES}.{name}", *map(str, folders)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"{name} failed:\n{result.stdout}{result.stderr[-4_000:]}")
    return result.stdout


def compare(wanted: Path, given: Path) -> None:
    """Stop when the views of both do not hold the same in the end."""
    run_module("agreement", wanted, given)
    if prices(wanted) != prices(given):
        raise SystemExit(f"latest prices differ: {wanted}, {given}")


def prices(folder: Path) -> dict[str, Run]:
    """The latest prices in a view, by symbol."""
    rows = map(json.loads, (folder / "quotes.jsonl").read_text().splitlines())
    return {row["symbol"]: row for row in rows}


def report(runs: Mapping[str, Sequence[Run]], times: int) -> list[str]:
    """Medians of each measure; there is no target."""
    return [
        "## Live: 10,000 ticks/s over 500 symbols, from due to shown",
        "",
        f"Medians of {times} times 10 s, in turns; no target. In the end both views were the same.",
        "",
        "| | quote p50 ms | p99 ms | forming bar p50 ms | p99 ms | CPU, share of a core |",
        "|---|---|---|---|---|---|",
        *(row(PEERS[peer], found) for peer, found in runs.items()),
    ]


def row(name: str, runs: Sequence[Run]) -> str:
    """One line of the table."""
    found = {measure: statistics.median(run[measure] for run in runs) for measure in MEASURES}
    *delays, share = found.values()
    return f"| {name} | {' | '.join(f'{delay:.2f}' for delay in delays)} | {share:.0%} |"


def said(run: Run) -> str:
    """One line while it runs."""
    return (
        f"quote {run['quote_p50_ms']:.2f}/{run['quote_p99_ms']:.2f} ms, "
        f"bar {run['bar_p50_ms']:.2f}/{run['bar_p99_ms']:.2f} ms, CPU {run['cpu_share']:.0%}"
    )
