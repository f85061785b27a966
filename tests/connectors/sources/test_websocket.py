"""A WebSocket feed against a local server: what it says, what it reads, what it never shows."""

import asyncio
import json
import logging
import threading

import pytest

from connectors.sources import intake, websocket_link
from connectors.sources.errors import SourceError
from connectors.sources.live_feed import FeedLost
from connectors.sources.websocket import WebSocketFeed
from connectors.sources.websocket_pace import Backoff
from connectors.streams.registry import VENUES
from tests.connectors.sources.ws_frames import (
    KEY,
    SECRET,
    T0,
    Taken,
    answered,
    binance,
    massive,
    status,
)
from tests.connectors.sources.ws_server import serving


def test_trades_become_rows_of_the_kind():
    async def session(caller):
        await answered(caller)
        await caller.tell(binance(1), binance(2, price="0").encode())
        await caller.stay()

    with serving(session) as server:
        feed = server.opened("binance")
        taken = Taken(feed).until(lambda got: len(got.rows) == 2)
        assert feed.status().state == "connected"
    assert taken.rows == [
        ("BTCUSDT", (T0 + 1) * 1000, 61837.63, 0.5, 1),
        ("BTCUSDT", (T0 + 2) * 1000, 0.0, 0.5, 2),  # refused where prices are judged
    ]
    [venue] = {row for frame in taken.frames for row in frame["venue"]}
    lines = [line for frame in taken.frames for line in frame["line"]]
    assert venue == "binance"
    assert lines == [lines[0], lines[0] + 1]
    assert [json.loads(said)["params"] for _, said in server.heard] == [["btcusdt@trade"]]


def test_a_key_is_sent_when_asked_for_and_then_symbols():
    async def session(caller):
        await caller.tell(status("connected"))
        assert json.loads(await caller.hear()) == {"action": "auth", "params": KEY}
        await caller.tell(status("auth_success"))
        await caller.hear()
        await caller.tell(status("success", "subscribed to: T.AAPL"), massive(1))
        await caller.stay()

    with serving(session) as server:
        feed = server.opened("massive", ["AAPL"], key=KEY)
        Taken(feed).until(lambda got: got.ids == ["1"])
    assert json.loads(server.heard[1][1]) == {"action": "subscribe", "params": "T.AAPL"}


def test_a_wrong_key_stops_and_shows_no_key(caplog):
    async def session(caller):
        await caller.tell('[{"T":"success","msg":"connected"}]')
        await caller.hear()
        said = f"auth failed for {KEY} with {SECRET}"
        await caller.tell(json.dumps([{"T": "error", "code": 402, "msg": said}]))
        await caller.stay()

    caplog.set_level(logging.DEBUG)
    with serving(session) as server, pytest.raises(SourceError) as refused:
        server.opened("alpaca", ["AAPL"], key=KEY, secret=SECRET)
    assert "auth failed for ***" in str(refused.value)
    assert KEY not in str(refused.value) + caplog.text
    assert SECRET not in str(refused.value) + caplog.text
    assert server.calls == 1


@pytest.mark.parametrize("code", [401, 403, 451])
def test_a_refused_handshake_stops_and_shows_no_key(caplog, code):
    async def session(caller):
        raise AssertionError

    caplog.set_level(logging.DEBUG)
    with serving(session, code) as server, pytest.raises(SourceError, match=str(code)) as refused:
        server.opened("finnhub", ["AAPL"], key=KEY)
    assert "token=" in server.paths[0]
    assert "k3y" not in str(refused.value) + caplog.text


def test_a_venue_that_cannot_be_reached_is_lost_and_shows_no_key(caplog):
    caplog.set_level(logging.DEBUG)
    with serving(answered) as server:
        url = server.url  # nobody listens there any more
    feed = WebSocketFeed(
        "finnhub", ["A"], url=url, key=KEY, patience=0.3, backoff=Backoff(base=0.02)
    )
    with pytest.raises(FeedLost) as lost:
        feed.open(None)
    assert feed.status().counters["connects"] > 1
    assert "k3y" not in str(lost.value) + caplog.text + repr(feed.status())
    assert feed.status().state == "away"


