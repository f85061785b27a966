"""Yieldflow itself: daily bars and one portfolio, every indicator, risk and advice."""

from importlib import import_module
from pathlib import Path

from pipeline.cli import main

HOLDINGS = "holdings.csv"  # beside the folder of the peer

for module in ("numpy", "polars", "pathway", "pipeline.replay"):
    import_module(module)  # counted as imports, as they are for the peers


def run(bars: Path, out: Path) -> None:
    """Turn a file of daily bars into all tables."""
    files = ["--bars", str(bars), "--interval", "1d", "--holdings", str(out.parent / HOLDINGS)]
    code = main(["replay", *files, "--benchmark", "equal_weight", "--out", str(out), "--quiet"])
    if code:
        raise SystemExit(code)
