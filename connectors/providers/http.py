"""All providers for threads: one thread with an event loop makes their requests."""

import asyncio
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import CancelledError

from connectors.providers.caller import Charge
from connectors.providers.client import ProviderClient
from connectors.providers.observations import Observation
from connectors.providers.spec import Capability, Fatal, Listener, Retryable


class HttpFetcher:
    """Asks any provider from any thread."""

    def __init__(self, clients: Iterable[ProviderClient]) -> None:
        """Start the thread; it ends with ``close``."""
        self._clients: Mapping[str, ProviderClient] = {each.spec.name: each for each in clients}
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="providers", daemon=True
        )
        self._thread.start()

    def fetch(
        self,
        provider: str,
        capability: Capability,
        symbols: Sequence[str],
        *,
        charge: Charge = lambda: 0,
        on_call: Listener = lambda record: None,
    ) -> Sequence[Observation]:
        """Ask one provider from any thread, see ``ProviderClient.fetch``.

        Args:
            provider: its name.
            capability: what is asked for.
            symbols: about whom.
            charge: called in the providers' thread.
            on_call: called in the providers' thread.

        Raises:
            ProviderError: nothing came at all, and why.
        """
        if provider not in self._clients:
            raise Fatal(f"there is no provider `{provider}`")
        with self._lock:
            if self._closed:
                raise Retryable("the providers are closed")
            question = self._clients[provider].fetch(
                capability, symbols, charge=charge, on_call=on_call
            )
            answer = asyncio.run_coroutine_threadsafe(question, self._loop)
        try:
            return answer.result()
        except CancelledError:
            raise Retryable("the providers were closed meanwhile") from None

    def close(self) -> None:
        """Give up what is being asked, close connections, end the thread. Twice is once."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        questions = asyncio.all_tasks() - {asyncio.current_task()}
        for question in questions:
            question.cancel()
        await asyncio.gather(*questions, return_exceptions=True)
        for client in self._clients.values():
            await client.close()
