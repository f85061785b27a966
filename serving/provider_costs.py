"""What providers cost and how they do, as the pipeline knows it. Read on the event loop alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from serving.views import Row

BREAKER_STATES = ("closed", "half_open", "open")
CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class ProviderSpend:
    """One provider in this month. Money in micros of USD; ``budget_micros`` None: no limit."""

    name: str
    breaker: str
    spent_micros: int
    call_micros: int
    budget_micros: int | None


@dataclass(frozen=True, slots=True)
class CacheUse:
    """What became of the values asked for: see ``connectors.providers.cached``."""

    capability: str
    hits: int
    shared: int
    misses: int
    stale: int
    hit_rate: float | None


@dataclass(frozen=True, slots=True)
class CostAlert:
    """The spend of all providers has reached a mark."""

    mark_micros: int
    spent_micros: int
    ts_raised: int


@dataclass(frozen=True, slots=True)
class CostReport:
    """Everything about providers at one moment.

    Attributes:
        month: calendar month, UTC, as ``2026-11``.
        providers: all that may be asked.
        caches: one per capability.
        stats: rows of the table ``ProviderStats``.
        alerts: of this month, lowest mark first.
        marks_micros: that alert, ascending.
        dropped: calls that are missing in ``stats``, as the engine did not take them in time.
    """

    month: str
    providers: Sequence[ProviderSpend] = ()
    caches: Sequence[CacheUse] = ()
    stats: Sequence[Row] = ()
    alerts: Sequence[CostAlert] = ()
    marks_micros: Sequence[int] = ()
    dropped: int = 0


class CostsUnknown(Exception):
    """What has been spent cannot be read now."""


class ProviderCosts(Protocol):
    """Knows the costs."""

    def report(self) -> CostReport:
        """How things stand now.

        Raises:
            CostsUnknown: the spend cannot be read.
        """


class NoProviders:
    """Where no provider is configured."""

    def __init__(self, month: str = "") -> None:
        """Report an empty ``month``."""
        self.month = month

    def report(self) -> CostReport:
        """Nothing."""
        return CostReport(self.month)
