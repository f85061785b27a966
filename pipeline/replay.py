"""``yieldflow replay``: files in, the JSONL tables and summary.json of the contract out."""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pathway as pw
import uuid_utils

from connectors.sinks.follow import follow
from connectors.sinks.jsonlines import write_jsonlines
from connectors.sources.progress import FeedCounts, FeedProgress
from connectors.sources.stop import StopToken
from pipeline.book_options import book_policy
from pipeline.engine import run_engine
from pipeline.graph import Graph, build_graph
from pipeline.inputs import sources_of
from pipeline.progress_line import ProgressLine, Rate
from pipeline.request import Request
from pipeline.series_options import series_options
from pipeline.texts import feed_progress
from serving.composition import is_billed

BOOK_TABLES = (
    *("positions", "portfolio_risk", "advice", "advice_changes"),
    *("advice_versions", "evaluations", "track_record", "sessions"),
)


@dataclass
class Tally:
    """What the summary says beyond the feed's own counters; filled while the engine runs."""

    rejected: dict[str, int] = field(default_factory=dict)
    open_advice: set[str] = field(default_factory=set)

    def on_rejected(self, row: Mapping[str, Any], is_addition: bool) -> None:
        """Count one refused row by its reason."""
        self.rejected[row["reason"]] = self.rejected.get(row["reason"], 0) + (
            1 if is_addition else -1
        )

    def on_advice(self, row: Mapping[str, Any], is_addition: bool) -> None:
        """Follow which advice is open."""
        if is_addition and is_billed(row):
            self.open_advice.add(row["advice_id"])
        else:
            self.open_advice.discard(row["advice_id"])


def replay(request: Request, *, quiet: bool) -> int:
    """Process the files and write the tables; returns the exit code."""
    progress, tally, run_id = FeedProgress(), Tally(), str(uuid_utils.uuid7())
    stop = StopToken()
    graph = _graph(request, progress, stop)
    _write(graph, request.out, tally)
    started, rate = time.monotonic(), Rate()

    def line() -> str:
        return feed_progress(progress.snapshot(), rate)

    with ProgressLine(line, sys.stderr, enabled=not quiet):
        run_engine(stop)
    summary = _summary(progress.snapshot(), tally, request.out, time.monotonic() - started, run_id)
    (request.out / "summary.json").write_text(
        json.dumps(summary, indent=2) + "\n", encoding="utf-8"
    )
    if not quiet:
        _report(summary, request.out)
    return 0


def _graph(request: Request, progress: FeedProgress, stop: StopToken) -> Graph:
    settings = request.settings
    sources = sources_of(
        request.inputs, settings.engine, stop=stop, progress=progress, prices=False
    )
    advised = request.inputs.documents is not None
    series = series_options(settings, advised=advised, forming=False)
    return build_graph(
        sources,
        series=series,
        policy=book_policy(settings),
        currency=settings.market.currency,
        keep=None,
    )


def _write(graph: Graph, out: Path, tally: Tally) -> None:
    """Every table to its file, and an empty file for each table that this run does not have."""
    tables = graph.tables()
    if graph.book is not None:
        states = graph.book.advice.select(pw.this.advice_id, pw.this.state, pw.this.severity)
        follow(states, tally.on_advice, name="advice-tally")
    for name, table in tables.items():
        write_jsonlines(table, out / f"{name}.jsonl", name=f"{name}-file")
    for name in set(BOOK_TABLES) - set(tables):
        (out / f"{name}.jsonl").write_bytes(b"")
    follow(graph.rejected.select(pw.this.reason), tally.on_rejected, name="rejected-tally")


def _bar_count(file: Path) -> int:
    """Rows of the final table: additions less retractions in the change log."""
    total = 0
    with file.open("rb") as log:
        while block := log.read(1 << 22):
            block += log.readline()
            total += block.count(b'"diff":1,') - block.count(b'"diff":-1,')
    return total


def _summary(
    counts: FeedCounts, tally: Tally, out: Path, elapsed: float, run_id: str
) -> dict[str, object]:
    return {
        "rows_in": counts.rows_in,
        "rejected": dict(sorted(tally.rejected.items())),
        "bars": _bar_count(out / "bars.jsonl"),
        "advice_open": len(tally.open_advice),
        "elapsed_s": round(elapsed, 3),
        "rows_per_s": round(counts.rows_in / elapsed) if elapsed else 0,
        "run_id": run_id,
    }


def _report(summary: dict[str, object], out: Path) -> None:
    print(
        f"{summary['rows_in']:,} rows in {summary['elapsed_s']} s "
        f"({summary['rows_per_s']:,} rows/s): "
        f"{summary['bars']:,} bars, {summary['advice_open']} advice open -> {out}"
    )
    rejected = summary["rejected"]
    if isinstance(rejected, dict) and rejected:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in rejected.items())
        print(f"rejected: {reasons} (see {out / 'rejected.jsonl'})")
