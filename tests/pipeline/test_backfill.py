"""The feed of history as a profile has it, against a server that answers as a provider does."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from openfeature import api

from config.settings import Settings, build_settings
from connectors.sources.backfill import BackfillFeed
from connectors.sources.live_feed import Received, Rows
from connectors.sources.live_market import LiveSource
from pipeline.feeds import live_feeds
from pipeline.providers import providers_of
from tests.connectors.providers.replay_server import ReplayServer, Reply, serving, until

MINUTE = 60_000_000
DAY = 1_440 * MINUTE
MIDNIGHT = 1_768_453_200_000_000  # of 2026-01-15 in New York
BELL = MIDNIGHT + 570 * MINUTE


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with serving() as running:
        yield running
    api.shutdown()


Profile = Callable[..., Settings]


@pytest.fixture
def profile(server: ReplayServer, tmp_path: Path) -> Profile:
    """Settings with history as in ``backfill``."""

    def make(**backfill: Any) -> Settings:
        document = {
            "home": str(tmp_path),
            "market": {"name": "us"},
            "data_sources": [
                {"type": "trades", "websocket": {"venue": "binance", "symbols": ["A"]}},
                {"type": "bars", "interval": "1d", "backfill": backfill},
            ],
            "providers": {
                "routing": {"bars": ["yahoo"]},
                "urls": {"yahoo": server.url},
                "limits": {"yahoo": [[1000, 1]]},
            },
        }
        return build_settings(document, root=tmp_path, label="test", env={})

    return make


@pytest.fixture
def opens() -> Iterator[Callable[[Settings], LiveSource]]:
    """Opens the feed of history of a profile."""
    with ExitStack() as stack:

        def make(settings: Settings) -> LiveSource:
            providers = providers_of(settings)
            assert providers is not None
            stack.callback(providers.close)
            source = live_feeds(settings, providers, stack)[1]
            stack.callback(source.feed.close)
            source.feed.open(None)
            return source

        yield make


def chart(*starts: int) -> bytes:
    """Yahoo's answer: days as they open in New York."""
    prices = dict.fromkeys(("open", "high", "low", "close"), [7.0] * len(starts))
    columns = {**prices, "volume": [5] * len(starts)}
    result = {
        "meta": {"symbol": "AAPL"},
        "timestamp": [start // 1_000_000 for start in starts],
        "indicators": {"quote": [columns]},
    }
    return orjson.dumps({"chart": {"result": [result], "error": None}})


def some(source: LiveSource) -> Received:
    found: list[Received] = []

    def came() -> bool:
        found.extend(filter(None, [source.feed.receive(0.05)]))
        return bool(found)

    until(came)
    return found[0]


@pytest.mark.parametrize("how", [{"provider": "yahoo"}, {}])
def test_a_provider_is_asked_for_the_days_before_the_first_event(
    profile: Profile,
    opens: Callable[[Settings], LiveSource],
    server: ReplayServer,
    how: dict[str, str],
) -> None:
    server.reply("/v8/finance/chart/AAPL", Reply(chart(BELL - DAY, BELL)))
    error = {"code": "Not Found", "description": "No data found"}
    lost = orjson.dumps({"chart": {"result": None, "error": error}})
    server.reply("/v8/finance/chart/NONE", Reply(lost, status=404))
    source = opens(profile(**how, days=30_000))
    assert source.rules.past
    assert (source.rules.kind, source.rules.interval) == ("bars", timedelta(days=1))
    assert isinstance(source.feed, BackfillFeed)
    source.feed.note({"AAPL": MIDNIGHT + 240 * MINUTE, "NONE": MIDNIGHT})
    received = some(source)
    assert isinstance(received.messages, Rows)
    assert received.messages.frame.drop("line").rows() == [
        ("AAPL", MIDNIGHT - DAY, 7.0, 7.0, 7.0, 7.0, 5.0)
    ]
    assert received.position == {"AAPL": "done", "NONE": "done"}
    assert received.rejects == []
    asked = server.seen[0].query
    assert asked["interval"] == "1d"
    assert int(asked["period2"]) - int(asked["period1"]) == 30_000 * 86_400


def test_a_provider_that_is_away_is_away_and_no_more(
    profile: Profile, opens: Callable[[Settings], LiveSource], server: ReplayServer
) -> None:
    server.reply("/v8/finance/chart/AAPL", Reply(b"{}", status=403))
    source = opens(profile(provider="yahoo"))
    assert isinstance(source.feed, BackfillFeed)
    source.feed.note({"AAPL": BELL})
    until(lambda: source.feed.receive(0.01) is None and source.feed.status().state == "away")
    status = source.feed.status()
    assert "yahoo: " in status.reason
    assert not status.vital
    assert status.lag == 1


def test_a_file_of_history_is_found_from_the_root_of_the_profile(
    profile: Profile, opens: Callable[[Settings], LiveSource], tmp_path: Path
) -> None:
    rows = [f"A,{MIDNIGHT - day * DAY},1,1,1,1,1" for day in range(20)]
    text = "\n".join(["symbol,ts_event,open,high,low,close,volume", *rows])
    (tmp_path / "days.csv").write_text(text + "\n")
    source = opens(profile(path="days.csv", days=7))
    assert isinstance(source.feed, BackfillFeed)
    source.feed.note({"A": BELL})
    received = some(source)
    assert isinstance(received.messages, Rows)
    assert received.messages.name == "days.csv"
    assert sorted(MIDNIGHT - start for start in received.messages.frame["ts_event"]) == [
        day * DAY for day in range(1, 7)
    ]
