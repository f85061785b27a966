"""Asking one provider: whether it may be asked, what it costs, and what its breaker learns.

What may be asked changes all the time, so it is looked at before each call and never remembered.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from connectors.providers.asked import Asked, sorted_out
from connectors.providers.breaker import CircuitBreaker
from connectors.providers.budget import Budgets, dollars
from connectors.providers.calls import Called, called, with_ages
from connectors.providers.cost_file import CostsUnavailable
from connectors.providers.flags import Flags
from connectors.providers.observations import Observation
from connectors.providers.spec import (
    CallRecord,
    Capability,
    Fatal,
    Listener,
    ProviderError,
    ProviderSpec,
    Retryable,
    UnknownSymbol,
)

Charge = Callable[[], int]
Report = Callable[[Called], None]


class NotAsked(ProviderError):
    """The provider must not be asked now: switched off, retired, left alone, or out of budget.

    Attributes:
        for_good: nothing but the settings can change that.
    """

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.for_good = for_good


class Fetcher(Protocol):
    """Makes the HTTP requests of a question."""

    def fetch(
        self,
        provider: str,
        capability: Capability,
        symbols: Sequence[str],
        *,
        charge: Charge,
        on_call: Listener,
    ) -> Sequence[Observation]:
        """Ask one provider, from any thread; what it does not know or fails at is left out.

        Args:
            provider: its name.
            capability: what is asked for.
            symbols: about whom.
            charge: called before every request, gives what that costs in micros of USD. What it
                raises must come out of ``fetch``, and the request is not made.
            on_call: told every request that was made.

        Raises:
            ProviderError: there is no answer.
        """


@contextmanager
def guarded(breaker: CircuitBreaker) -> Iterator[None]:
    """Make a call if the breaker lets it through, and tell the breaker what became of it.

    Raises:
        NotAsked: it does not.
    """
    permit = breaker.enter()
    if permit is None:
        raise NotAsked(f"breaker open for {breaker.wait:.0f} s")
    try:
        yield
    except Retryable as error:
        breaker.failed(permit, error.after)
        raise
    except Fatal:
        breaker.failed(permit)
        raise
    except UnknownSymbol:
        breaker.succeeded(permit)
        raise
    else:
        breaker.succeeded(permit)
    finally:
        breaker.abandoned(permit)  # whatever else came out of it says nothing of the provider


class Asker:
    """Asks providers one at a time. From any thread."""

    def __init__(
        self,
        fetcher: Fetcher,
        specs: Mapping[str, ProviderSpec],
        *,
        flags: Flags,
        budgets: Budgets,
        breakers: Mapping[str, CircuitBreaker],
        clock: Callable[[], int],
    ) -> None:
        """Know all providers; ``clock`` gives microseconds UTC."""
        self.specs, self.budgets, self.breakers = specs, budgets, breakers
        self._fetcher, self._flags, self._clock = fetcher, flags, clock

    def ask(
        self,
        provider: str,
        capability: Capability,
        symbols: Sequence[str],
        arm: str,
        report: Report,
    ) -> Asked:
        """Ask a provider about symbols.

        Args:
            provider: its name.
            capability: what is asked for.
            symbols: about whom.
            arm: of the split, for the report.
            report: told each call that was made, the last one with the ages of all that came.

        Raises:
            NotAsked: it must not be asked now.
            ProviderError: it has told nothing at all.
        """
        self._check(provider, capability)
        records: list[CallRecord] = []
        found: Sequence[Observation] = ()
        try:
            with guarded(self.breakers[provider]):
                found = self._fetcher.fetch(
                    provider,
                    capability,
                    symbols,
                    charge=lambda: self._charge(provider),
                    on_call=records.append,
                )
        finally:
            self._tell(records, arm, found, report)
        return sorted_out(symbols, found, records)

    def _check(self, provider: str, capability: Capability) -> None:
        spec = self.specs.get(provider)
        if spec is None:
            raise NotAsked("there is no such provider", for_good=True)
        if spec.retired is not None:
            raise NotAsked(f"retired: {spec.retired}", for_good=True)
        if capability not in spec.capabilities:
            raise NotAsked(f"has no {capability}", for_good=True)
        if not self._flags.on(provider, capability):
            raise NotAsked("switched off by its flag", for_good=True)

    def _charge(self, provider: str) -> int:
        try:
            booked = self.budgets.book(provider)
        except CostsUnavailable as error:
            raise NotAsked(str(error)) from error
        price = self.budgets.price(provider)
        if not booked:
            limit = dollars(price.monthly_budget or 0)
            raise NotAsked(f"out of budget: {limit} a month do not allow {dollars(price.per_call)}")
        return price.per_call

    def _tell(
        self, records: Sequence[CallRecord], arm: str, found: Sequence[Observation], report: Report
    ) -> None:
        rows = [called(record, arm) for record in records]
        if rows:
            rows[-1] = with_ages(rows[-1], found, self._clock())
        for row in rows:
            report(row)
