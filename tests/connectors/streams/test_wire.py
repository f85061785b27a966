"""Every WebSocket sample of ../shared/wire through the parser of its venue."""

from collections import Counter

import pytest

from connectors.streams.events import Trade
from connectors.streams.registry import VENUES
from connectors.streams.venue import Credentials
from tests.connectors.streams.wire import VENUES as NAMES
from tests.connectors.streams.wire import frames, stream_files

# What the frames of a file say; files that are not named hold frames that say nothing of trades.
SAID = {
    "binance/ws_combined_capture_btc_eth_20240808.jsonl.gz": {"Trade": 2500},
    "binance/ws_trade.json": {"Trade": 1},
    "binance/ws_futures_usdm_trade.json": {"Trade": 1},
    "binance/ws_doc_trade.json": {"Trade": 1},
    "binance/ws_serverShutdown_raw.json": {"Shutdown": 1},
    "binance/ws_serverShutdown_combined.json": {"Shutdown": 1},
    "binance/ws_control_request_response.json": {"Subscribed": 3, "Heartbeat": 2},
    "binance/ws_error_frames.json": {"Fatal": 8},
    "coinbase/advanced_ws_ticker.json": {"Numbered": 1},
    "coinbase/advanced_ws_market_trades.json": {"Numbered": 1, "Trade": 2},
    "coinbase/advanced_ws_candles.json": {"Numbered": 1},
    "coinbase/advanced_ws_heartbeats.json": {"Numbered": 1, "Heartbeat": 1},
    "coinbase/advanced_ws_subscriptions.json": {"Numbered": 1, "Subscribed": 1},
    "coinbase/advanced_ws_l2_data_snapshot.json": {"Numbered": 1},
    "coinbase/advanced_ws_l2_data_update.json": {"Numbered": 1},
    "coinbase/exchange_ws_subscriptions.json": {"Subscribed": 1},
    "coinbase/exchange_ws_last_match.json": {"Trade": 1},
    "coinbase/exchange_ws_match.json": {"Trade": 1},
    "coinbase/exchange_ws_capture_ticker_match.jsonl": {"Trade": 107},
    "massive/ws_T_trade.json": {"Trade": 1},
    "massive/ws_crypto_XT.json": {"Trade": 1},
    "massive/ws_options_T.json": {"Trade": 1},
    "massive/ws_session_flow.json": {
        "Greeted": 1,
        "Authenticated": 1,
        "Subscribed": 2,
        "Trade": 3,
        "Heartbeat": 1,
    },
    "massive/ws_status_auth_failed.json": {"Fatal": 1},
    "massive/ws_status_auth_timeout.json": {"Retry": 1},
    "massive/ws_status_max_connections.json": {"Retry": 1},
    "finnhub/ws_trade_TSLA_AAPL_20221229.json": {"Trade": 9},
    "finnhub/ws_trade_duplicates_AAPL_2020.json": {"Trade": 9},
    "finnhub/ws_trade_doc.json": {"Trade": 1},
    "finnhub/ws_price_update_v0.json": {"Trade": 1},
    "finnhub/ws_ping.json": {"Heartbeat": 1},
    "finnhub/ws_error_invalid_symbol.json": {"Refused": 1},
    "alpaca/ws_trade.json": {"Trade": 1},
    "alpaca/ws_error_frames.json": {"Fatal": 5, "Retry": 5, "Heartbeat": 1},
    "alpaca/ws_session_flow.json": {"Greeted": 1, "Authenticated": 1, "Subscribed": 2},
    "yahoo/ws_pricing_frames.json": {"Trade": 8},
}
SOMETIME = (1_500_000_000_000_000, 1_800_000_000_000_000)  # 2017 to 2027, microseconds
BROKEN = [
    "",
    "not JSON",
    "null",
    "42",
    '"text"',
    "[]",
    "{}",
    "[[[[]]]]",
    "[" * 500 + "]" * 500,
    '{"e": "trade"}',
    '{"e": ["trade"], "stream": 1, "data": {"e": {}}}',
    '{"stream": "btcusdt@trade", "data": null}',
    '{"stream": "btcusdt@trade", "data": [1, null, "x", []]}',
    '{"type": "trade", "data": [null, 1, {}]}',
    '{"type": ["trade"]}',
    '[{"ev": []}, {"ev": "T"}, {"ev": "status", "status": []}, 7, null]',
    '[{"T": {}}, {"T": "t"}, {"T": "error", "code": []}, {"T": "success", "msg": []}]',
    '{"channel": [], "sequence_num": 1, "timestamp": "2026-04-07T14:30:02Z"}',
    '{"channel": "market_trades", "sequence_num": 1, "timestamp": "never"}',
    '{"channel": "market_trades", "sequence_num": 1, "timestamp": "2026-04-07T14:30:02Z",'
    ' "events": [null, {"trades": [null, {"trade_id": "x"}]}]}',
    '{"type": "pricing", "message": 17}',
    '{"type": "pricing", "message": "////"}',
    "CgRBQVBM",
    "é",
]


