"""Numbers about providers for Prometheus, read when they are asked for."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from serving.money import MICROS
from serving.provider_costs import (
    BREAKER_STATES,
    CacheUse,
    CostsUnknown,
    ProviderCosts,
    ProviderSpend,
)

RESULTS: dict[str, Callable[[CacheUse], int]] = {
    "hit": lambda use: use.hits,
    "shared": lambda use: use.shared,
    "miss": lambda use: use.misses,
    "stale": lambda use: use.stale,
}


class ProviderCollector(Collector):
    """Reads breakers, spend and caches at scrape time; nothing while the spend cannot be read."""

    def __init__(self, costs: ProviderCosts) -> None:
        self.costs = costs

    def collect(self) -> Iterator[Metric]:
        """All current values."""
        try:
            report = self.costs.report()
        except CostsUnknown:
            return
        yield from caches(report.caches)
        yield from providers(report.providers)


def caches(uses: Iterable[CacheUse]) -> Iterator[Metric]:
    """Values asked for by what became of them, and the share of hits."""
    values = CounterMetricFamily(
        "yieldflow_provider_cache_values",
        "Values asked for; stale ones are among shared and miss",
        labels=["capability", "result"],
    )
    rate = GaugeMetricFamily(
        "yieldflow_provider_cache_hit_rate", "Share of hits, 0 to 1", labels=["capability"]
    )
    for use in uses:
        for result, count in RESULTS.items():
            values.add_metric([use.capability, result], count(use))
        if use.hit_rate is not None:
            rate.add_metric([use.capability], use.hit_rate)
    yield values
    yield rate


def providers(spends: Iterable[ProviderSpend]) -> Iterator[Metric]:
    """Breakers and money."""
    state = GaugeMetricFamily(
        "yieldflow_provider_breaker_state", "1 for the state", labels=["provider", "state"]
    )
    spent = GaugeMetricFamily(
        "yieldflow_provider_spent_usd", "In this calendar month, UTC", labels=["provider"]
    )
    budget = GaugeMetricFamily(
        "yieldflow_provider_budget_usd", "Of a month; absent without one", labels=["provider"]
    )
    for one in spends:
        for name in BREAKER_STATES:
            state.add_metric([one.name, name], float(name == one.breaker))
        spent.add_metric([one.name], one.spent_micros / MICROS)
        if one.budget_micros is not None:
            budget.add_metric([one.name], one.budget_micros / MICROS)
    yield state
    yield spent
    yield budget
