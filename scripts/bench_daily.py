"""Part ``daily`` of the benchmark: six years of NIFTY 100, every indicator, risk and advice.

The peer computes with talipp what talipp has of it (scripts/bench_peers/talipp_loop.py says what it
lacks), and neither risk nor advice. Both read the same file and write every row. What both compute
by the same definition is compared at the last bar of each symbol.
"""

import argparse
import csv
import gzip
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scripts.bench_replay import MEBI, Run, Target, middle, one_run

DATA = (
    Path(__file__).parent.parent.parent / "shared/data/daily/nse_nifty100_daily_2020_202604.csv.gz"
)
PEERS = {
    "talipp_loop": "talipp, plain loop",
    "talipp_uncollected": "talipp, collector off",
    "yieldflow_daily": "yieldflow replay, risk, advice",
}
PEER, TUNED, OURS = PEERS
HELD = 20
TOLERANCE = 1e-6  # relative, absolute below 1
SAME = (
    *("sma_20", "sma_50", "sma_200", "ema_9", "ema_20", "ema_50", "ema_200", "wma_20", "hma_20"),
    *("rsi_14", "roc_10", "bb_upper_20_2", "bb_middle_20_2", "bb_lower_20_2"),
    *("stoch_k", "williams_r_14", "cci_20", "donchian_upper_20", "donchian_lower_20"),
)
TITLE = "## Daily: NIFTY 100 from 2020 to 2026, every indicator, one portfolio of 20"


def measure_daily(options: argparse.Namespace) -> list[str]:
    """Run all in turns and report; nothing but a reason where the data is not there.

    Raises:
        SystemExit: one of them failed, or the numbers of the first and ours are not the same.
    """
    if not DATA.exists():
        print(f"daily: left out, {DATA} is not here", flush=True)
        return [TITLE, "", f"Left out: {DATA.name} is not beside this clone."]
    with tempfile.TemporaryDirectory(dir=options.cache) as name:
        folder = Path(name)
        bars = hold(folder)
        runs = measured(folder, options.runs)
        if set(runs) == set(PEERS):
            compare(folder)
    return [TITLE, "", *table(runs, bars, options.runs), "", *targets(runs)]


def hold(folder: Path) -> int:
    """Write a portfolio of names that were there from the first day on; the bars in the file."""
    with gzip.open(DATA, "rt", newline="") as lines:
        rows = [(row["date"], row["symbol"]) for row in csv.DictReader(lines)]
    names = sorted(symbol for date, symbol in rows if date == rows[0][0])[:HELD]
    lines_held = [f"p,{symbol},{10 + place}" for place, symbol in enumerate(names)]
    text = "\n".join(["portfolio_id,symbol,quantity", *lines_held]) + "\n"
    (folder / "holdings.csv").write_text(text)
    return len(rows)


def measured(folder: Path, times: int) -> dict[str, list[Run]]:
    """Run each in a process of its own, in turns."""
    runs: dict[str, list[Run]] = {}
    for turn in range(times):
        for peer, name in PEERS.items():
            out = folder / peer
            out.mkdir(exist_ok=True)
            run = one_run(peer, DATA, out, name)
            if run is None:
                continue
            runs.setdefault(peer, []).append(run)
            print(f"daily, run {turn + 1} of {times}: {name} {run.work_s:.2f} s", flush=True)
    return runs


def compare(folder: Path) -> None:
    """Stop when what both compute by the same definition is not the same.

    Raises:
        SystemExit: which value of which symbol differs.
    """
    wanted, given = (last_rows(folder / peer / "indicators.jsonl") for peer in (PEER, OURS))
    for symbol, row in wanted.items():
        for name in SAME:
            want, give = row[name], given[symbol][name]
            if not agree(want, give):
                raise SystemExit(f"{symbol}.{name}: talipp has {want}, yieldflow {give}")
    print(f"{len(SAME)} indicators of {len(wanted)} symbols equal to talipp's", flush=True)


def agree(want: float | None, give: float | None) -> bool:
    """Both missing, or within the tolerance."""
    if want is None or give is None:
        return want is give
    return abs(want - give) <= TOLERANCE * max(1.0, abs(want))


def last_rows(file: Path) -> dict[str, dict[str, float | None]]:
    """The row of each symbol's last bar."""
    found: dict[str, dict[str, float | None]] = {}
    with file.open() as lines:
        for line in lines:
            row = json.loads(line)
            time = row.get("bar_start", row.get("date"))
            kept = found.get(row["symbol"])
            if row.get("diff", 1) > 0 and (kept is None or time >= kept["at"]):
                found[row["symbol"]] = {**row, "at": time}
    return found


def table(runs: dict[str, list[Run]], bars: int, times: int) -> Iterator[str]:
    """Medians; the last two columns compare Yieldflow with the peer of the row."""
    ours = middle(runs[OURS]) if OURS in runs else None
    yield f"{bars:,} bars, medians of {times}. Last two columns: yieldflow / peer.\n"
    yield "| | work s | spread | bars/s | imports s | whole process s | peak MiB | rate | memory |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for peer, all_runs in runs.items():
        run, works = middle(all_runs), [run.work_s for run in all_runs]
        rate = f"{run.work_s / ours.work_s:.2f}" if ours else "-"
        memory = f"{ours.peak_bytes / run.peak_bytes:.2f}" if ours else "-"
        yield (
            f"| {PEERS[peer]} | {run.work_s:.2f} | {min(works):.2f}-{max(works):.2f} "
            f"| {bars / run.work_s:,.0f} | {run.imports_s:.2f} | {run.total_s:.2f} "
            f"| {run.peak_bytes / MEBI:.0f} | {rate} | {memory} |"
        )


def targets(runs: dict[str, list[Run]]) -> Iterator[str]:
    """Whether Yieldflow is where it has to be."""
    if set(runs) == set(PEERS):
        rate, tuned = (
            middle(runs[peer]).work_s / middle(runs[OURS]).work_s for peer in (PEER, TUNED)
        )
        yield Target(f"yieldflow's rate / {PEERS[PEER]}", rate, 2.0, at_least=True).line()
        yield f"- yieldflow's rate / {PEERS[TUNED]}: {tuned:.2f} (no target)"
