"""How a provider is reached: address, key, limits, patience, and the clock of all that."""

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from connectors.providers.spec import (
    Capability,
    Fatal,
    ProviderRetired,
    ProviderSpec,
    Rate,
    Request,
)


@dataclass(frozen=True)
class Clock:
    """Times and chance, injected by tests.

    Attributes:
        wall: seconds since the epoch.
        monotonic: seconds that never go back.
        sleep: waits for so many seconds.
        chance: from 0 to 1, for jitter.
    """

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random

    def micros(self) -> int:
        """The wall clock in microseconds."""
        return round(self.wall() * 1_000_000)


@dataclass(frozen=True)
class Patience:
    """How hard it is tried.

    Attributes:
        attempts: of one request, as long as its errors are ``Retryable``.
        longest_wait: seconds that a call waits for a limit or a retry; a longer wait is told
            instead.
        base: seconds; the pause after attempt n, counted from 0, is anything up to
            ``base * 2**n``.
    """

    attempts: int = 3
    longest_wait: float = 5.0
    base: float = 0.5


@dataclass(frozen=True)
class Access:
    """How one provider is reached; what is not given is as its spec says.

    Attributes:
        key: never shown.
        url: base URL of all its requests.
        rates: limits instead of the spec's.
        symbols: our name of a symbol -> the provider's.
    """

    key: str | None = field(default=None, repr=False)
    url: str | None = None
    rates: tuple[Rate, ...] | None = None
    symbols: Mapping[str, str] = field(default_factory=dict)

    def limits(self, spec: ProviderSpec) -> tuple[Rate, ...]:
        """Limits that hold."""
        if self.rates is not None:
            return self.rates
        return spec.rates if self.key else spec.keyless_rates or spec.rates

    def check(self, spec: ProviderSpec, capability: Capability) -> None:
        """Find out what no call can change.

        Raises:
            ProviderRetired: the provider is no more.
            Fatal: it lacks the capability, or its key is missing or cannot be one.
        """
        if spec.retired is not None:
            raise ProviderRetired(spec.retired)
        if capability not in spec.capabilities:
            has = ", ".join(spec.capabilities)
            raise Fatal(f"{spec.name} has no {capability} (it has: {has})")
        if not self.key and spec.needs_key:
            raise Fatal(f"{spec.name} needs a key: {spec.key_hint}")
        if self.key and spec.auth and not re.fullmatch(spec.key_form, self.key):
            raise Fatal(f"the key of {spec.name} has the wrong form {spec.key_hint}".rstrip())

    def address(
        self, spec: ProviderSpec, request: Request
    ) -> tuple[str, dict[str, str], dict[str, str]]:
        """URL, query and headers of a request, the key among them."""
        base = self.url or request.base_url
        base = base or (spec.keyless_url if not self.key else "") or spec.base_url
        params, headers = dict(request.params), {"User-Agent": spec.user_agent}
        if self.key and spec.auth:
            place = params if spec.auth.place == "query" else headers
            place[spec.auth.name] = spec.auth.scheme + self.key
        return base.rstrip("/") + request.path, params, headers
