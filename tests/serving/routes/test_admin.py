from collections.abc import Iterator
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from serving.models.costs import CostsOut
from serving.options import Account
from serving.provider_costs import CacheUse, CostAlert, CostReport, CostsUnknown, ProviderSpend
from serving.views import Row
from tests.serving.fakes import ALICE, NOON, Stage, options

OPERATOR = {"X-API-Key": "key-of-olga"}


def stats_row(provider: str = "finnhub", **changed: object) -> Row:
    """What a provider did for arm finnhub."""
    counts: dict[str, object] = dict.fromkeys(
        ("retryable", "fatal", "unknown_symbol", "aged", "age_us", "max_age_us"), 0
    ) | dict.fromkeys(("compared", "disagreement_bps", "cost_micros", "hits"), 0)
    row: dict[str, object] = {
        "capability": "quote",
        "provider": provider,
        "arm": "finnhub",
        "calls": 4,
        "ok": 4,
        "latency_us": 1_003,
        "max_latency_us": 700,
        "ts_last_call": NOON,
    }
    return counts | row | changed


REPORT = CostReport(
    month="2026-11",
    providers=[
        ProviderSpend("finnhub", "open", 12_500_000, 2_000, 100_000_000),
        ProviderSpend("coingecko", "closed", 0, 0, None),
    ],
    caches=[CacheUse("quote", 90, 3, 7, 1, 0.9), CacheUse("news", 0, 0, 0, 0, None)],
    stats=[stats_row(retryable=2, ok=2, cost_micros=8_000, aged=2, age_us=9, max_age_us=8)],
    alerts=[CostAlert(10_000_000, 10_000_001, NOON - 5)],
    marks_micros=[10_000_000, 500_000_000],
    dropped=1,
)


class FakeCosts:
    """Reports what it was told to."""

    def __init__(self) -> None:
        self.now, self.fault = REPORT, ""

    def report(self) -> CostReport:
        if self.fault:
            raise CostsUnknown(self.fault)
        return self.now


@pytest.fixture
def costs() -> FakeCosts:
    return FakeCosts()


@pytest.fixture
def stage(costs: FakeCosts) -> Iterator[Stage]:
    """An app whose account olga runs the service."""
    accounts = [*options().accounts, Account("olga", "Olga", "key-of-olga", [], admin=True)]
    found = Stage(options(accounts=accounts), costs=costs)
    with found.client:
        yield found


def metrics(stage: Stage) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(stage.client.get("/metrics").text)
        for sample in family.samples
        if sample.name.startswith("yieldflow_provider")
    }


def test_costs_are_for_operators_alone(stage: Stage) -> None:
    refused = stage.client.get("/v1/admin/costs", headers=ALICE)
    assert refused.status_code == 403
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["type"] == "/problems/forbidden"
    assert "finnhub" not in refused.text
    assert stage.client.get("/v1/admin/costs", headers=OPERATOR).status_code == 200


def test_money_is_of_this_month_and_written_as_decimals(stage: Stage) -> None:
    found = stage.client.get("/v1/admin/costs", headers=OPERATOR).json()
    assert (found["month"], found["currency"], found["spent"]) == ("2026-11", "USD", "12.50")
    assert found["marks"] == ["10.00", "500.00"]
    assert found["alerts"] == [{"mark": "10.00", "spent": "10.000001", "raised_at": NOON - 5}]
    assert found["providers"] == [
        {
            "name": "finnhub",
            "breaker": "open",
            "spent": "12.50",
            "per_call": "0.002",
            "budget": "100.00",
        },
        {
            "name": "coingecko",
            "breaker": "closed",
            "spent": "0.00",
            "per_call": "0.00",
            "budget": None,
        },
    ]
    assert (found["dropped"], found["as_of"]) == (1, NOON)


def test_an_arm_shows_means_and_null_where_there_is_none(stage: Stage, costs: FakeCosts) -> None:
    compared = stats_row("massive", compared=3, disagreement_bps=10, hits=5)
    costs.now = replace(REPORT, stats=[*REPORT.stats, compared, stats_row("b", calls=0)])
    arms = stage.client.get("/v1/admin/costs", headers=OPERATOR).json()["arms"]
    assert arms[0] == {
        "capability": "quote",
        "provider": "finnhub",
        "arm": "finnhub",
        "calls": 4,
        "errors": {"retryable": 2, "fatal": 0, "unknown_symbol": 0},
        "hits": 0,
        "cost": "0.008",
        "mean_latency_us": 251,
        "max_latency_us": 700,
        "mean_age_us": 4,
        "max_age_us": 8,
        "compared": 0,
        "mean_disagreement_bps": None,
        "ts_last_call": NOON,
    }
    assert arms[1]["mean_disagreement_bps"] == 10 / 3
    assert (arms[1]["mean_age_us"], arms[1]["hits"]) == (None, 5)
    assert arms[2]["mean_latency_us"] is None


def test_the_documented_model_fits(stage: Stage) -> None:
    found = stage.client.get("/v1/admin/costs", headers=OPERATOR).json()
    assert CostsOut.model_validate(found, strict=True).model_dump() == found
    assert found["caches"][0]["hit_rate"] == 0.9


def test_a_spend_that_cannot_be_read_is_503_and_absent_from_the_metrics(
    stage: Stage, costs: FakeCosts
) -> None:
    costs.fault = "disk gone"
    answer = stage.client.get("/v1/admin/costs", headers=OPERATOR)
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["costs: disk gone"]
    assert metrics(stage) == {}
    assert "yieldflow_ticks_total" in stage.client.get("/metrics").text


def test_metrics_have_the_hit_rate_the_breakers_and_the_spend(stage: Stage) -> None:
    found = metrics(stage)
    assert found == {
        ("yieldflow_provider_cache_values_total", "quote", "hit"): 90,
        ("yieldflow_provider_cache_values_total", "quote", "shared"): 3,
        ("yieldflow_provider_cache_values_total", "quote", "miss"): 7,
        ("yieldflow_provider_cache_values_total", "quote", "stale"): 1,
        **{
            ("yieldflow_provider_cache_values_total", "news", result): 0
            for result in ("hit", "shared", "miss", "stale")
        },
        ("yieldflow_provider_cache_hit_rate", "quote"): 0.9,
        ("yieldflow_provider_breaker_state", "finnhub", "closed"): 0,
        ("yieldflow_provider_breaker_state", "finnhub", "half_open"): 0,
        ("yieldflow_provider_breaker_state", "finnhub", "open"): 1,
        ("yieldflow_provider_breaker_state", "coingecko", "closed"): 1,
        ("yieldflow_provider_breaker_state", "coingecko", "half_open"): 0,
        ("yieldflow_provider_breaker_state", "coingecko", "open"): 0,
        ("yieldflow_provider_spent_usd", "finnhub"): 12.5,
        ("yieldflow_provider_spent_usd", "coingecko"): 0,
        ("yieldflow_provider_budget_usd", "finnhub"): 100,
    }


def test_without_providers_there_is_an_empty_report() -> None:
    accounts = [Account("olga", "Olga", "key-of-olga", [], admin=True)]
    bare = Stage(options(accounts=accounts))
    with bare.client:
        found = bare.client.get("/v1/admin/costs", headers=OPERATOR).json()
        assert (found["spent"], found["arms"], found["providers"]) == ("0.00", [], [])
        assert metrics(bare) == {}
