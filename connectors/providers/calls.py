"""What the calls of providers came to, as they go to the ``ProviderCall`` table."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from connectors.providers.observations import Observation
from connectors.providers.spec import CallRecord, Capability, Outcome

HITS_EVERY = 1.0  # seconds between two rows of the same hits


@dataclass(frozen=True, slots=True)
class Called:
    """One call, or values given from the cache; columns of ``ProviderCall`` but ``seq``.

    ``arm`` is what the split says, '' without one; ``provider`` is who was asked, which is another
    one when that arm could not answer or when the two are compared.
    """

    capability: Capability
    provider: str
    arm: str
    outcome: Outcome | Literal["cached"]
    ts_started: int
    latency_us: int = 0
    symbols: int = 0
    bytes: int = 0
    cost_micros: int = 0
    aged: int = 0
    age_us: int = 0
    max_age_us: int = 0
    compared: int = 0
    disagreement_bps: int = 0
    hits: int = 0


def called(record: CallRecord, arm: str) -> Called:
    """The row of an HTTP call."""
    return Called(
        capability=record.capability,
        provider=record.provider,
        arm=arm,
        outcome=record.outcome,
        ts_started=record.started,
        latency_us=record.latency_us,
        symbols=len(record.symbols),
        bytes=record.bytes,
        cost_micros=record.cost_micros,
    )


def with_ages(call: Called, observations: Sequence[Observation], received: int) -> Called:
    """The same with the age of what came: per symbol, of its newest observation.

    A time that lies ahead of our clock has age 0.
    """
    newest: dict[str, int] = {}
    for one in observations:
        newest[one.symbol] = max(one.ts_event, newest.get(one.symbol, one.ts_event))
    ages = [max(0, received - ts_event) for ts_event in newest.values()]
    return replace(call, aged=len(ages), age_us=sum(ages), max_age_us=max(ages, default=0))


class HitRows:
    """Gathers hits of the cache, so that many small questions do not make as many rows.

    Not for several threads at a time.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        """Count from nothing; ``clock`` gives microseconds UTC."""
        self._clock, self._sent = clock, 0
        self._hits: Counter[tuple[Capability, str, str]] = Counter()

    def add(self, capability: Capability, provider: str, arm: str, count: int) -> None:
        """Count ``count`` values of a provider that were given once more."""
        self._hits[capability, provider, arm] += count

    def due(self) -> list[Called]:
        """Rows of all that was gathered, a second after the rows before; else none."""
        now = self._clock()
        if not self._hits or 0 <= now - self._sent < HITS_EVERY * 1_000_000:
            return []
        rows = [Called(*key, "cached", now, hits=count) for key, count in self._hits.items()]
        self._hits.clear()
        self._sent = now
        return rows
