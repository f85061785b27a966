import json

from connectors.streams.coinbase import ADVANCED, VENUE, parse
from connectors.streams.events import Fatal, Numbered, Trade, Unread
from connectors.streams.venue import Credentials
from tests.connectors.streams.wire import frames


def test_a_match_and_the_last_match_of_before(shared):
    [match] = parse(frames(shared / "wire", "coinbase/exchange_ws_match.json")[0])
    assert match == Trade("SKL-BTC", 1618677817089723, 0.00001305, 985.0, 280232, "coinbase")
    [last] = parse(frames(shared / "wire", "coinbase/exchange_ws_last_match.json")[0])
    assert (last.symbol, last.trade_id) == ("BAND-GBP", 881613)


def test_trade_ids_of_the_capture_are_consecutive_per_product(shared):
    name = "coinbase/exchange_ws_capture_ticker_match.jsonl"
    trades = [event for frame in frames(shared / "wire", name) for event in parse(frame)]
    by_product = {trade.symbol: [] for trade in trades}
    for trade in trades:
        by_product[trade.symbol].append(trade.trade_id)
    assert len(by_product) == 10
    for ids in by_product.values():
        assert ids == list(range(ids[0], ids[0] + len(ids)))


def test_advanced_trades_carry_the_number_of_their_message(shared):
    [frame] = frames(shared / "wire", "coinbase/advanced_ws_market_trades.json")
    assert list(parse(frame)) == [
        Numbered(5, 1775572202789012),
        Trade("BTC-USD", 1775572202789012, 68900.5, 0.0015, 995098700, "coinbase"),
        Trade("BTC-USD", 1775572202800000, 68900.0, 0.05, 995098701, "coinbase"),
    ]


def test_a_snapshot_is_put_in_the_order_of_ids(shared):
    message = json.loads(frames(shared / "wire", "coinbase/advanced_ws_market_trades.json")[0])
    message["events"][0]["trades"].reverse()
    message["events"][0]["trades"].append({"trade_id": "1e3"})
    _, wrong, first, second = parse(json.dumps(message))
    assert isinstance(wrong, Unread)
    assert first.trade_id < second.trade_id


def test_an_error_is_hopeless():
    [event] = parse('{"type":"error","message":"Failed to subscribe","reason":"X is no product"}')
    assert event == Fatal("coinbase: Failed to subscribe: X is no product")


def test_subscriptions_have_the_shape_of_the_documents(shared):
    request = json.loads((shared / "wire/coinbase/exchange_ws_subscribe_request.json").read_text())
    [said] = map(json.loads, VENUE.on_open(["BTC-USD"], Credentials()))
    assert said.keys() == request.keys()
    assert said["channels"] == ["matches", "heartbeat"]
    assert [
        json.loads(frame)["channel"] for frame in ADVANCED.on_open(["BTC-USD"], Credentials())
    ] == ["market_trades", "heartbeats"]
