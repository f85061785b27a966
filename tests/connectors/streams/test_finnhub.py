import json

from connectors.streams.events import Heartbeat, Refused, Trade, Unread
from connectors.streams.finnhub import VENUE, parse
from connectors.streams.venue import Credentials
from tests.connectors.streams.wire import frames


def test_trades_of_several_symbols_in_one_frame(shared):
    [frame] = frames(shared / "wire", "finnhub/ws_trade_TSLA_AAPL_20221229.json")
    trades = parse(frame)
    assert trades[0] == Trade(
        "TSLA", 1672348887195000, 122.1, 1.0, None, "finnhub", '["1","8","24","12"]'
    )
    assert [trade.symbol for trade in trades] == ["TSLA"] * 7 + ["AAPL"] * 2
    assert len(set(trades)) == 9


def test_a_volume_of_zero_is_a_price(shared):
    [frame] = frames(shared / "wire", "finnhub/ws_price_update_v0.json")
    [trade] = parse(frame)
    assert (trade.symbol, trade.price, trade.size) == ("OANDA:EUR_USD", 1.08342, 0.0)


def test_a_frame_told_again_is_the_same_and_equal_trades_of_one_frame_are_several(shared):
    told = frames(shared / "wire", "finnhub/ws_trade_duplicates_AAPL_2020.json")
    assert len({trade for frame in told for trade in parse(frame)}) == 3
    row = json.loads(told[0])["data"][0]
    twice = json.dumps({"type": "trade", "data": [row, row, row]})
    assert len(set(parse(twice))) == 3
    assert parse(twice) == parse(twice)


def test_one_bad_row_leaves_the_others():
    good = {"s": "A", "p": 1, "t": 1672348887195, "v": 1}
    events = parse(json.dumps({"type": "trade", "data": [good, {"s": "A"}, None, good | {"p": 2}]}))
    assert [type(event) for event in events] == [Trade, Unread, Unread, Trade]


def test_ping_and_a_refused_symbol():
    assert parse('{"type":"ping"}') == (Heartbeat(),)
    assert parse('{"type":"error","msg":"Invalid symbol X"}') == (
        Refused("finnhub: Invalid symbol X"),
    )


def test_symbols_are_subscribed_one_by_one_as_documented(shared):
    control = json.loads((shared / "wire/finnhub/ws_control.json").read_text())
    [first, second] = VENUE.on_open(["AAPL", "TSLA"], Credentials("key"))
    assert json.loads(first) == control["subscribe"]
    assert json.loads(second)["symbol"] == "TSLA"
    assert not VENUE.acknowledges
