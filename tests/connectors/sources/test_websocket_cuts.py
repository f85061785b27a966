"""Real frames of Binance through a local server that cuts the connection at random moments."""

import asyncio
import gzip
import json
import random
import re
import time
from dataclasses import dataclass, field

import pytest

from connectors.sources.websocket_pace import Backoff
from tests.connectors.sources.ws_frames import Taken
from tests.connectors.sources.ws_server import serving
from tests.connectors.streams.wire import frames

CAPTURE = "binance/ws_combined_capture_btc_eth_20240808.jsonl.gz"
SYMBOLS = ["BTCUSDT", "ETHUSDT"]
TAIL = 1_000  # frames after the last cut: both symbols trade in them


@dataclass
class Capture:
    """The capture as a venue: where it is, and when it cuts.

    Attributes:
        frames: as captured.
        due: seconds from the start at which each of them is sent.
        cuts: indices before which the connection is cut.
        waits: resume where the client surely was; else go on without it, ``skip`` frames further.
    """

    frames: list[str]
    due: list[float]
    cuts: list[int]
    waits: bool
    chance: random.Random
    at: int = 0
    began: float = field(default_factory=time.monotonic)

    async def session(self, caller):
        await caller.hear()
        await caller.tell('{"result":null,"id":0}')
        sure = self.at
        while self.at < len(self.frames):
            if self.cuts and self.at >= self.cuts[0]:
                self.cuts.pop(0)
                self.at = sure if self.waits else self.at + self.chance.randrange(300)
                await self.end(caller)
                return
            if self.cuts and sure < self.cuts[0] - 200 <= self.at:
                await caller.sure()
                sure = self.at
            await asyncio.sleep(max(0.0, self.began + self.due[self.at] - time.monotonic()))
            await caller.tell(self.frames[self.at])
            self.at += 1
        await caller.stay()

    async def end(self, caller):
        if self.chance.random() < 0.5:
            caller.cut()
        else:
            await caller.socket.close()


@pytest.fixture
def wire(shared):
    return shared / "wire"


@pytest.fixture
def captured(wire):
    return frames(wire, CAPTURE)


def trades_of(captured):
    """Computed from the file, independently of the parser."""
    messages = [json.loads(frame)["data"] for frame in captured]
    return [
        (row["s"], row["T"] * 1000, float(row["p"]), float(row["q"]), row["t"])
        for row in messages
        if row.get("e") == "trade"
    ]


def due(wire, speed):
    """Seconds from the start, as the frames were received."""
    lines = gzip.decompress((wire / CAPTURE).read_bytes()).splitlines()
    times = [json.loads(line)["recv_ns"] for line in lines]
    return [(moment - times[0]) / 1e9 / speed for moment in times]


def played(venue, wanted, seed):
    """All that the feed gives of a capture."""
    with serving(venue.session) as server:
        venue.began = time.monotonic()
        backoff = Backoff(base=0.02, longest=0.1, chance=random.Random(seed))
        feed = server.opened("binance", SYMBOLS, backoff=backoff)
        last = {row[0]: row for row in wanted}
        taken = Taken(feed).until(lambda got: set(last.values()) <= set(got.rows[-TAIL:]), 60)
    return taken, feed.status().counters


def cuts(chance, count, length):
    return sorted(chance.sample(range(300, length - TAIL), count))


@pytest.mark.parametrize("speed", [20.0, None])
def test_all_frames_arrive_once(captured, wire, speed):
    when = due(wire, speed) if speed else [0.0] * len(captured)
    wanted = trades_of(captured)
    taken, counters = played(Capture(captured, when, [], True, random.Random(1)), wanted, 1)
    assert taken.rows == wanted
    assert (taken.gaps, taken.rejects) == ([], [])
    assert counters["frames"] == len(captured) + 1  # and the answer to the subscription


@pytest.mark.parametrize(("speed", "seed"), [(20.0, 1), (None, 2), (None, 3)])
def test_twenty_cuts_lose_nothing_when_the_venue_waits(captured, wire, speed, seed):
    chance = random.Random(seed)
    when = due(wire, speed) if speed else [0.0] * len(captured)
    venue = Capture(captured, when, cuts(chance, 20, len(captured)), True, chance)
    wanted = trades_of(captured)
    taken, counters = played(venue, wanted, seed)
    assert counters["connects"] == 21
    assert sorted(taken.rows) == sorted(wanted)
    assert (taken.gaps, taken.rejects) == ([], [])
    assert counters["duplicates"] > 0


@pytest.mark.parametrize(("speed", "seed"), [(20.0, 4), (None, 5), (None, 6)])
def test_twenty_cuts_name_every_missing_trade_when_the_venue_goes_on(captured, wire, speed, seed):
    chance = random.Random(seed)
    when = due(wire, speed) if speed else [0.0] * len(captured)
    venue = Capture(captured, when, cuts(chance, 20, len(captured)), False, chance)
    wanted = trades_of(captured)
    taken, counters = played(venue, wanted, seed)
    assert counters["connects"] == 21
    got = set(taken.rows)
    assert len(got) == len(taken.rows)
    assert got < set(wanted)
    missing = {(row[0], row[4]): row[1] for row in wanted if row not in got}
    named = {}
    for gap in taken.gaps:
        first, last = re.fullmatch(r"trade ids? (\d+)(?: to (\d+))? missing", gap.cause).groups()
        for trade_id in range(int(first), int(last or first) + 1):
            named[gap.symbol, trade_id] = gap
    assert named.keys() == missing.keys()
    assert all(named[key].ts_from <= ts <= named[key].ts_to for key, ts in missing.items())
    assert counters["gaps"] == len(taken.gaps)


def test_ten_seconds_at_their_own_pace_with_four_cuts(captured, wire):
    when = [moment for moment in due(wire, 1.0) if moment < 10.0]
    some, chance = captured[: len(when)], random.Random(7)
    venue = Capture(some, when, sorted(chance.sample(range(200, len(some) - 200), 4)), True, chance)
    taken, counters = played(venue, trades_of(some), 7)
    assert counters["connects"] == 5
    assert sorted(taken.rows) == sorted(trades_of(some))
    assert taken.gaps == []
