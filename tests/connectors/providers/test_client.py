"""Questions about several symbols, of which some fail."""

import pytest

from connectors.providers.access import Patience
from connectors.providers.spec import (
    Fatal,
    Malformed,
    ProviderError,
    ProviderRetired,
    UnknownSymbol,
)
from tests.connectors.providers.conftest import AAPL, QUOTE, Opens
from tests.connectors.providers.replay_server import ReplayServer, Reply


def test_our_names_of_symbols_are_not_the_providers(server: ReplayServer, opens: Opens) -> None:
    server.reply("/quote", Reply(QUOTE))
    found = opens(symbols={"BTC-USD": "BINANCE:BTCUSDT"}).fetch("finnhub", "quote", ["BTC-USD"])
    assert [one.symbol for one in found] == ["BTC-USD"]
    assert server.seen[0].query == {"symbol": "BINANCE:BTCUSDT"}


def test_symbols_that_are_unknown_or_broken_leave_the_others(
    server: ReplayServer, opens: Opens
) -> None:
    server.reply("/quote", Reply(b'{"c":0,"t":0}'), Reply(b"{"), Reply(QUOTE))
    found = opens(patience=Patience(attempts=1)).fetch("finnhub", "quote", ["ZZ", "YY", "AAPL"])
    assert found == [AAPL]
    server.reply("/quote", Reply(b'{"c":0,"t":0}'))
    with pytest.raises(UnknownSymbol, match="ZZ"):
        opens().fetch("finnhub", "quote", ["ZZ"])


def test_three_broken_answers_in_a_row_end_the_question(server: ReplayServer, opens: Opens) -> None:
    server.reply("/quote", Reply(b"<html>"))
    with pytest.raises(Malformed):
        opens(patience=Patience(attempts=1)).fetch("finnhub", "quote", list("ABCDEFGH"))
    assert len(server.seen) == 3


def test_what_came_before_a_limit_is_kept(server: ReplayServer, opens: Opens) -> None:
    server.reply("/quote", Reply(QUOTE), Reply(status=429, headers={"Retry-After": "99"}))
    assert opens().fetch("finnhub", "quote", ["AAPL", "B", "C"]) == [AAPL]
    assert len(server.seen) == 2


def test_what_the_charge_raises_forbids_the_request(server: ReplayServer, opens: Opens) -> None:
    class NoBudget(ProviderError):
        pass

    def charge() -> int:
        raise NoBudget("spent")

    with pytest.raises(NoBudget, match="spent"):
        opens().fetch("finnhub", "quote", ["AAPL"], charge=charge)
    assert server.seen == []


def test_what_no_call_can_change_makes_no_call(server: ReplayServer, opens: Opens) -> None:
    with pytest.raises(ProviderRetired, match="2024-08-31"):
        opens().fetch("iex_cloud", "quote", ["AAPL"])
    with pytest.raises(Fatal, match=r"finnhub has no macro \(it has: quote, bars"):
        opens().fetch("finnhub", "macro", ["GDP"])
    with pytest.raises(Fatal, match="finnhub needs a key: get a free one"):
        opens(key=None).fetch("finnhub", "quote", ["AAPL"])
    with pytest.raises(Fatal, match="wrong form"):
        opens(key="two words").fetch("finnhub", "quote", ["AAPL"])
    with pytest.raises(Fatal, match="no provider `nobody`"):
        opens().fetch("nobody", "quote", ["AAPL"])
    assert server.seen == []
