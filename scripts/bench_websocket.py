"""Part ``websocket`` of the benchmark: frames of a WebSocket venue -> rows -> partial bars.

The venue is a process of its own on this machine and sends as fast as it is read. The peer is an
aiohttp client that parses every frame with orjson and does nothing with it: what lies between the
two is the price of a connection that is watched, of trades that are typed, deduplicated and checked
for holes, and of partial bars.
"""

import argparse
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

WAYS = {
    "bare": "aiohttp client, orjson only",
    "rows": "yieldflow, trades as rows",
    "bars": "yieldflow, partial bars and latest prices",
}
FRAMES = 400_000
MIXES = {5: "1 trade in 5 frames, as captured with best prices", 1: "trades only"}
GOAL = 0.5  # of the rate of the bare client
_MODULES = "scripts.bench_peers"

Run = tuple[float, float]  # seconds, and seconds of a processor


def measure_websocket(options: argparse.Namespace) -> list[str]:
    """Run the ways in turns and report.

    Raises:
        SystemExit: one of them failed, or lost or doubled a trade.
    """
    report = [
        "## WebSocket: combined frames of Binance, 500 symbols",
        "",
        f"Medians of {options.runs} times {FRAMES:,} frames, in turns. Ratio: rate beside that of "
        f"the bare client; goal for rows: {GOAL} or more.",
    ]
    for every, name in MIXES.items():
        found: dict[str, list[Run]] = {way: [] for way in WAYS}
        with venue(every) as url:
            for turn in range(options.runs):
                for way, runs in found.items():
                    runs.append(timed(way, url, FRAMES // every + (every > 1)))
                rates = ", ".join(f"{way} {FRAMES / at[-1][0]:,.0f}/s" for way, at in found.items())
                print(f"websocket, run {turn + 1} of {options.runs}: {rates}", flush=True)
        report += ["", f"{name}:", "", *table(found)]
    return report


@contextmanager
def venue(every: int) -> Iterator[str]:
    """A venue whose every so manieth frame is a trade; its URL."""
    command = [sys.executable, "-m", f"{_MODULES}.ws_venue", str(FRAMES), str(every)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        if not port:
            raise SystemExit("the WebSocket venue did not start")
        yield f"ws://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.communicate()


def timed(way: str, url: str, trades: int) -> Run:
    """One way, in a process of its own."""
    command = [sys.executable, "-m", f"{_MODULES}.ws_clients", way, url, str(trades)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"{way} failed:\n{result.stdout}{result.stderr[-4_000:]}")
    seconds, busy = map(float, result.stdout.split())
    return seconds, busy


def table(found: Mapping[str, Sequence[Run]]) -> list[str]:
    """One line per way."""
    bare = medians(found["bare"])
    lines = ["| | frames/s | ratio | CPU us per frame | ratio |", "|---|---|---|---|---|"]
    for way, runs in found.items():
        took, busy = medians(runs)
        lines.append(
            f"| {WAYS[way]} | {FRAMES / took:,.0f} | {bare[0] / took:.2f} "
            f"| {busy / FRAMES * 1e6:.2f} | {bare[1] / busy:.2f} |"
        )
    return lines


def medians(runs: Sequence[Run]) -> Run:
    """Of both measures."""
    return statistics.median(run[0] for run in runs), statistics.median(run[1] for run in runs)
