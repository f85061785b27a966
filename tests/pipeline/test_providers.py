"""Providers put together from settings, against a server that answers as they do."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
import pathway as pw
import pytest
from openfeature import api

from config.providers import ProviderSettings
from connectors.providers.budget import USD
from connectors.providers.spec import Retryable
from connectors.sinks.live_view import ViewSet
from connectors.sources.stop import FeedStopped, StopToken
from pipeline.providers import Providers, build_providers
from serving.provider_costs import CacheUse, CostsUnknown, ProviderSpend
from tests.connectors.providers.replay_server import ReplayServer, Reply, serving

SECONDS = 1_795_000_000
NOW = SECONDS * 1_000_000 + 500_000


def settings(url: str, **changed: object) -> ProviderSettings:
    given: dict[str, object] = {
        "routing": {"quote": ["coingecko", "yahoo"]},
        "prices": {"coingecko": {"per_call": "60.5", "monthly_budget": "100"}},
        "urls": {"coingecko": url, "yahoo": url},
    }
    return ProviderSettings.model_validate(given | changed)


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    """CoinGecko knows AAA only; Yahoo knows BBB, and is away for CCC."""
    with serving() as running:
        coin = {"AAA": {"usd": 100.5, "last_updated_at": SECONDS}}
        meta = {"symbol": "BBB", "regularMarketTime": SECONDS, "currency": "USD"}
        chart = {"result": [{"meta": meta | {"regularMarketPrice": 99.5}}], "error": None}
        running.reply("/simple/price", Reply(orjson.dumps(coin)))
        running.reply("/v8/finance/chart/BBB", Reply(orjson.dumps({"chart": chart})))
        yield running
    api.shutdown()


@pytest.fixture
def providers(server: ReplayServer, tmp_path: Path) -> Iterator[Providers]:
    found = build_providers(settings(server.url), tmp_path, clock=lambda: NOW)
    assert found is not None
    yield found
    found.close()


def test_a_question_goes_over_http_to_whoever_can_answer(providers: Providers) -> None:
    answers = providers.router.ask("quote", ["AAA", "BBB"])
    assert {name: one.provider for name, one in answers.found.items()} == {
        "AAA": "coingecko",
        "BBB": "yahoo",
    }
    assert [one.symbol for one in providers.routed("quote", ["AAA", "BBB"])] == ["AAA", "BBB"]


def test_costs_are_reported_as_they_stand(providers: Providers) -> None:
    providers.router.ask("quote", ["AAA"])
    providers.router.ask("quote", ["AAA"])
    report = providers.report()
    assert report.month == "2026-11"
    assert report.providers == [
        ProviderSpend("coingecko", "closed", 60_500_000, 60_500_000, 100 * USD),
        ProviderSpend("yahoo", "closed", 0, 0, None),
    ]
    assert report.caches == [CacheUse("quote", hits=1, shared=0, misses=1, stale=0, hit_rate=0.5)]
    assert report.marks_micros == (100 * USD, 500 * USD, 1000 * USD)
    assert (report.alerts, report.stats, report.dropped) == ([], (), 0)


def test_one_provider_is_asked_within_its_budget_and_without_a_cache(
    providers: Providers, server: ReplayServer
) -> None:
    fetch = providers.direct("coingecko")
    assert [one.symbol for one in fetch("quote", ["AAA"])] == ["AAA"]
    with pytest.raises(Exception, match="out of budget"):
        fetch("quote", ["AAA"])
    assert len([one for one in server.seen if one.path == "/simple/price"]) == 1


def test_a_question_that_nobody_answers_is_worth_a_retry(
    providers: Providers, server: ReplayServer
) -> None:
    server.reply("/simple/price", Reply(status=401))
    server.reply("/v8/finance/chart/BBB", Reply(status=401))
    with pytest.raises(Retryable, match=r"quote: coingecko: .*; yahoo: "):
        providers.routed("quote", ["BBB"])


def test_calls_become_statistics_that_are_reported(providers: Providers) -> None:
    stop = StopToken()

    def committed(changes: Sequence[object]) -> None:
        if len(providers.report().stats) == 2:
            stop.set()

    views = ViewSet(publish=lambda action: action(), on_commit=committed)
    providers.show(views, stop)
    views.subscribe()
    providers.router.ask("quote", ["AAA", "BBB"])
    with pytest.raises(FeedStopped):
        pw.run(monitoring_level=pw.MonitoringLevel.NONE)
    coingecko, yahoo = sorted(providers.report().stats, key=lambda row: str(row["provider"]))
    assert (coingecko["provider"], coingecko["arm"]) == ("coingecko", "")
    assert (coingecko["calls"], coingecko["ok"], coingecko["cost_micros"]) == (1, 1, 60_500_000)
    assert (coingecko["aged"], coingecko["age_us"]) == (1, 500_000)
    assert (yahoo["provider"], yahoo["ok"]) == ("yahoo", 1)


def test_a_spend_that_cannot_be_read_is_said_so(providers: Providers) -> None:
    providers.file.close()
    with pytest.raises(CostsUnknown, match="provider_costs"):
        providers.report()


def test_a_split_is_routed_by_its_arms(server: ReplayServer, tmp_path: Path) -> None:
    split = {"capability": "quote", "arms": {"coingecko": 1, "yahoo": 99}, "sample": 1.0}
    found = build_providers(settings(server.url, ab=split), tmp_path, clock=lambda: NOW)
    assert found is not None
    assert found.router.ask("quote", ["BBB"]).found["BBB"].provider == "yahoo"
    found.close()
    assert {"/simple/price", "/v8/finance/chart/BBB"} >= {one.path for one in server.seen}


def test_without_a_provider_there_is_nothing_to_build(tmp_path: Path) -> None:
    assert build_providers(ProviderSettings(), tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_providers_that_are_asked_directly_need_no_routing(tmp_path: Path) -> None:
    found = build_providers(ProviderSettings(), tmp_path, named=["coingecko"])
    assert found is not None
    assert [one.name for one in found.report().providers] == ["coingecko"]
    found.close()
