"""Yieldflow itself: the ``yieldflow replay`` command, called in this process."""

from importlib import import_module
from pathlib import Path

from pipeline.cli import main
from scripts.bench_peers.stepper import VALUES

MAPPED = ("ts_event=event_time:us", "size=qty")

# The command imports what it needs when it runs. These count as imports, as they do for the peers;
# whatever it imports beyond them counts as its work.
for module in ("numpy", "polars", "pathway", "pipeline.replay"):
    import_module(module)


def run(ticks: Path, out: Path) -> None:
    """Turn a file of ticks into bars.jsonl and indicators.jsonl."""
    columns = [argument for mapping in MAPPED for argument in ("--map", mapping)]
    wanted = ["--interval", "1m", "--indicators", ",".join(VALUES)]
    code = main(["replay", "--trades", str(ticks), *columns, *wanted, "--out", str(out), "--quiet"])
    if code:
        raise SystemExit(code)
