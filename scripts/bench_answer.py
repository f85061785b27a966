"""Part ``answer`` of the benchmark: metered advice beside a FastAPI route that does nothing.

The real ``yieldflow demo`` replays its market day, with its ledger on the disk, while clients in a
process of their own ask for advice and, in turns, post to an empty route in another process. So
both are measured under the same load. Every answer is checked, and the account's usage in the end.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.bench_replay import Target
from scripts.bench_servers import METERS, PORTFOLIO, SPEED, Demo, Units, demo, empty_route

CLIENTS = 32
SECONDS = 5.0  # of one measurement, after a second of warm-up
TARGET = 0.35
NO_KEY = "none"


@dataclass(frozen=True)
class Calls:
    """What the clients of one measurement got."""

    requests_per_s: float
    p50_ms: float
    p99_ms: float
    answers: int
    analyses: int
    generations: int
    cpu_share: float


def measure_answer(options: argparse.Namespace) -> list[str]:
    """Measure the routes in turns and report.

    Raises:
        SystemExit: a server did not start, an answer was wrong, or usage was not counted exactly.
    """
    with tempfile.TemporaryDirectory(dir=options.cache) as home, empty_route() as empty_url:
        alone = [called(empty_url, NO_KEY) for _ in range(options.runs)]
        with demo(Path(home)) as served:
            first = served.first_answer()
            advice, beside = in_turns(served, empty_url, options.runs)
            units = billed(first, advice)
            served.await_counted(units)
            served.check_running()
    return report(advice, beside, alone, units)


def in_turns(served: Demo, empty_url: str, times: int) -> tuple[list[Calls], list[Calls]]:
    """Advice, empty route, advice, empty route, while the replay goes on."""
    advice: list[Calls] = []
    beside: list[Calls] = []
    for turn in range(times):
        advice.append(called(served.advice_url, served.key))
        beside.append(called(empty_url, served.key))
        print(
            f"answer, run {turn + 1} of {times}: advice {advice[-1].requests_per_s:,.0f}/s, "
            f"empty route {beside[-1].requests_per_s:,.0f}/s",
            flush=True,
        )
    return advice, beside


def called(url: str, key: str) -> Calls:
    """One measurement in a process of its own."""
    module = "scripts.bench_peers.callers"
    command = [sys.executable, "-m", module, url, key, str(CLIENTS), str(SECONDS)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        said = f"{url}: the clients ended with code {result.returncode}"
        raise SystemExit(f"{said}\n{result.stderr[-4_000:]}")
    return Calls(**json.loads(result.stdout.splitlines()[-1]))


def billed(first: Units, advice: Sequence[Calls]) -> Units:
    """Units per meter according to all answers."""
    analyses = sum(calls.analyses for calls in advice)
    generations = sum(calls.generations for calls in advice)
    if analyses != sum(calls.answers for calls in advice):
        raise SystemExit(f"not every answer was billed as one analysis: {analyses} units")
    return {
        meter: first[meter] + n for meter, n in zip(METERS, (analyses, generations), strict=True)
    }


def report(
    advice: Sequence[Calls], beside: Sequence[Calls], alone: Sequence[Calls], units: Units
) -> list[str]:
    """Medians, the target, and what was billed."""
    name = "metered advice / empty FastAPI route beside the same replay"
    analyses, generations = (units[meter] for meter in METERS)
    quiet = middle(advice, "requests_per_s") / middle(alone, "requests_per_s")
    return [
        f"## Answers: metered advice at {CLIENTS} clients while the demo replays at {SPEED}x",
        "",
        f"POST, keep-alive, loopback; medians of {len(advice)} times {SECONDS:g} s, in turns. The "
        "ratio is the median of those of neighbours in time.",
        "",
        "| | requests/s | spread | p50 ms | p99 ms | clients' CPU |",
        "|---|---|---|---|---|---|",
        row(f"advice on {PORTFOLIO}", advice),
        row("empty FastAPI route beside the replay", beside),
        row("empty FastAPI route, nothing beside it", alone),
        "",
        Target(name, neighbours_ratio(advice, beside), TARGET, at_least=True).line(),
        f"- metered advice / empty FastAPI route with nothing beside it: {quiet:.2f} (no target)",
        f"- every answer 200 with usage events of its own; GET /v1/usage has counted exactly the "
        f"answers: {analyses:,} analyses, {generations:,} generations",
    ]


def row(name: str, runs: Sequence[Calls]) -> str:
    """One line of the table."""
    rates = [calls.requests_per_s for calls in runs]
    return (
        f"| {name} | {statistics.median(rates):,.0f} | {min(rates):,.0f}-{max(rates):,.0f} "
        f"| {middle(runs, 'p50_ms'):.1f} | {middle(runs, 'p99_ms'):.1f} "
        f"| {middle(runs, 'cpu_share'):.0%} |"
    )


def neighbours_ratio(ours: Sequence[Calls], theirs: Sequence[Calls]) -> float:
    """The median ratio of rates that were measured one after the other."""
    pairs = zip(ours, theirs, strict=True)
    return statistics.median(our.requests_per_s / their.requests_per_s for our, their in pairs)


def middle(runs: Sequence[Calls], measure: str) -> float:
    """The median of one measure."""
    values: list[float] = [getattr(calls, measure) for calls in runs]
    return statistics.median(values)
