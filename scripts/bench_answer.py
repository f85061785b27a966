"""Part ``answer`` of the benchmark: metered advice beside a FastAPI route that does nothing.

The real ``yieldflow demo`` replays its market day, with its ledger on the disk, while clients in a
process of their own ask for advice and, in turns, post to an empty route in another process. So
both are measured under the same load. Every answer is checked, and the account's usage in the end.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from scripts.bench_replay import Target

CLIENTS = 32
SECONDS = 5.0  # of one measurement, after a second of warm-up
SPEED = 60  # market seconds per second
PORTFOLIO = "demo-growth"
METERS = ("portfolio_analysis", "advice_generation")
TARGET = 0.35
START_WAIT, STOP_WAIT, COUNT_WAIT = 60.0, 10.0, 30.0  # seconds
LOOK = 0.1  # seconds between two looks at something that is waited for
MODULES = "scripts.bench_peers"


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


@dataclass(frozen=True)
class Demo:
    """A running demo: where it is, and the key of its account."""

    url: str
    key: str

    @property
    def advice_url(self) -> str:
        """The route that is measured."""
        return f"{self.url}/v1/portfolios/{PORTFOLIO}/advice"

    def get(self, path: str) -> dict[str, Any]:
        """One JSON answer."""
        with urlopen(Request(self.url + path, headers={"x-api-key": self.key})) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def counts(self) -> dict[str, int]:
        """Units per meter that ``GET /v1/usage`` has counted."""
        meters = self.get("/v1/usage")["meters"]
        return {meter: int(meters[meter]["count"]) for meter in METERS}


def measure_answer(options: argparse.Namespace) -> list[str]:
    """Measure the routes in turns and report.

    Raises:
        SystemExit: a server did not start, an answer was wrong, or usage was not counted exactly.
    """
    advice: list[Calls] = []
    beside: list[Calls] = []
    with tempfile.TemporaryDirectory(dir=options.cache) as folder, empty_route() as empty_url:
        alone = [called(empty_url, "none") for _ in range(options.runs)]
        with demo(Path(folder).resolve()) as served:
            first = first_answer(served)
            for turn in range(options.runs):
                advice.append(called(served.advice_url, served.key))
                beside.append(called(empty_url, served.key))
                print(
                    f"answer, run {turn + 1} of {options.runs}: advice "
                    f"{advice[-1].requests_per_s:,.0f}/s, empty route "
                    f"{beside[-1].requests_per_s:,.0f}/s",
                    flush=True,
                )
            wanted = billed(first, advice)
            await_counted(served, wanted)
            if served.get("/readyz")["engine"] != "running":
                raise SystemExit("the replay had ended before all was measured: ask for fewer runs")
    return report(advice, beside, alone, wanted)


@contextmanager
def empty_route() -> Iterator[str]:
    """A process that serves the empty route; its URL."""
    command = [sys.executable, "-m", f"{MODULES}.empty_route"]
    with running(command, dict(os.environ)) as (process, said):
        [port] = awaited(process, said, r"^(\d+)$")
        yield f"http://127.0.0.1:{port}/empty"


@contextmanager
def demo(home: Path) -> Iterator[Demo]:
    """The demo as a user starts it, on a free port, with its ledger and files under ``home``."""
    command = [sys.executable, "-m", "pipeline", "demo", "--port", "0", "--speed", str(SPEED)]
    environment = {**os.environ, "YIELDFLOW_HOME": str(home), "YIELDFLOW_PORT": ""}
    with running(command, environment) as (process, said):
        url, key = awaited(process, said, r"(?ms)^API +(\S+)$.*^key +(\S+)$")
        yield Demo(url, key)


@contextmanager
def running(
    command: Sequence[str], environment: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """A process and what it prints, in a file; terminated in the end."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env=environment)
        try:
            yield process, said
        finally:
            process.terminate()
            try:
                process.wait(STOP_WAIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def awaited(process: subprocess.Popen[bytes], said: IO[bytes], pattern: str) -> tuple[str, ...]:
    """The groups of ``pattern`` as soon as the process has printed it."""
    until = time.monotonic() + START_WAIT
    while time.monotonic() < until and process.poll() is None:
        text = os.pread(said.fileno(), 1 << 16, 0).decode(errors="replace")
        if found := re.search(pattern, text):
            return found.groups()
        time.sleep(LOOK)
    text = os.pread(said.fileno(), 1 << 16, 0).decode(errors="replace")
    raise SystemExit(f"{process.args!r} did not start:\n{text[-4_000:]}")


def first_answer(served: Demo) -> dict[str, int]:
    """Ask until advice is given, and say what it was billed as: a refusal is not billed."""
    until, said = time.monotonic() + START_WAIT, ""
    ask = Request(served.advice_url, headers={"x-api-key": served.key}, method="POST")
    while time.monotonic() < until:
        try:
            with urlopen(ask) as answer:
                usage = json.load(answer)["usage"]
        except HTTPError as refusal:
            said = refusal.read().decode(errors="replace")
            time.sleep(LOOK)
        else:
            return {meter: usage[meter] for meter in METERS}
    raise SystemExit(f"the demo gives no advice:\n{said}")


def called(url: str, key: str) -> Calls:
    """One measurement in a process of its own."""
    command = [sys.executable, "-m", f"{MODULES}.callers", url, key, str(CLIENTS), str(SECONDS)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"a request to {url} failed:\n{result.stderr[-4_000:]}")
    return Calls(**json.loads(result.stdout.splitlines()[-1]))


def billed(first: dict[str, int], advice: Sequence[Calls]) -> dict[str, int]:
    """Units per meter according to all answers."""
    analyses = sum(calls.analyses for calls in advice)
    if analyses != sum(calls.answers for calls in advice):
        raise SystemExit(f"not every answer was billed as one analysis: {analyses} units")
    generations = sum(calls.generations for calls in advice)
    return {
        meter: first[meter] + n for meter, n in zip(METERS, (analyses, generations), strict=True)
    }


def await_counted(served: Demo, wanted: dict[str, int]) -> None:
    """Wait until usage says exactly what the answers say, and see that it stays so."""
    until, counted = time.monotonic() + COUNT_WAIT, dict[str, int]()
    while counted != wanted and time.monotonic() < until:
        time.sleep(LOOK)
        counted = served.counts()
    time.sleep(1.0)  # one unit too many would still be on its way
    counted = served.counts()
    if counted != wanted:
        raise SystemExit(f"usage has counted {counted}, the answers say {wanted}")


def report(
    advice: Sequence[Calls],
    beside: Sequence[Calls],
    alone: Sequence[Calls],
    counted: dict[str, int],
) -> list[str]:
    """Medians, the target, and what was billed."""
    rate = middle(advice, "requests_per_s")
    name = "metered advice / empty FastAPI route beside the same replay"
    target = Target(name, rate / middle(beside, "requests_per_s"), TARGET, at_least=True)
    return [
        f"## Answers: metered advice at {CLIENTS} clients while the demo replays at {SPEED}x",
        "",
        f"POST, keep-alive, loopback; medians of {len(advice)} times {SECONDS:g} s, in turns.",
        "",
        "| | requests/s | spread | p50 ms | p99 ms | clients' CPU |",
        "|---|---|---|---|---|---|",
        row(f"advice on {PORTFOLIO}", advice),
        row("empty FastAPI route beside the replay", beside),
        row("empty FastAPI route, nothing beside it", alone),
        "",
        target.line(),
        f"- metered advice / empty FastAPI route with nothing beside it: "
        f"{rate / middle(alone, 'requests_per_s'):.2f} (reported)",
        f"- every answer 200 and billed once: {sum(calls.answers for calls in advice):,} answers; "
        f"GET /v1/usage: {counted['portfolio_analysis']:,} portfolio_analysis, "
        f"{counted['advice_generation']:,} advice_generation",
    ]


def row(name: str, runs: Sequence[Calls]) -> str:
    """One line of the table."""
    rates = [calls.requests_per_s for calls in runs]
    return (
        f"| {name} | {statistics.median(rates):,.0f} | {min(rates):,.0f}-{max(rates):,.0f} "
        f"| {middle(runs, 'p50_ms'):.1f} | {middle(runs, 'p99_ms'):.1f} "
        f"| {middle(runs, 'cpu_share'):.0%} |"
    )


def middle(runs: Sequence[Calls], measure: str) -> float:
    """The median of one measure."""
    return statistics.median(getattr(calls, measure) for calls in runs)
