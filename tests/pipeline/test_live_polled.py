"""Providers that are asked again and again: bars of their quotes, what they cost, who falls in."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest

from tests.connectors.providers.replay_server import ReplayServer, Reply, serving
from tests.pipeline.conftest import LiveRun
from tests.pipeline.live_api import ACCOUNTS, ENV, Api
from tests.pipeline.live_bars import SECOND, bars_of, stored_bars
from tests.pipeline.live_runs import Run

pytestmark = pytest.mark.integration
START = 1_769_053_500  # seconds
COINS = ("bitcoin", "ethereum")
FAST = [[1_000, 1]]  # calls per second
Start = Callable[[], ReplayServer]


@pytest.fixture
def providers() -> Iterator[Start]:
    """Starts servers that answer as providers do."""
    with ExitStack() as started:
        yield lambda: started.enter_context(serving())


def coingecko(moment: int, **prices: float) -> Reply:
    told = {coin: {"usd": price, "last_updated_at": moment} for coin, price in prices.items()}
    return Reply(json.dumps(told).encode())


def yahoo(symbol: str, moment: int, price: float) -> Reply:
    meta = {"symbol": symbol, "regularMarketTime": moment, "currency": "USD"}
    chart = {"result": [{"meta": {**meta, "regularMarketPrice": price}}], "error": None}
    return Reply(json.dumps({"chart": chart}).encode())


def engine(
    live_run: LiveRun, database: str, polled: dict[str, Any], providers: dict[str, Any]
) -> Run:
    feed = {"symbols": list(COINS), "every": "1s", **polled}
    sections = {
        "data_sources": [{"type": "snapshots", "polled": feed}],
        "providers": {"limits": {"coingecko": FAST, "yahoo": FAST}, **providers},
    }
    return live_run(database, more={**ACCOUNTS, **sections}, env=ENV)


def expected(*quotes: tuple[str, int, float]) -> dict[Any, Any]:
    """Bars of quotes: a symbol, a time in seconds, a price."""
    rows = [(symbol, moment * SECOND, price, 0.0, 0) for symbol, moment, price in quotes]
    return {key: (*bar[:5], 0) for key, bar in bars_of(rows, "1s").items()}


def arms(api: Api) -> dict[str, Any]:
    """What each provider has been asked, as the operator sees it."""
    answer = api.call("/v1/admin/costs")
    assert answer.status == 200, answer
    return {row["provider"]: row for row in answer.body["arms"]}


def test_quotes_become_bars_and_calls_are_accounted_for(
    database_url: str, live_run: LiveRun, providers: Start
) -> None:
    server = providers()
    quotes = [(START + 2 * turn, 60_000.5 + turn, 2_500.25 - turn) for turn in range(4)]
    replies = [coingecko(at, bitcoin=first, ethereum=second) for at, first, second in quotes]
    server.reply("/simple/price", *replies[:2], Reply(status=500), *replies[2:])
    price = {"per_call": "0.002", "monthly_budget": "100"}
    asked = {"urls": {"coingecko": server.url}, "prices": {"coingecko": price}}
    run = engine(live_run, database_url, {"provider": "coingecko"}, asked)
    bitcoin = [("bitcoin", at, price) for at, price, _ in quotes]
    ethereum = [("ethereum", at, price) for at, _, price in quotes]
    run.start()
    run.until(
        lambda: stored_bars(database_url, run.schema) == expected(*bitcoin, *ethereum), "all bars"
    )
    api = Api(run)
    run.until(lambda: arms(api)["coingecko"]["calls"] >= 6, "calls in the costs")
    costs = api.call("/v1/admin/costs").body
    [provider], [arm] = costs["providers"], costs["arms"]
    assert arm["calls"] <= len(server.seen)
    assert arm["errors"] == {"retryable": 1, "fatal": 0, "unknown_symbol": 0}
    assert Decimal(arm["cost"]) == arm["calls"] * Decimal("0.002") <= Decimal(provider["spent"])
    assert (provider["name"], provider["breaker"]) == ("coingecko", "closed")
    assert api.parts()["polled:coingecko/quote"]["state"] == "connected"
    assert run.end() == 0


def test_when_a_provider_dies_the_next_one_is_asked(
    database_url: str, live_run: LiveRun, providers: Start
) -> None:
    second = providers()
    with serving() as first:
        first.reply("/simple/price", coingecko(START, bitcoin=1.5, ethereum=2.5))
        routing = {"routing": {"quote": ["coingecko", "yahoo"]}, "cache": {"quote": "0s"}}
        urls = {"urls": {"coingecko": first.url, "yahoo": second.url}}
        run = engine(live_run, database_url, {}, routing | urls)
        run.start()
        before = expected(("bitcoin", START, 1.5), ("ethereum", START, 2.5))
        run.until(lambda: stored_bars(database_url, run.schema) == before, "bars of the first")
        assert second.seen == []
        for place, coin in enumerate(COINS):
            second.reply(f"/v8/finance/chart/{coin}", yahoo(coin, START + 9, 10.5 + place))
    after = expected(("bitcoin", START + 9, 10.5), ("ethereum", START + 9, 11.5))
    run.until(lambda: stored_bars(database_url, run.schema) == before | after, "the second's")
    api = Api(run)
    run.until(lambda: "yahoo" in arms(api), "calls in the costs")
    asked = arms(api)
    assert asked["coingecko"]["errors"]["retryable"] > 0
    assert asked["yahoo"]["errors"] == {"retryable": 0, "fatal": 0, "unknown_symbol": 0}
    assert api.parts()["polled:routing/quote"]["state"] == "connected"
    assert run.end() == 0