@pytest.fixture
def wire(shared):
    return shared / "wire"


def test_every_sample_says_what_it_should(wire):
    files = stream_files(wire)
    assert set(SAID) <= set(files)
    said = {
        name: Counter(
            type(event).__name__
            for frame in frames(wire, name)
            for event in VENUES[name.split("/")[0]].parse(frame)
        )
        for name in files
    }
    assert said == {name: Counter(SAID.get(name, {})) for name in files}


def test_every_trade_of_a_sample_has_a_sound_time_price_and_venue(wire):
    trades = [
        (event, name.split("/")[0])
        for name in stream_files(wire)
        for frame in frames(wire, name)
        for event in VENUES[name.split("/")[0]].parse(frame)
        if isinstance(event, Trade)
    ]
    assert len(trades) == sum(said.get("Trade", 0) for said in SAID.values())
    for trade, venue in trades:
        assert SOMETIME[0] < trade.ts_event < SOMETIME[1]
        assert trade.price > 0
        assert trade.size >= 0
        assert trade.venue.split(":")[0] == venue
        assert isinstance(trade.trade_id, str) == (
            venue == "massive" and trade.trade_id is not None
        )


def test_bytes_say_what_their_text_says(wire):
    for name in stream_files(wire):
        parse = VENUES[name.split("/")[0]].parse
        for frame in frames(wire, name)[:50]:
            assert list(parse(frame.encode())) == list(parse(frame))


@pytest.mark.parametrize("frame", BROKEN)
@pytest.mark.parametrize("venue", [*NAMES, "coinbase_advanced"])
def test_a_broken_frame_is_no_trade_and_no_crash(venue, frame):
    for given in (frame, frame.encode()):
        assert not any(isinstance(event, Trade) for event in VENUES[venue].parse(given))


@pytest.mark.parametrize("venue", list(NAMES))
def test_text_that_is_no_json_is_refused(venue):
    [event] = VENUES[venue].parse("{no JSON")
    assert event.reason == "not_json"


@pytest.mark.parametrize("venue", list(NAMES))
def test_a_frame_cut_or_changed_anywhere_does_not_crash(venue, wire):
    parse = VENUES[venue].parse
    for name in stream_files(wire):
        if not name.startswith(venue):
            continue
        for frame in frames(wire, name)[:3]:
            raw = frame.encode()
            for at in range(0, len(raw), 7):
                parse(raw[:at])
                parse(raw[:at] + b'"' + raw[at + 1 :])
                parse(raw[:at] + b"9" + raw[at + 1 :])
                parse(raw[:at] + b"\xff" + raw[at + 1 :])


@pytest.mark.parametrize("name", list(VENUES))
def test_no_frame_but_that_of_the_key_shows_a_key(name):
    venue, credentials = VENUES[name], Credentials("k-e-y", "s-e-c")
    assert "k-e-y" not in "".join(venue.on_open(["A"], credentials))
    assert "k-e-y" not in repr(credentials)
    assert credentials.redact("https://x/?token=k-e-y&s-e-c") == "https://x/?token=***&***"


@pytest.mark.parametrize("spelt", ["a/b+c=", "a%2Fb%2Bc%3D", "a/b%2Bc%3D", "a/b%2Bc="])
def test_a_key_is_hidden_however_an_address_spells_it(spelt):
    assert Credentials("a/b+c=").redact(f"?token={spelt}&x") == "?token=***&x"
