"""How a WebSocket feed lives through what venues do to connections."""

import asyncio
import json
import random
from dataclasses import dataclass, field, replace

import pytest

from connectors.sources import websocket_runner
from connectors.sources.live_feed import FeedLost, Gap
from connectors.sources.websocket_pace import Backoff
from connectors.streams.registry import VENUES
from tests.connectors.sources.ws_frames import (
    KEY,
    T0,
    Taken,
    answered,
    binance,
    finnhub,
    massive,
    status,
)
from tests.connectors.sources.ws_server import serving


@dataclass
class Noted(Backoff):
    """Waits for nothing, and notes what was asked for."""

    asked: list[tuple[float, int]] = field(default_factory=list)

    def wait(self, at_least=0.0):
        self.asked.append((at_least, self.failures))
        super().wait(at_least)
        return 0.0


def test_a_venue_that_hangs_is_left():
    async def session(caller):
        await answered(caller)
        await caller.tell(binance(caller.number))
        if caller.number == 1:
            await asyncio.Event().wait()  # reads nothing, answers no ping
        await caller.stay()

    with serving(session) as server:
        feed = server.opened("binance", idle_timeout=0.4)
        taken = Taken(feed).until(lambda got: got.ids == [1, 2])
        assert server.calls == 2
    assert taken.gaps == []


def test_a_venue_that_is_quiet_but_answers_pings_is_kept():
    async def session(caller):
        await answered(caller)
        await caller.stay()

    with serving(session) as server:
        feed = server.opened("binance", idle_timeout=0.2)
        Taken(feed).until(lambda got: server.pings >= 5)
        assert server.calls == 1
        assert feed.status().state == "connected"


def test_an_evicted_client_waits_and_its_waits_grow():
    async def session(caller):
        await caller.tell(status("connected"))
        await caller.hear()
        await caller.tell(status("auth_success"))
        await caller.hear()
        await caller.tell(status("success", "subscribed to: T.AAPL"), massive(caller.number))
        if caller.number < 5:
            await caller.tell(status("max_connections", "too many"))
            await caller.socket.close(code=1008)
        else:
            await caller.stay()

    backoff = Noted()
    with serving(session) as server:
        feed = server.opened("massive", ["AAPL"], key=KEY, backoff=backoff)
        Taken(feed).until(lambda got: got.ids == ["1", "2", "3", "4", "5"])
    assert backoff.asked == [(10.0, failures) for failures in range(4)]


def test_good_data_starts_the_waits_anew():
    async def session(caller):
        await answered(caller)
        if caller.number < 4:
            await caller.tell(*(binance(100 * caller.number + at) for at in range(100)))
            await caller.socket.close()
        await caller.stay()

    backoff = Noted(failures=9)
    with serving(session) as server:
        feed = server.opened("binance", backoff=backoff)
        Taken(feed).until(lambda got: server.calls == 4)
    assert backoff.asked == [(0.0, 0)] * 3


def test_before_a_shutdown_another_connection_is_opened():
    subscribed = asyncio.Event()
    told_after = []

    async def session(caller):
        await answered(caller)
        if caller.number == 1:
            await caller.tell(binance(1), '{"e":"serverShutdown","E":1}')
            await subscribed.wait()
            told_after.append(2)
            await caller.tell(binance(2), binance(3))  # the new one begins at 4
            await caller.sure()
            await caller.socket.close()
        else:
            await caller.tell(binance(4))
            await caller.sure()
            subscribed.set()
            await caller.tell(binance(3), binance(5))
            await caller.stay()

    with serving(session) as server:
        feed = server.opened("binance")
        taken = Taken(feed).until(lambda got: sorted(got.ids) == [1, 2, 3, 4, 5])
        assert feed.status().state == "connected"
    assert told_after == [2]
    assert (taken.gaps, len(taken.ids)) == ([], 5)


def test_what_no_overlapping_connection_tells_is_a_gap(monkeypatch):
    monkeypatch.setattr(websocket_runner, "OVERLAP", 0.3)

    async def session(caller):
        await answered(caller)
        await caller.tell(binance(1 if caller.number == 1 else 4))
        if caller.number == 1:
            await caller.tell('{"e":"serverShutdown","E":1}')
        await caller.stay()

    with serving(session) as server:
        taken = Taken(server.opened("binance")).until(lambda got: bool(got.gaps))
    cause = "trade ids 2 to 3 missing"
    assert taken.gaps == [Gap("BTCUSDT", (T0 + 1) * 1000, (T0 + 4) * 1000, cause)]


