"""Peer: the same loop without Python's cyclic collector, which else walks all of talipp's history.

talipp keeps every value it has ever computed; nothing of that is ever cyclic garbage.
"""

import gc
from pathlib import Path

from scripts.bench_peers import talipp_loop


def run(bars: Path, out: Path) -> None:
    """Turn a file of daily bars into indicators.jsonl."""
    gc.disable()
    talipp_loop.run(bars, out)
