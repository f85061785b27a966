"""Run one peer in this process: ``python -m scripts.bench_peers NAME TICKS OUT``.

The last line it prints is JSON: seconds spent on imports and on the work, or what is not installed.
"""

import importlib
import json
import sys
import time
from pathlib import Path


def main(name: str, ticks: str, out: str) -> None:
    """Import the peer, then let it work."""
    started = time.perf_counter()
    try:
        peer = importlib.import_module(f"scripts.bench_peers.{name}")
    except ModuleNotFoundError as error:
        print(json.dumps({"missing": error.name}))
        return
    imported = time.perf_counter()
    peer.run(Path(ticks), Path(out))
    done = time.perf_counter()
    print(json.dumps({"imports_s": imported - started, "work_s": done - imported}))


if __name__ == "__main__":
    main(*sys.argv[1:])
