import json

from connectors.streams.events import Authenticated, Fatal, Greeted, Retry, Subscribed, Trade
from connectors.streams.massive import VENUE, parse
from connectors.streams.venue import Credentials
from tests.connectors.streams.wire import frames

KEY = Credentials("YOUR_API_KEY")


def test_a_stock_a_coin_and_an_option(shared):
    found = [
        event
        for name in ("T_trade", "crypto_XT", "options_T")
        for frame in frames(shared / "wire", f"massive/ws_{name}.json")
        for event in parse(frame)
    ]
    assert found == [
        Trade("MSFT", 1536036818784000, 114.125, 100.0, "12345", "massive:4", "3681328"),
        Trade("BTC-USD", 1610462007425000, 33021.9, 0.01616617, "14272084", "massive:3", "None"),
        Trade("O:AMC210827C00037000", 1629820676333000, 1.54, 1.0, None, "massive:65", "651921857"),
    ]


def test_the_session_goes_as_documented(shared):
    steps = json.loads((shared / "wire/massive/ws_session_flow.json").read_text())
    asked = [step["frame"] for step in steps if step["dir"] == "out"]
    [greeting], [welcome] = (
        parse(json.dumps(step["frame"])) for step in steps[:4] if step["dir"] == "in"
    )
    symbols = ["AAPL", "AMZN"]
    assert (greeting, welcome) == (Greeted(), Authenticated())
    assert list(VENUE.on_open(symbols, KEY)) == []
    assert [json.loads(said) for said in VENUE.on_status(greeting, symbols, KEY)] == [asked[0]]
    assert [json.loads(said) for said in VENUE.on_status(welcome, symbols, KEY)] == [asked[1]]
    assert not VENUE.on_status(Subscribed(), symbols, KEY)


def test_pairs_are_asked_for_on_the_channel_of_crypto():
    [said] = VENUE.on_status(Authenticated(), ["BTC-USD", "MSFT"], KEY)
    assert json.loads(said)["params"] == "XT.BTC-USD,T.MSFT"


def test_a_wrong_key_is_hopeless_and_an_eviction_is_not(shared):
    [refused] = parse(frames(shared / "wire", "massive/ws_status_auth_failed.json")[0])
    assert refused == Fatal("massive: authentication failed")
    [evicted] = parse(frames(shared / "wire", "massive/ws_status_max_connections.json")[0])
    assert isinstance(evicted, Retry)
    assert evicted.after >= 1
    [late] = parse(frames(shared / "wire", "massive/ws_status_auth_timeout.json")[0])
    assert isinstance(late, Retry)
