"""Peer: a bare asyncio loop with orjson. Each tick changes the views as soon as it has come.

``python -m scripts.bench_peers.live_loop FOLDER OUT`` starts the producer of ticks, takes them all
and writes what the views hold in the end. The last line it prints is JSON: latencies and CPU.
"""

import asyncio
import json
import subprocess
import sys
import time
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from orjson import dumps, loads

from scripts.bench_peers import latency
from scripts.bench_peers.live_ticks import history_of, ticks_of
from scripts.bench_peers.stepper import BAR, Bar, step
from scripts.bench_peers.tail import Symbol, bar_row, indicator_row

Row = dict[str, Any]


class Views:
    """Latest prices, bars and indicators by key; a bar that is forming is shown after each tick."""

    def __init__(self, history: Path) -> None:
        self.symbols: dict[str, Symbol] = {}
        self.quotes: dict[str, Row] = {}
        self.bars: dict[tuple[str, int], Row] = {}
        self.indicators: dict[tuple[str, int], Row] = {}
        self.quotes_at, self.bars_at = array("q"), array("q")
        self.minute = 0
        for line in history.read_bytes().splitlines():
            self._learn(loads(line))

    def _learn(self, row: Row) -> None:
        """Step a symbol by a bar of its history."""
        symbol = self.symbols.setdefault(row["symbol"], Symbol(row["symbol"]))
        bar = Bar(row["ts_event"], row["ts_event"], row["open"], row["volume"])
        bar.high, bar.low, bar.close = row["high"], row["low"], row["close"]
        bar.turnover = (bar.high + bar.low + bar.close) / 3 * bar.volume
        symbol.base, _ = step(symbol.base, bar)

    def take(self, tick: Row) -> None:
        """Show one tick."""
        name, moment, price, size = tick["symbol"], tick["event_time"], tick["price"], tick["qty"]
        self.quotes[name] = {"symbol": name, "price": price, "size": size, "ts_event": moment}
        self.quotes_at.append(time.monotonic_ns())
        if moment - self.minute >= BAR:
            self.close(moment)
        symbol = self.symbols[name]
        symbol.add(moment, price, size)
        symbol.step_from(len(symbol.pending) - 1)
        self._show(name, symbol.forming)
        self.bars_at.append(time.monotonic_ns())

    def _show(self, name: str, bar: Bar) -> None:
        row, values = bar_row(name, bar), indicator_row(name, bar)
        row["is_final"] = values["is_final"] = False
        self.bars[name, bar.minute] = row
        self.indicators[name, bar.minute] = values

    def close(self, moment: int) -> None:
        """Show the bars that have ended as final; keep what a late tick may change."""
        for name, symbol in self.symbols.items():
            if symbol.pending:
                self.bars[name, symbol.newest]["is_final"] = True
                self.indicators[name, symbol.newest]["is_final"] = True
                symbol.final(moment)
        self.minute = moment - moment % BAR

    def write(self, out: Path) -> None:
        """Write the views, one file each."""
        for name in ("quotes", "bars", "indicators"):
            rows: Iterator[Row] = iter(getattr(self, name).values())
            (out / f"{name}.jsonl").write_bytes(b"".join(dumps(row) + b"\n" for row in rows))


class Feed(asyncio.Protocol):
    """The connection of the producer: lines to ticks."""

    def __init__(self, views: Views, ended: asyncio.Event, cpu: latency.CpuWindow) -> None:
        self._views, self._ended, self._cpu, self._rest = views, ended, cpu, b""
        self.started_ns = 0

    def data_received(self, data: bytes) -> None:
        """Take all whole lines."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if not self.started_ns and lines:
            self.started_ns = loads(lines.pop(0))["started_ns"]
            self._cpu.schedule(asyncio.get_running_loop(), self.started_ns)
        for line in lines:
            self._views.take(loads(line))

    def connection_lost(self, reason: Exception | None) -> None:
        """That was all."""
        self._ended.set()


async def run(folder: Path, out: Path) -> dict[str, float]:
    """Take all ticks; latencies and CPU share."""
    views, ended, cpu = Views(history_of(folder)), asyncio.Event(), latency.CpuWindow()
    feed = Feed(views, ended, cpu)
    server = await asyncio.get_running_loop().create_server(lambda: feed, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    module = "scripts.bench_peers.live_producer"
    producer = subprocess.Popen([sys.executable, "-m", module, str(port), str(ticks_of(folder))])
    await ended.wait()
    server.close()
    producer.wait()
    views.close(views.minute + BAR)
    views.write(out)
    due = latency.due_times(feed.started_ns)
    quotes, bars = (np.frombuffer(at, np.int64) for at in (views.quotes_at, views.bars_at))
    return latency.summary(quotes - due, bars - due, cpu.share)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(Path(sys.argv[1]), Path(sys.argv[2])))))
