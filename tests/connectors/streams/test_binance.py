import json

import pytest

from connectors.streams.binance import VENUE, parse
from connectors.streams.events import Fatal, Trade, Unread
from connectors.streams.venue import Credentials
from tests.connectors.streams.wire import frames

TRADE = {"e": "trade", "E": 1, "s": "BTCUSDT", "t": 7, "p": "61.5", "q": "0.02", "T": 1723161255342}


def test_a_captured_trade(shared):
    [frame] = frames(shared / "wire", "binance/ws_trade.json")
    assert parse(frame) == (
        Trade("BTCUSDT", 1723161255342000, 61837.63, 0.02, 3735683259, "binance"),
    )
    assert parse(json.dumps(json.loads(frame)["data"])) == parse(frame)


def test_times_in_microseconds_stay_exact():
    [trade] = parse(json.dumps(TRADE | {"T": 1723161255342123}))
    assert trade.ts_event == 1723161255342123


def test_trade_ids_of_the_capture_are_consecutive(shared):
    name = "binance/ws_combined_capture_btc_eth_20240808.jsonl.gz"
    trades = [event for frame in frames(shared / "wire", name) for event in parse(frame)]
    for symbol, count in (("BTCUSDT", 1381), ("ETHUSDT", 1119)):
        ids = [trade.trade_id for trade in trades if trade.symbol == symbol]
        assert ids == list(range(ids[0], ids[0] + count))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"s": ""}, "missing_field"),
        ({"s": 5}, "not_text"),
        ({"p": "much"}, "not_a_number"),
        ({"p": None}, "missing_field"),
        ({"q": True}, "not_a_number"),
        ({"t": -1}, "not_a_number"),
        ({"t": 2**63}, "not_a_number"),
        ({"T": "yesterday"}, "bad_timestamp"),
        ({"T": 2**63}, "bad_timestamp"),
    ],
)
def test_a_trade_with_a_bad_field_is_refused_with_its_text(change, reason):
    [event] = parse(json.dumps(TRADE | change))
    assert isinstance(event, Unread)
    assert event.reason == reason
    assert json.loads(event.raw) == TRADE | change


def test_an_unknown_event_is_refused():
    assert parse('{"e": "surprise"}') == (Unread("unknown_frame", '{"e":"surprise"}'),)


def test_an_error_names_what_binance_said(shared):
    frame = frames(shared / "wire", "binance/ws_error_frames.json")[4]
    [event] = parse(frame)
    assert isinstance(event, Fatal)
    assert "unknown variant SUBSCRIB" in event.reason


def test_a_subscription_is_split_over_frames_and_spelt_in_lower_case():
    symbols = [f"S{number}USDT" for number in range(401)]
    asked = [json.loads(frame) for frame in VENUE.on_open(symbols, Credentials())]
    assert [len(frame["params"]) for frame in asked] == [200, 200, 1]
    assert asked[0]["params"][0] == "s0usdt@trade"
    assert {frame["method"] for frame in asked} == {"SUBSCRIBE"}
    assert len({frame["id"] for frame in asked}) == 3


def test_limits_are_those_of_the_documents(shared):
    rules = json.loads((shared / "wire/binance/ws_session_rules.json").read_text())
    assert VENUE.max_symbols == rules["streams_per_connection"]
    assert f"{VENUE.sends_per_second + 1} msgs/s" in rules["inbound_limit"]
    assert VENUE.idle_timeout <= 60
