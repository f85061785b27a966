"""Stand-ins for what a router works with: a fetcher that does as it is told, and clocks."""

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.providers.ab import Split
from connectors.providers.asking import Asker, Charge
from connectors.providers.breaker import BreakerRules, CircuitBreaker
from connectors.providers.budget import Budgets, Price
from connectors.providers.cache import Cache
from connectors.providers.calls import Called
from connectors.providers.cost_file import Alert, CostFile
from connectors.providers.flags import Flags
from connectors.providers.observations import Observation, Quote
from connectors.providers.router import Router
from connectors.providers.shadow import Shadow
from connectors.providers.spec import CallRecord, Capability, Listener, ProviderSpec

SECOND = 1_000_000
NOON = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()) * SECOND


class Clock:
    """Stands still until it is moved: ``micros`` since the epoch, ``seconds`` monotonic."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def micros(self) -> int:
        return self.now

    def seconds(self) -> float:
        return self.now / SECOND

    def move(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)


class FakeFetcher:
    """Quotes by provider and symbol; ``faults`` are raised, once each, instead of answering."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.prices: dict[str, dict[str, float]] = defaultdict(dict)
        self.faults: dict[str, list[BaseException]] = defaultdict(list)
        self.asked: list[tuple[str, str, tuple[str, ...]]] = []
        self.age = timedelta(seconds=2)
        self.lock = threading.Lock()

    def fetch(
        self,
        provider: str,
        capability: Capability,
        symbols: Sequence[str],
        *,
        charge: Charge,
        on_call: Listener,
    ) -> Sequence[Observation]:
        cost, started = charge(), self.clock.now
        with self.lock:
            self.asked.append((provider, capability, tuple(symbols)))
            fault = self.faults[provider].pop(0) if self.faults[provider] else None
        outcome: Any = "ok" if fault is None else "retryable"
        on_call(CallRecord(provider, capability, started, 1_500, outcome, 80, cost, tuple(symbols)))
        if fault is not None:
            raise fault
        known = self.prices[provider]
        seen = self.clock.now - self.age // timedelta(microseconds=1)
        return [Quote(symbol, seen, known[symbol]) for symbol in symbols if symbol in known]

    def calls(self, provider: str) -> list[tuple[str, ...]]:
        """Symbols of each call of a provider."""
        return [symbols for name, _, symbols in self.asked if name == provider]


class AtOnce(Executor):
    """Runs what it is given before ``submit`` returns."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def spec(name: str, *capabilities: Capability, retired: str | None = None) -> ProviderSpec:
    """A provider that can be asked for quotes unless told otherwise."""
    return ProviderSpec(name, "http://127.0.0.1", capabilities or ("quote",), retired=retired)


@dataclass
class Desk:
    """A router over fakes: providers ``a``, ``b`` and ``c`` have quotes, in this order."""

    home: Path
    prices: Mapping[str, Price] = field(default_factory=dict)
    flags: Mapping[str, bool] = field(default_factory=dict)
    split: Split | None = None
    order: Sequence[str] = ("a", "b", "c")
    specs: Sequence[ProviderSpec] = (spec("a"), spec("b"), spec("c"))

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.fetcher = FakeFetcher(self.clock)
        self.calls: list[Called] = []
        self.alerts: list[Alert] = []
        self.file = CostFile(self.home)
        self.budgets = Budgets(
            self.file, self.prices, clock=self.clock.micros, on_alert=self.alerts.append
        )
        names = [one.name for one in self.specs]
        rules = BreakerRules(threshold=3, cooldown=timedelta(seconds=30))
        self.breakers = {name: CircuitBreaker(rules, clock=self.clock.seconds) for name in names}
        asker = Asker(
            self.fetcher,
            {one.name: one for one in self.specs},
            flags=Flags(names, self.flags),
            budgets=self.budgets,
            breakers=self.breakers,
            clock=self.clock.micros,
        )
        report = self.calls.append
        self.router = Router(
            asker,
            {"quote": self.order},
            caches={"quote": Cache(clock=self.clock.seconds)},
            clock=self.clock.micros,
            report=report,
            split=self.split,
            shadow=Shadow(asker, self.split, report, AtOnce()) if self.split else None,
        )

    def close(self) -> None:
        self.router.close()
        self.file.close()
