"""Numbers for Prometheus: requests as they happen, everything else read when it is asked for."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from serving.hub import ChangeHub
from serving.meter import Meter
from serving.views import VIEW_NAMES, EngineStatus, Views

BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0)
STATES = ("starting", "running", "drained", "restarting", "stopped", "failed")


class SystemCollector(Collector):
    """Reads engine, views, ledger and streams at scrape time."""

    def __init__(
        self,
        *,
        views: Views,
        meter: Meter,
        hub: ChangeHub,
        status: EngineStatus,
        clock: Callable[[], int],
    ) -> None:
        self.views = views
        self.meter = meter
        self.hub = hub
        self.status = status
        self.clock = clock

    def collect(self) -> Iterator[Metric]:
        """All current values."""
        yield from self.engine()
        yield from self.clocks()
        yield from self.tables()
        yield from self.ledger()
        yield from self.streams()
        yield from self.parts()

    def engine(self) -> Iterator[Metric]:
        """What came in and what was refused."""
        yield counter("yieldflow_ticks", "Trades and bars accepted", self.status.ticks)
        yield gauge("yieldflow_ticks_per_second", "Lately", self.status.ticks_per_s)
        refused = CounterMetricFamily(
            "yieldflow_rejected", "Input rows refused, by reason", labels=["reason"]
        )
        for reason, count in sorted(self.status.rejected.items()):
            refused.add_metric([reason], count)
        yield refused
        yield counter("yieldflow_commits", "Engine commits published", self.views.version)
        state = GaugeMetricFamily("yieldflow_engine_state", "1 for the state", labels=["state"])
        for name in STATES:
            state.add_metric([name], float(name == self.status.state))
        yield state

    def parts(self) -> Iterator[Metric]:
        """Feeds and sinks: whether the other side answers, what waits there, what was counted."""
        up = GaugeMetricFamily("yieldflow_link_up", "1: connected", labels=["part"])
        lag = GaugeMetricFamily("yieldflow_link_lag", "Messages that wait", labels=["part"])
        counted = CounterMetricFamily("yieldflow_link", "Counted so far", labels=["part", "what"])
        for part in self.status.parts:
            up.add_metric([part.name], float(part.state == "connected"))
            if part.lag is not None:
                lag.add_metric([part.name], part.lag)
            for what, count in sorted(part.counters.items()):
                counted.add_metric([part.name, what], count)
        yield from (up, lag, counted)
        yield counter("yieldflow_engine_restarts", "Restarts", self.status.restarts)

    def clocks(self) -> Iterator[Metric]:
        """Where the market clock stands and how old the last commit is; absent before the first."""
        now = self.clock()
        if self.status.clock is not None:
            yield gauge(
                "yieldflow_market_clock_seconds", "Event time reached", self.status.clock / 1e6
            )
            yield gauge(
                "yieldflow_market_clock_lag_seconds",
                "Wall clock less market clock; large in a replay of the past",
                (now - self.status.clock) / 1e6,
            )
        if self.hub.published_at is not None:
            yield gauge(
                "yieldflow_commit_age_seconds",
                "Since the last published commit",
                (now - self.hub.published_at) / 1e6,
            )

    def tables(self) -> Iterator[Metric]:
        """Rows held in memory."""
        rows = GaugeMetricFamily("yieldflow_view_rows", "Rows per view", labels=["view"])
        for name in VIEW_NAMES:
            rows.add_metric([name], len(self.views[name]))
        yield rows

    def ledger(self) -> Iterator[Metric]:
        """Whether and how fast usage is committed."""
        health = self.meter.health()
        yield gauge("yieldflow_ledger_writable", "1: can commit", float(health.writable))
        yield gauge("yieldflow_ledger_queue_depth", "Charges waiting", health.queue_depth)
        yield gauge(
            "yieldflow_ledger_commit_seconds", "Latency of recent commits", health.commit_seconds
        )

    def streams(self) -> Iterator[Metric]:
        """Who listens."""
        yield gauge("yieldflow_stream_subscribers", "Open streams", self.hub.subscribers)
        yield counter("yieldflow_stream_overflows", "Slow streams closed", self.hub.overflows)


def gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    """A gauge without labels."""
    return GaugeMetricFamily(name, text, value=value)


def counter(name: str, text: str, value: float) -> CounterMetricFamily:
    """A counter without labels."""
    return CounterMetricFamily(name, text, value=value)


class Metrics:
    """The registry of one app: nothing is global, so that several apps can live in one process."""

    def __init__(self, *collectors: Collector) -> None:
        self.registry = CollectorRegistry()
        for one in collectors:
            self.registry.register(one)
        self._requests = Counter(
            "yieldflow_http_requests",
            "Answers by route and status",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "yieldflow_http_request_seconds",
            "Time to the first byte of the answer",
            ["route"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answer. Looked-up children are kept: labels() costs more than counting."""
        key = (route, method, status)
        children = self._children.get(key)
        if children is None:
            children = (
                self._requests.labels(route, method, str(status)),
                self._seconds.labels(route),
            )
            self._children[key] = children
        children[0].inc()
        children[1].observe(seconds)

    def render(self) -> bytes:
        """All metrics in the Prometheus text format."""
        return generate_latest(self.registry)