def test_a_key_in_what_is_refused_is_hidden():
    async def session(caller):
        await caller.hear()
        await caller.tell(json.dumps({"type": "error", "msg": f"no symbol for {KEY}"}))
        await caller.stay()

    with serving(session) as server:
        feed = server.opened("finnhub", ["A"], key=KEY)
        taken = Taken(feed).until(lambda got: bool(got.rejects))
    [reject] = taken.rejects
    assert (reject.reason, reject.source) == ("refused_by_venue", "websocket:finnhub")
    assert "no symbol for ***" in reject.raw
    assert KEY not in reject.raw


def test_garbage_is_refused_and_the_rest_is_read():
    async def session(caller):
        await answered(caller)
        await caller.tell(
            "no JSON", b"\xff\xfe", binance(1), '{"e":"new"}', binance(-1), binance(2)
        )
        await caller.stay()

    with serving(session) as server:
        feed = server.opened("binance")
        taken = Taken(feed).until(lambda got: len(got.ids) == 2 and len(got.rejects) == 4)
    assert taken.ids == [1, 2]
    reasons = [reject.reason for reject in taken.rejects]
    assert reasons == ["not_json", "not_json", "unknown_frame", "not_a_number"]
    assert [reject.raw for reject in taken.rejects[:2]] == ["no JSON", "\\xff\\xfe"]
    lines = [line for frame in taken.frames for line in frame["line"]]
    positions = [reject.position for reject in taken.rejects] + lines
    assert sorted(positions) == list(range(min(positions), min(positions) + 6))
    assert feed.status().counters["rejected"] == 4


def test_a_reader_that_does_not_take_holds_the_venue_back(monkeypatch):
    monkeypatch.setattr(intake, "CAPACITY", 50)
    total, told = 2_000, []

    async def session(caller):
        await answered(caller)
        for number in range(total):
            await caller.tell(binance(number, symbol="A" * 10_000))
            told.append(number)
        await caller.stay()

    with serving(session) as server:
        feed = server.opened("binance")
        while feed.status().counters["buffered"] < 50:
            pass
        asyncio.run(asyncio.sleep(0.3))  # long enough to send all, were it read
        assert feed.status().counters["buffered"] == 50
        assert len(told) < total
        taken = Taken(feed).until(lambda got: len(got.rows) == total)
    assert taken.ids == list(range(total))
    assert feed.status().counters["connects"] == 1


def test_a_subscription_without_an_answer_is_tried_again(monkeypatch):
    monkeypatch.setattr(websocket_link, "HANDSHAKE", 0.2)

    async def session(caller):
        if caller.number > 1:
            await answered(caller)
        await caller.stay()

    with serving(session) as server:
        server.opened("binance", idle_timeout=0.4)
        assert server.calls == 2


def test_closing_ends_the_thread_and_leaves_what_was_read():
    async def session(caller):
        await answered(caller)
        await caller.tell(binance(1))
        await caller.stay()

    with serving(session) as server:
        feed = server.opened("binance")
        while not feed.status().counters["buffered"]:
            pass
        feed.close()
        feed.close()
        assert feed.name not in [thread.name for thread in threading.enumerate()]
        assert feed.receive(0.0).messages.frame["trade_id"].to_list() == [1]
        with pytest.raises(FeedLost):
            feed.receive(0.0)


@pytest.mark.parametrize(
    ("venue", "symbols", "said"),
    [
        ("binance", [], "no symbols"),
        ("binance", ["A"] * 1_025, "takes 1024"),
        ("alpaca", ["A"] * 31, "takes 30"),
        ("finnhub", ["A"], "needs a key"),
    ],
)
def test_what_the_venue_would_refuse_is_refused_at_once(venue, symbols, said):
    with pytest.raises(SourceError, match=said):
        WebSocketFeed(venue, symbols)


def test_every_venue_of_the_settings_is_there():
    assert {"binance", "finnhub", "massive", "coinbase", "yahoo", "alpaca"} <= set(VENUES)
