"""Ticks over a loopback connection, each at the moment it is due.

``python -m scripts.bench_peers.live_producer PORT TICKS``. The first line it sends is JSON, the
moment at which the first tick is due; all others are ticks.
"""

import json
import socket
import sys
import time
from pathlib import Path

from scripts.bench_peers.live_ticks import SPACING

LEAD_NS = 300_000_000  # from the first line to the first tick
SPACING_NS = SPACING * 1_000


def due_count(elapsed_ns: int, spacing_ns: int) -> int:
    """How many ticks are due so long after the start; the first is due at the start."""
    return elapsed_ns // spacing_ns + 1 if elapsed_ns >= 0 else 0


def produce(port: int, ticks: Path) -> None:
    """Send all lines; a receiver that is slow holds up nothing but the sending."""
    lines = ticks.read_bytes().splitlines(keepends=True)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        started, sent = time.monotonic_ns() + LEAD_NS, 0
        connection.sendall(json.dumps({"started_ns": started}).encode() + b"\n")
        while sent < len(lines):
            now = time.monotonic_ns()
            due = due_count(now - started, SPACING_NS)
            if due > sent:
                connection.sendall(b"".join(lines[sent:due]))
                sent = min(due, len(lines))
            else:
                time.sleep((started + sent * SPACING_NS - now) / 1e9)


if __name__ == "__main__":
    produce(int(sys.argv[1]), Path(sys.argv[2]))
