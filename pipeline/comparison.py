"""How good the data of providers is, told from one answer of each to the same question."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from math import isnan
from statistics import median

from connectors.providers.ab import BPS, is_price
from connectors.providers.calls import Called
from connectors.providers.observations import Observation
from connectors.providers.shadow import price_of


@dataclass(frozen=True)
class Reply:
    """What came of asking one provider.

    Attributes:
        found: observations by symbol.
        calls: requests that were made, with what they cost.
        error: why nothing came; '' when something did.
        received: when the answer was complete, microseconds UTC.
    """

    provider: str
    found: Mapping[str, Sequence[Observation]]
    calls: Sequence[Called]
    error: str
    received: int


@dataclass(frozen=True)
class Quality:
    """One provider's answer about one symbol; None where it gives no such thing.

    Attributes:
        observations: how many came.
        price: the newest.
        age_us: of the newest observation when it was received.
        median_bps: distance of ``price`` from the median of all providers, signed; None with fewer
            than two.
        missing: fields that at least one observation lacks.
        error: why there is nothing; '' when there is.
    """

    symbol: str
    observations: int
    price: float | None
    age_us: int | None
    median_bps: float | None
    missing: tuple[str, ...]
    error: str


@dataclass(frozen=True)
class Verdict:
    """All of one provider; ``latency_us`` is the mean of its requests, None without one."""

    provider: str
    requests: int
    latency_us: int | None
    bytes: int
    cost_micros: int
    symbols: tuple[Quality, ...]

    @property
    def answered(self) -> bool:
        """Whether anything came."""
        return any(one.observations for one in self.symbols)


def judge(replies: Iterable[Reply], symbols: Sequence[str]) -> list[Verdict]:
    """Compare the replies of several providers to one question about ``symbols``."""
    told = list(replies)
    medians = {symbol: _median(told, symbol) for symbol in symbols}
    return [_verdict(reply, medians) for reply in told]


def missing_fields(observations: Iterable[Observation]) -> tuple[str, ...]:
    """Fields that are empty in at least one observation: None, '' or NaN."""
    found: dict[str, None] = {}
    for one in observations:
        found |= {part.name: None for part in fields(one) if _is_missing(getattr(one, part.name))}
    return tuple(found)


def _verdict(reply: Reply, medians: Mapping[str, float | None]) -> Verdict:
    calls = reply.calls
    return Verdict(
        provider=reply.provider,
        requests=len(calls),
        latency_us=round(sum(one.latency_us for one in calls) / len(calls)) if calls else None,
        bytes=sum(one.bytes for one in calls),
        cost_micros=sum(one.cost_micros for one in calls),
        symbols=tuple(_quality(reply, symbol, middle) for symbol, middle in medians.items()),
    )


def _quality(reply: Reply, symbol: str, middle: float | None) -> Quality:
    some = reply.found.get(symbol, ())
    price = _price(some)
    return Quality(
        symbol=symbol,
        observations=len(some),
        price=price,
        age_us=max(0, reply.received - max(one.ts_event for one in some)) if some else None,
        median_bps=None if price is None or middle is None else (price / middle - 1) * BPS,
        missing=missing_fields(some),
        error="" if some else reply.error or "gave nothing on it",
    )


def _median(replies: Iterable[Reply], symbol: str) -> float | None:
    prices = [_price(reply.found.get(symbol, ())) for reply in replies]
    known = [price for price in prices if price is not None]
    return median(known) if len(known) > 1 else None


def _price(observations: Sequence[Observation]) -> float | None:
    price = price_of(observations)
    return price if is_price(price) else None


def _is_missing(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and isnan(value))
