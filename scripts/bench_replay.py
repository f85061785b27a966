"""Part ``replay`` of the benchmark: one file of ticks -> every bar and indicator row as JSONL.

Each peer runs in a process of its own, in turn, several times. Seconds are those of its work
without its imports; memory is the peak of the whole process.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# This module stays free of heavy imports: a child's peak memory starts at that of its parent.
PEERS = {
    "loop": "plain Python loop, orjson",
    "polars_batch": "Polars batch",
    "bytewax_flow": "Bytewax",
    "pathway_rows": "Pathway, one row per tick",
    "yieldflow_replay": "yieldflow replay",
}
REFERENCE, OURS = "loop", "yieldflow_replay"
MOST_TICKS = {"pathway_rows": 2_000_000}  # it needs 1.5 GB for every million
MEBI = 1 << 20
RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


@dataclass(frozen=True)
class Run:
    """What one process took."""

    imports_s: float
    work_s: float
    total_s: float
    peak_bytes: int


@dataclass(frozen=True)
class Target:
    """A ratio that Yieldflow has to reach."""

    name: str
    value: float
    limit: float
    at_least: bool

    def line(self) -> str:
        """One line of the report."""
        met = self.value >= self.limit if self.at_least else self.value <= self.limit
        sign, verdict = ">=" if self.at_least else "<=", "met" if met else "MISSED"
        return f"- {self.name}: {self.value:.2f} (target {sign} {self.limit:g}: {verdict})"


def measure_replay(options: argparse.Namespace) -> list[str]:
    """Run every peer over every size and report.

    Raises:
        SystemExit: a peer failed, or its numbers are not those of the loop.
    """
    report, peaks = ["## Replay: ticks -> bars, 12 indicators, all rows written"], {}
    for count in options.ticks:
        ticks = generated(options.cache, count)
        peers = [peer for peer in options.peers if count <= MOST_TICKS.get(peer, count)]
        with tempfile.TemporaryDirectory(dir=options.cache) as folder:
            runs = measured(peers, ticks, Path(folder), options.runs)
        report += ["", *table(runs, count, options.runs), "", *targets(runs)]
        if OURS in runs:
            peaks[count] = middle(runs[OURS]).peak_bytes
    if len(peaks) > 1:
        (few, low), *_, (many, high) = sorted(peaks.items())
        name = f"yieldflow's memory, {many:,} ticks / {few:,}"
        report.append(Target(name, high / low, 1.6, at_least=False).line())
    return report


def generated(cache: Path, count: int) -> Path:
    """The file of ``count`` ticks, made on first use by a process of its own."""
    path = cache / f"ticks-{count}.jsonl"
    if not path.exists():
        print(f"making {path}", flush=True)
        code = "import sys, pathlib; from scripts.bench_peers.ticks import write\n"
        code += "write(pathlib.Path(sys.argv[1]), int(sys.argv[2]))"
        subprocess.run([sys.executable, "-c", code, str(path), str(count)], check=True)
    return path


def measured(peers: list[str], ticks: Path, folder: Path, times: int) -> dict[str, list[Run]]:
    """Run the peers in turn; after the first turn their numbers have been compared."""
    runs: dict[str, list[Run]] = {}
    for turn in range(times):
        for peer in list(runs) if turn else peers:
            out = folder / peer
            out.mkdir(exist_ok=True)
            run = one_run(peer, ticks, out, PEERS[peer])
            if run is None:
                continue
            runs.setdefault(peer, []).append(run)
            print(
                f"{ticks.name}, run {turn + 1} of {times}: {PEERS[peer]} {run.work_s:.2f} s, "
                f"{run.peak_bytes / MEBI:.0f} MiB",
                flush=True,
            )
        if turn == 0:
            compare(list(runs), folder)
    return runs


def one_run(peer: str, ticks: Path, out: Path, name: str) -> Run | None:
    """One process; None, and a line that says so, when something it needs is not installed."""
    command = [sys.executable, "-m", "scripts.bench_peers", peer, str(ticks), str(out)]
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=said, stderr=complained)
        _, status, usage = os.wait4(process.pid, 0)
        total = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            complained.seek(0)
            sys.stderr.write(complained.read().decode(errors="replace")[-4_000:])
            raise SystemExit(f"{name} failed with code {process.returncode}")
        said.seek(0)
        result = json.loads(said.read().splitlines()[-1])
    if "missing" in result:
        print(f"{name}: left out, {result['missing']} is not here", flush=True)
        return None
    return Run(**result, total_s=total, peak_bytes=usage.ru_maxrss * RSS_UNIT)


def compare(peers: list[str], folder: Path) -> None:
    """Stop when a peer's numbers are not those of the reference, row for row."""
    if REFERENCE not in peers:
        print("numbers not compared: the loop was not run", flush=True)
        return
    module = "scripts.bench_peers.agreement"
    for peer in peers:
        if peer == REFERENCE:
            continue
        command = [sys.executable, "-m", module, str(folder / REFERENCE), str(folder / peer)]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            raise SystemExit(
                f"{PEERS[peer]} does not give the loop's numbers:\n{result.stdout}{result.stderr}"
            )
        print(f"{PEERS[peer]}: every row equal to the loop's within 1e-6", flush=True)


def middle(runs: list[Run]) -> Run:
    """The median of each measure."""
    return Run(
        *(
            statistics.median(getattr(run, name) for run in runs)
            for name in ("imports_s", "work_s", "total_s", "peak_bytes")
        )
    )


def table(runs: dict[str, list[Run]], count: int, times: int) -> Iterator[str]:
    """Medians; the last two columns compare Yieldflow with the peer of the row."""
    ours = middle(runs[OURS]) if OURS in runs else None
    yield f"{count:,} ticks, medians of {times}. Last two columns: yieldflow / peer.\n"
    yield "| | work s | spread | ticks/s | imports s | whole process s | peak MiB | rate | memory |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for peer, all_runs in runs.items():
        run, works = middle(all_runs), [run.work_s for run in all_runs]
        rate = f"{run.work_s / ours.work_s:.2f}" if ours else "-"
        memory = f"{ours.peak_bytes / run.peak_bytes:.2f}" if ours else "-"
        yield (
            f"| {PEERS[peer]} | {run.work_s:.2f} | {min(works):.2f}-{max(works):.2f} "
            f"| {count / run.work_s:,.0f} | {run.imports_s:.2f} | {run.total_s:.2f} "
            f"| {run.peak_bytes / MEBI:.0f} | {rate} | {memory} |"
        )


def targets(runs: dict[str, list[Run]]) -> Iterator[str]:
    """Whether Yieldflow is where it has to be."""
    if OURS not in runs:
        return
    ours = middle(runs[OURS])
    for peer, limit in (("loop", 0.8), ("bytewax_flow", 1.7)):
        if peer in runs:
            rate = middle(runs[peer]).work_s / ours.work_s
            yield Target(f"yieldflow's rate / {PEERS[peer]}", rate, limit, at_least=True).line()
    yield Target("yieldflow's peak, MiB", ours.peak_bytes / MEBI, 600, at_least=False).line()
