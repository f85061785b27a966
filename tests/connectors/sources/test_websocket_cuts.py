"""Real frames of Binance through a local server that cuts the connection at random moments."""

import random
import re

import pytest

from connectors.sources.websocket_pace import Backoff
from tests.connectors.sources.ws_capture import (
    CAPTURE,
    SYMBOLS,
    TAIL,
    Capture,
    due,
    random_cuts,
    trades_of,
)
from tests.connectors.sources.ws_frames import Taken
from tests.connectors.sources.ws_server import serving
from tests.connectors.streams.wire import frames


@pytest.fixture
def wire(shared):
    return shared / "wire"


@pytest.fixture
def captured(wire):
    return frames(wire, CAPTURE)


def played(venue, wanted, seed):
    """All that the feed gives of a capture."""
    with serving(venue.session) as server:
        backoff = Backoff(base=0.02, longest=0.1, chance=random.Random(seed))
        feed = server.opened("binance", SYMBOLS, backoff=backoff)
        last = {row[0]: row for row in wanted}
        taken = Taken(feed).until(lambda got: set(last.values()) <= set(got.rows[-TAIL:]), 60)
    return taken, feed.status().counters


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
    venue = Capture(captured, when, random_cuts(chance, 20, len(captured)), True, chance)
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
    venue = Capture(captured, when, random_cuts(chance, 20, len(captured)), False, chance)
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