def test_a_server_that_shuts_down_again_and_again_is_not_stormed():
    async def session(caller):
        await answered(caller)
        await caller.tell('{"e":"serverShutdown","E":1}')
        await caller.stay()

    backoff = Noted()
    with serving(session) as server:
        feed = server.opened("binance", backoff=backoff)
        Taken(feed).until(lambda got: server.calls >= 4)
    assert [failures for _, failures in backoff.asked[:3]] == [0, 1, 2]


def test_a_venue_without_ids_leaves_a_gap_at_every_reconnect():
    async def session(caller):
        await caller.hear()
        if caller.number == 1:
            await caller.tell(finnhub(T0), finnhub(T0 + 50, symbol="TSLA"), finnhub(T0))
            await caller.sure()
            caller.cut()
        else:
            await caller.tell(finnhub(T0), finnhub(T0 + 9_000))
            await caller.stay()

    with serving(session) as server:
        feed = server.opened("finnhub", ["AAPL", "TSLA"], key=KEY)
        taken = Taken(feed).until(lambda got: len(got.rows) == 3 and bool(got.gaps))
    assert taken.gaps == [
        Gap("AAPL", (T0 - 1_000) * 1000, (T0 + 10_000) * 1000, "reconnected")
    ]  # of TSLA nothing has come yet
    assert feed.status().counters["duplicates"] == 2


@pytest.mark.parametrize(("first", "gaps"), [(8, []), (9, ["trade id 8 missing"])])
def test_a_later_life_tells_what_was_missed_meanwhile(first, gaps):
    async def session(caller):
        await answered(caller)
        begin = 1 if caller.number == 1 else first
        await caller.tell(*(binance(at) for at in range(begin, begin + 7)))
        await caller.stay()

    with serving(session) as server:
        before = Taken(server.opened("binance")).until(lambda got: len(got.ids) == 7)
        later = server.opened("binance", position=before.position)
        after = Taken(later).until(lambda got: len(got.ids) == 7)
    assert [gap.cause for gap in after.gaps] == gaps
    assert after.ids == list(range(first, first + 7))


def test_a_lost_message_of_a_counted_connection_is_a_gap(shared):
    frame = json.loads((shared / "wire/coinbase/advanced_ws_heartbeats.json").read_text())

    async def session(caller):
        await caller.hear()
        await caller.hear()
        said = (shared / "wire/coinbase/advanced_ws_subscriptions.json").read_text()
        await caller.tell(said, *(json.dumps(frame | {"sequence_num": at}) for at in (1, 2, 5)))
        await caller.stay()

    with serving(session) as server:
        feed = server.opened("coinbase_advanced", ["BTC-USD"])
        taken = Taken(feed).until(lambda got: bool(got.gaps))
    assert [(gap.symbol, gap.cause) for gap in taken.gaps] == [("", "sequence 3 to 4 missing")]


def test_a_subscription_that_the_venue_forgets_is_sent_again(monkeypatch):
    monkeypatch.setitem(VENUES, "yahoo", replace(VENUES["yahoo"], resubscribe_every=0.05))

    async def session(caller):
        await caller.stay()

    with serving(session) as server:
        feed = server.opened("yahoo", ["AAPL"], idle_timeout=0.2)
        Taken(feed).until(lambda got: len(server.heard) >= 4)
        assert {said for _, said in server.heard} == {'{"subscribe":["AAPL"]}'}


def test_a_refusal_while_running_ends_the_feed_after_what_was_read():
    async def session(caller):
        await answered(caller)
        await caller.tell(binance(1), '{"code":2,"msg":"too many parameters"}')
        await caller.stay()

    with serving(session) as server:
        taken = Taken(server.opened("binance")).until(lambda got: got.ids == [1])
        with pytest.raises(FeedLost, match="too many parameters"):
            taken.until(lambda got: False)


def test_a_random_pace_of_cuts_never_doubles_a_trade():
    chance = random.Random(5)

    async def session(caller):
        await answered(caller)
        begin = max(0, 40 * (caller.number - 1) - 15)
        await caller.tell(*(binance(at) for at in range(begin, begin + 55)))
        if caller.number < 12:
            await (caller.sure() if chance.random() < 0.5 else asyncio.sleep(0))
            await caller.socket.close()
        await caller.stay()

    with serving(session) as server:
        feed = server.opened("binance")
        taken = Taken(feed).until(lambda got: 479 in got.ids)
    assert taken.ids == list(range(480))
    assert taken.gaps == []
