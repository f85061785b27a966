"""What the providers' modules have in common: first whether an answer is one, then what it says."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Final

from connectors.providers.observations import TEXTS, BarRow, Observation
from connectors.providers.reading import load, number, one_line, retry_after
from connectors.providers.spec import (
    Capability,
    Context,
    Fatal,
    Malformed,
    ProviderError,
    ProviderSpec,
    Request,
    Retryable,
    UnknownSymbol,
)

Reader = Callable[[Any, Context], list[Observation]]
# What reading a document of an unexpected shape raises.
SHAPE_ERRORS: Final = (LookupError, TypeError, ValueError, AttributeError, OverflowError)


@dataclass(frozen=True)
class BarSpan:
    """Which bars are asked for.

    Attributes:
        interval: length of a bar.
        days: how far back.
    """

    interval: timedelta = timedelta(days=1)
    days: int = 30

    @property
    def micros(self) -> int:
        """Length of a bar in microseconds."""
        return self.interval // timedelta(microseconds=1)


class Adapter:
    """A provider whose answers are JSON. A subclass is its spec, requests, errors and readers.

    Attributes:
        spec: of the provider.
        readers: what turns a decoded answer into observations, by capability. One may raise any
            error of a wrong shape (``KeyError``, ``TypeError``, ``ValueError`` ...).
        intervals: bars it has, and how it calls them.
        limit_wait: seconds to wait after HTTP 429 that does not say how long; None: not known.
    """

    spec: ClassVar[ProviderSpec]
    readers: ClassVar[Mapping[Capability, Reader]]
    intervals: ClassVar[Mapping[timedelta, str]] = {}
    limit_wait: ClassVar[float | None] = None

    def __init__(self, bars: BarSpan | None = None, clock: Callable[[], float] = time.time) -> None:
        """Ask for ``bars``; ``clock`` gives seconds since the epoch."""
        self.bars = bars or BarSpan()
        self.clock = clock

    def requests(self, capability: Capability, symbols: Sequence[str]) -> Iterable[Request]:
        """Say what to ask, see ``Provider``."""
        raise NotImplementedError

    def refusal(
        self, document: Any, status: int, after: float | None, context: Context
    ) -> ProviderError | None:
        """Which error the provider tells in its own words, with HTTP 200 too; None: no such one.

        Args:
            document: the decoded answer.
            status: of HTTP.
            after: seconds to wait, as the headers say.
            context: of the answer.
        """
        return None

    def decoded(self, body: bytes) -> Any:
        """The document in ``body``."""
        return load(body)

    def parse(
        self,
        capability: Capability,
        body: bytes,
        status: int,
        headers: Mapping[str, str],
        context: Context,
    ) -> list[Observation]:
        """Read an answer, see ``Provider``."""
        after = retry_after(headers, context.received)
        if status == 429 and after is None:
            after = self.limit_wait
        try:
            document = self.decoded(body)
            refused = self.refusal(document, status, after, context)
        except (Malformed, *SHAPE_ERRORS) as error:
            refused = by_status(status, after, context, body) or _shaped(error)
        if refused is None:
            refused = by_status(status, after, context, body)
        if refused is not None:
            raise refused
        reader = self.readers.get(capability)
        if reader is None:
            raise Fatal(f"{self.spec.name} has no {capability}")
        try:
            return _checked(reader(document, context))
        except SHAPE_ERRORS as error:
            raise _shaped(error) from None

    def interval_word(self) -> str:
        """How the provider calls the bars that are asked for.

        Raises:
            Fatal: it has no such bars.
        """
        word = self.intervals.get(self.bars.interval)
        if word is None:
            known = ", ".join(str(each) for each in sorted(self.intervals)) or "none"
            raise Fatal(f"{self.spec.name} has no bars of {self.bars.interval} (it has: {known})")
        return word


def bar(symbol: str, start: int, values: Iterable[object], interval: int) -> BarRow:
    """A bar of open, high, low, close and volume, in this order.

    Raises:
        ValueError: there are more or fewer of them.
    """
    first, high, low, last, volume = (number(value) for value in values)
    return BarRow(symbol, start, first, high, low, last, volume, interval)


def by_status(
    status: int, after: float | None, context: Context, body: bytes
) -> ProviderError | None:
    """What an HTTP status means where the provider's own words say no more; None: it is well."""
    if 200 <= status < 300:
        return None
    said = f"HTTP {status}: {one_line(body)}"
    if status in (408, 425, 429) or status >= 500:
        return Retryable(said, after)
    if 300 <= status < 400:
        return Fatal(f"HTTP {status}: it answers from another address, which is not followed")
    if status == 404 and context.request.symbols:
        return UnknownSymbol(f"{', '.join(context.request.symbols)}: {said}")
    return Fatal(said)


def _checked(found: list[Observation]) -> list[Observation]:
    for one in found:
        for name in TEXTS[type(one)]:
            if not isinstance(getattr(one, name), str):
                raise TypeError(f"{name} is no text")
    return found


def _shaped(error: Exception) -> Malformed:
    if isinstance(error, Malformed):
        return error
    said = one_line(f"{type(error).__name__}: {error}")
    return Malformed(f"the answer has another shape than one to this question ({said})")
