"""One request of a provider: waits for its limits, sends it, reads the answer, tries again.

The key goes in at the last moment and is taken out of the answer at the first, so that parsers,
errors and logs never see it.
"""

from collections.abc import Callable, Mapping
from typing import Final

from connectors.providers.access import Access, Clock, Patience
from connectors.providers.limits import RateLimit
from connectors.providers.observations import Observation
from connectors.providers.redact import Redactor
from connectors.providers.spec import (
    CallRecord,
    Capability,
    Context,
    Fatal,
    Listener,
    Outcome,
    Provider,
    ProviderError,
    Request,
    Retryable,
    UnknownSymbol,
)
from connectors.providers.transport import Transport

_OUTCOMES: Final[Mapping[type[ProviderError], Outcome]] = {
    UnknownSymbol: "unknown_symbol",
    Fatal: "fatal",
}
Charge = Callable[[], int]
Read = tuple[list[Observation], bytes, Context]


class Caller:
    """Makes requests of one provider within one event loop."""

    def __init__(
        self,
        provider: Provider,
        access: Access,
        patience: Patience,
        transport: Transport,
        clock: Clock,
    ) -> None:
        """Prepare; nothing is sent yet."""
        self._provider, self._access, self._patience = provider, access, patience
        self._transport, self._clock = transport, clock
        self._redactor = Redactor(access.key)
        self._limit = RateLimit(access.limits(provider.spec), clock.monotonic)

    async def call(
        self, capability: Capability, request: Request, charge: Charge, on_call: Listener
    ) -> Read:
        """Make a request, and again with full jitter while its errors are ``Retryable``.

        Args:
            capability: what it asks for.
            request: to be made.
            charge: gives its cost in micros of USD before each attempt; what it raises forbids it.
            on_call: told each attempt that was made.

        Returns:
            What was observed, the body without the key, and its context.

        Raises:
            Retryable: all attempts have failed, or a limit would have to be waited for too long.
            ProviderError: as ``parse`` raises it.
        """
        attempt = 0
        while True:
            await self._admit(request.weight)
            cost = charge()
            try:
                return await self._once(capability, request, cost, on_call)
            except Retryable as error:
                attempt += 1
                if not self._worth_another(error, attempt):
                    raise
            pause = self._clock.chance() * self._patience.base * 2 ** (attempt - 1)
            await self._clock.sleep(pause)

    def _worth_another(self, error: Retryable, attempt: int) -> bool:
        if error.after:
            self._limit.hold(error.after, f"it asked to be left alone ({error})")
        soon = (error.after or 0.0) <= self._patience.longest_wait
        return soon and attempt < self._patience.attempts

    async def _admit(self, weight: int) -> None:
        while True:
            seconds, why = self._limit.wait(weight)
            if seconds <= 0:
                return
            if seconds > self._patience.longest_wait:
                raise Retryable(f"not called for another {seconds:.0f} s: {why}", seconds)
            await self._clock.sleep(seconds)

    async def _once(
        self, capability: Capability, request: Request, cost: int, on_call: Listener
    ) -> Read:
        spec = self._provider.spec
        self._limit.take(request.weight)
        started, begun = self._clock.micros(), self._clock.monotonic()
        outcome: Outcome = "retryable"
        size = 0
        try:
            answer = await self._transport.get(*self._access.address(spec, request))
            size, body = len(answer.body), self._redactor.body(answer.body)
            context = Context(request, self._clock.micros())
            found = self._provider.parse(capability, body, answer.status, answer.headers, context)
            outcome = "ok"
            return found, body, context
        except ProviderError as error:
            outcome = _outcome(error)
            error.args = (self._redactor.text(str(error)),)
            raise
        finally:
            latency = round((self._clock.monotonic() - begun) * 1_000_000)
            told = (started, latency, outcome, size, cost, request.symbols)
            on_call(CallRecord(spec.name, capability, *told))


def _outcome(error: ProviderError) -> Outcome:
    return next((said for kind, said in _OUTCOMES.items() if isinstance(error, kind)), "retryable")
