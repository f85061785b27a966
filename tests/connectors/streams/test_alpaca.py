import json

import pytest

from connectors.streams.alpaca import VENUE, parse
from connectors.streams.events import Authenticated, Fatal, Greeted, Heartbeat, Retry, Trade, Unread
from connectors.streams.venue import Credentials
from tests.connectors.streams.wire import frames

KEY = Credentials("KEY", "SECRET")


def test_a_trade(shared):
    [frame] = frames(shared / "wire", "alpaca/ws_trade.json")
    assert parse(frame) == [Trade("AAPL", 1614009104208000, 126.55, 1.0, 96921, "alpaca:D")]


@pytest.mark.parametrize(
    ("time", "micros"),
    [
        ("2021-02-22T15:51:45.335689322Z", 1614009105335689),
        ("2021-02-22T15:51:45Z", 1614009105000000),
        ("2021-02-22T10:51:45.000001-05:00", 1614009105000001),
    ],
)
def test_times_are_cut_to_the_microsecond(shared, time, micros):
    [row] = json.loads((shared / "wire/alpaca/ws_trade.json").read_text())
    [trade] = parse(json.dumps([row | {"t": time}]))
    assert trade.ts_event == micros


@pytest.mark.parametrize("time", ["", "soon", "2021-02-22T15:51:45", 1614009105])
def test_a_time_without_a_zone_or_sense_is_refused(shared, time):
    [row] = json.loads((shared / "wire/alpaca/ws_trade.json").read_text())
    [event] = parse(json.dumps([row | {"t": time}]))
    assert isinstance(event, Unread)
    assert event.reason in ("bad_timestamp", "missing_field", "not_text")


def test_the_session_goes_as_documented(shared):
    steps = json.loads((shared / "wire/alpaca/ws_session_flow.json").read_text())
    assert parse(json.dumps(steps[0]["frame"])) == [Greeted()]
    assert parse(json.dumps(steps[2]["frame"])) == [Authenticated()]
    [said] = VENUE.on_status(Greeted(), ["AAPL"], KEY)
    assert json.loads(said) == steps[1]["frame"]
    [said] = VENUE.on_status(Authenticated(), ["AAPL"], KEY)
    assert json.loads(said) == {"action": "subscribe", "trades": ["AAPL"]}


def test_errors_are_told_apart(shared):
    kinds = {}
    for frame in frames(shared / "wire", "alpaca/ws_error_frames.json"):
        [event] = parse(frame)
        kinds[json.loads(frame)[0]["code"]] = type(event)
    retried = dict.fromkeys((401, 404, 406, 407, 500), Retry)
    fatal = dict.fromkeys((400, 402, 405, 408, 409), Fatal)
    assert kinds == retried | fatal | {403: Heartbeat}
