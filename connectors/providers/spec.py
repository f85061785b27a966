"""What a provider is: data about it, what it is asked for, what it gives, how it fails.

A provider's module holds a ``ProviderSpec`` and two pure functions: which requests answer a
question, and what the bytes of an answer mean. Calling is a matter of ``http.py``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from connectors.providers.observations import Observation

Capability = Literal["quote", "bars", "trades", "fundamentals", "news", "macro"]
Outcome = Literal["ok", "retryable", "fatal", "unknown_symbol"]
Rate = tuple[int, float]  # so many calls in so many seconds


class ProviderError(Exception):
    """A provider did not give what it was asked for. One line says why, without the key."""


class Retryable(ProviderError):
    """It may work later: a limit, a cut connection, a broken answer.

    Attributes:
        after: seconds to leave the provider alone for; None: it did not say.
    """

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Malformed(Retryable):
    """The answer is none: cut JSON, HTML, or the answer to another question."""


class Fatal(ProviderError):
    """It will not work until somebody does something: a wrong key, an endpoint that costs money."""


class UnknownSymbol(ProviderError):
    """The provider does not know the symbol; it knows others."""


class ProviderRetired(Fatal):
    """The provider is no more, so nothing is ever sent to it."""


@dataclass(frozen=True)
class Auth:
    """Where the key goes.

    Attributes:
        name: of the header or parameter.
        scheme: what comes before the key: ``Bearer ``.
    """

    place: Literal["header", "query"]
    name: str
    scheme: str = ""


@dataclass(frozen=True)
class ProviderSpec:
    """A provider as data.

    Attributes:
        name: as settings call it.
        base_url: of its requests; '' for a retired one.
        capabilities: what it can be asked for.
        auth: where the key goes; None: it has none.
        rates: limits of the free plan, all of which hold; settings may say others.
        keyless_url: used instead of ``base_url`` when there is no key; '': the same.
        keyless_rates: limits without a key; empty: the same.
        needs_key: it answers nobody without one.
        key_form: what a key looks like, a regular expression for all of it.
        key_hint: what somebody without a key has to do.
        user_agent: how we name ourselves.
        retired: why it is never called; None: it is alive.
    """

    name: str
    base_url: str
    capabilities: tuple[Capability, ...]
    auth: Auth | None = None
    rates: tuple[Rate, ...] = ()
    keyless_url: str = ""
    keyless_rates: tuple[Rate, ...] = ()
    needs_key: bool = False
    key_form: str = r"\S+"
    key_hint: str = ""
    user_agent: str = "yieldflow"
    retired: str | None = None


@dataclass(frozen=True)
class Request:
    """One GET.

    Attributes:
        path: below the base URL, quoted.
        params: of the query, without the key.
        symbols: whom the answer tells of.
        weight: what it counts against the limits.
        interval: of the bars it asks for, microseconds.
        base_url: of another host of the provider; settings that name an address name it for all.
    """

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    symbols: tuple[str, ...] = ()
    weight: int = 1
    interval: int = 0
    base_url: str = ""


@dataclass(frozen=True)
class Context:
    """What an answer itself does not say.

    Attributes:
        request: that it answers.
        received: when it came, microseconds UTC.
    """

    request: Request
    received: int

    @property
    def symbol(self) -> str:
        """The one symbol that was asked for; '' when there are none or several."""
        return self.request.symbols[0] if len(self.request.symbols) == 1 else ""

    def named(self, symbol: str) -> str:
        """The symbol as it was asked for; ``symbol``, as the answer spells it, of several."""
        return self.symbol or symbol


class Provider(Protocol):
    """A provider's two questions. Both are asked from one thread at a time."""

    @property
    def spec(self) -> ProviderSpec:
        """What is to be known of it."""

    def requests(self, capability: Capability, symbols: Sequence[str]) -> Iterable[Request]:
        """Say what to ask; it is never asked for a capability that it lacks.

        Raises:
            ProviderError: it cannot be asked so. What was yielded before counts.
        """

    def parse(
        self,
        capability: Capability,
        body: bytes,
        status: int,
        headers: Mapping[str, str],
        context: Context,
    ) -> list[Observation]:
        """Read an answer; ``headers`` have lower-case names.

        Raises:
            ProviderError: the one that fits; ``Malformed``: it is no answer to this question.
        """


@runtime_checkable
class Following(Protocol):
    """Of a provider whose answers call for further requests: pages, identifiers."""

    def follow(self, capability: Capability, body: bytes, context: Context) -> Iterable[Request]:
        """Say what to ask next, after ``parse`` has accepted ``body``."""


@dataclass(frozen=True)
class CallRecord:
    """One HTTP call, for costs, health and comparison.

    Attributes:
        started: microseconds UTC.
        latency_us: from sending until the answer was read; waiting for a limit is not in it.
        bytes: of the body as it was read; 0 when none came.
        cost_micros: of USD.
        symbols: it asked for.
    """

    provider: str
    capability: Capability
    started: int
    latency_us: int
    outcome: Outcome
    bytes: int
    cost_micros: int
    symbols: tuple[str, ...]


Listener = Callable[[CallRecord], None]
