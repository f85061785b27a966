"""A minute of real frames of Binance, played by a local server that cuts the connection."""

import asyncio
import gzip
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.connectors.sources.ws_server import Caller

CAPTURE = "binance/ws_combined_capture_btc_eth_20240808.jsonl.gz"
SYMBOLS = ["BTCUSDT", "ETHUSDT"]
TAIL = 1_000  # frames after the last cut: both symbols trade in them


@dataclass
class Capture:
    """The capture as a venue: where it is, and when it cuts.

    Attributes:
        frames: as captured.
        due: seconds from the start at which each of them is sent; while nobody is there none is.
        cuts: indices before which the connection is cut.
        waits: resume where the client surely was; else go on without it.
        skip: so many frames at most go by while the client is away.
    """

    frames: list[str]
    due: list[float]
    cuts: list[int]
    waits: bool
    chance: random.Random
    skip: int = 300
    at: int = 0

    async def session(self, caller: Caller) -> None:
        await caller.hear()
        await caller.tell('{"result":null,"id":0}')
        sure, began = self.at, time.monotonic() - self.due[self.at]
        while self.at < len(self.frames):
            if self.cuts and self.at >= self.cuts[0]:
                self.cuts.pop(0)
                self.at = sure if self.waits else self.at + self.chance.randrange(self.skip)
                await self.end(caller)
                return
            if self.cuts and sure < self.cuts[0] - 200 <= self.at:
                await caller.sure()
                sure = self.at
            await asyncio.sleep(max(0.0, began + self.due[self.at] - time.monotonic()))
            await caller.tell(self.frames[self.at])
            self.at += 1
        await caller.stay()

    async def end(self, caller: Caller) -> None:
        if self.chance.random() < 0.5:
            caller.cut()
        else:
            await caller.socket.close()


def trades_of(captured: Sequence[str]) -> list[tuple[Any, ...]]:
    """Symbol, time, price, size and id, computed from the file, independently of the parser."""
    messages = [json.loads(frame).get("data", {}) for frame in captured]
    return [
        (row["s"], row["T"] * 1000, float(row["p"]), float(row["q"]), row["t"])
        for row in messages
        if row.get("e") == "trade"
    ]


def due(wire: Path, speed: float) -> list[float]:
    """Seconds from the start, as the frames were received."""
    lines = gzip.decompress((wire / CAPTURE).read_bytes()).splitlines()
    times = [json.loads(line)["recv_ns"] for line in lines]
    return [(moment - times[0]) / 1e9 / speed for moment in times]


def random_cuts(chance: random.Random, count: int, length: int) -> list[int]:
    """Indices of frames, in order."""
    return sorted(chance.sample(range(300, length - TAIL), count))
