"""What venues say in tests, and all that a feed has made of it."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from connectors.sources.live_feed import Gap, LiveFeed, Position, Received, Rows
from connectors.sources.rejects import Reject

KEY, SECRET = "k3y-of-mine/+", "s3cret-of-mine"
T0 = 1_723_161_255_000  # milliseconds


def binance(trade_id, symbol="BTCUSDT", price="61837.63", ts=None):
    ts = T0 + trade_id if ts is None else ts
    row = {"e": "trade", "s": symbol, "t": trade_id, "p": price, "q": "0.5", "T": ts}
    return json.dumps({"stream": "x", "data": row})


def massive(trade_id, symbol="AAPL"):
    row = {"ev": "T", "sym": symbol, "x": 4, "i": str(trade_id), "p": 1.5, "s": 2, "t": T0}
    return json.dumps([row])


def status(name, message=""):
    return json.dumps([{"ev": "status", "status": name, "message": message}])


def finnhub(ts, price=1.0, symbol="AAPL"):
    return json.dumps({"type": "trade", "data": [{"s": symbol, "p": price, "t": ts, "v": 1}]})


async def answered(caller):
    """Binance takes the subscription."""
    await caller.hear()
    await caller.tell('{"result":null,"id":0}')


@dataclass
class Taken:
    """All that a feed has given."""

    feed: LiveFeed | None
    frames: list[pl.DataFrame] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    position: Position = field(default_factory=dict)

    def until(self, done: Callable[["Taken"], bool], seconds: float = 20.0) -> "Taken":
        """Receive until ``done``; fails when that takes too long."""
        end = time.monotonic() + seconds
        while not done(self):
            assert time.monotonic() < end, f"{self.feed.status()} gaps {self.gaps}"
            if (found := self.feed.receive(0.05)) is not None:
                self.add(found)
        return self

    def add(self, found: Received) -> None:
        self.gaps += found.gaps
        self.rejects += found.rejects
        self.position = found.position
        if found.messages is not None:
            assert isinstance(found.messages, Rows)
            self.frames.append(found.messages.frame)

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """symbol, ts_event, price, size, trade_id of every trade."""
        columns = ("symbol", "ts_event", "price", "size", "trade_id")
        return [row for frame in self.frames for row in frame.select(columns).rows()]

    @property
    def ids(self) -> list[Any]:
        return [row[-1] for row in self.rows]
