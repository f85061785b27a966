"""One provider, asked a question that may take several requests."""

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from connectors.providers.access import Access, Clock, Patience
from connectors.providers.adapter import SHAPE_ERRORS
from connectors.providers.caller import Caller, Charge
from connectors.providers.observations import Observation
from connectors.providers.spec import (
    Capability,
    Context,
    Following,
    Listener,
    Malformed,
    Provider,
    ProviderError,
    Request,
    UnknownSymbol,
)
from connectors.providers.transport import AiohttpTransport, Transport

_LOG: Final = logging.getLogger(__name__)
_REQUESTS: Final = 1_000  # that one question may lead to
_BROKEN: Final = 3  # broken answers in a row after which it is not about the symbol


class ProviderClient:
    """One provider, from within one event loop."""

    def __init__(
        self,
        provider: Provider,
        access: Access | None = None,
        *,
        patience: Patience | None = None,
        transport: Transport | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Prepare; nothing is sent yet."""
        self.spec = provider.spec
        self._provider, self._access = provider, access or Access()
        self._transport = transport or AiohttpTransport()
        self._caller = Caller(
            provider, self._access, patience or Patience(), self._transport, clock or Clock()
        )

    async def fetch(
        self,
        capability: Capability,
        symbols: Sequence[str],
        *,
        charge: Charge = lambda: 0,
        on_call: Listener = lambda record: None,
    ) -> list[Observation]:
        """Ask about symbols; those that nothing came of are left out.

        Args:
            capability: what is asked for.
            symbols: about whom, by our names.
            charge: called before every request, gives its cost in micros of USD; what it raises
                forbids the request.
            on_call: told every request that was made.

        Raises:
            ProviderError: nothing came at all, and why.
        """
        self._access.check(self.spec, capability)
        ours = {self._access.symbols.get(symbol, symbol): symbol for symbol in symbols}
        question = _Question(self._provider.requests(capability, list(ours)))
        while question.waiting:
            request = question.waiting.popleft()
            try:
                found, body, context = await self._caller.call(capability, request, charge, on_call)
            except ProviderError as error:
                question.failed(error)
            else:
                question.answered(found, self._following(capability, body, context))
        if question.failure and question.found:
            _LOG.info("%s: no %s of some symbols: %s", self.spec.name, capability, question.failure)
        return [replace(one, symbol=ours.get(one.symbol, one.symbol)) for one in question.result()]

    async def close(self) -> None:
        """Close connections. Twice is once."""
        await self._transport.close()

    def _following(
        self, capability: Capability, body: bytes, context: Context
    ) -> Iterable[Request]:
        if isinstance(self._provider, Following):
            try:
                yield from self._provider.follow(capability, body, context)
            except SHAPE_ERRORS:
                raise Malformed("it names a next page that cannot be asked for") from None


class _Question:
    """What has become of a question so far."""

    def __init__(self, requests: Iterable[Request]) -> None:
        self.waiting: deque[Request] = deque()
        self.found: list[Observation] = []
        self.failure: ProviderError | None = None
        self._asked = self._broken = 0
        self._queue(requests)

    def answered(self, found: Iterable[Observation], more: Iterable[Request]) -> None:
        self._broken = 0
        self.found += found
        self._queue(more)

    def failed(self, error: ProviderError) -> None:
        """Go on where other symbols may do better, else give up."""
        self.failure = error
        self._broken = self._broken + 1 if isinstance(error, Malformed) else 0
        if not isinstance(error, UnknownSymbol | Malformed) or self._broken == _BROKEN:
            self.waiting.clear()

    def result(self) -> list[Observation]:
        if self.failure is not None and not self.found:
            raise self.failure
        return self.found

    def _queue(self, requests: Iterable[Request]) -> None:
        try:
            for request in requests:
                self._asked += 1
                if self._asked <= _REQUESTS:
                    self.waiting.append(request)
        except ProviderError as error:  # what came before an impossible one counts
            self.failure = error
