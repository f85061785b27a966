"""What the API is built with. The pipeline makes it from the settings; no I/O, no environment."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

Within = Callable[[Awaitable[None], float], Awaitable[None]]


def wall_clock() -> int:
    """Now, in microseconds since the epoch."""
    return time.time_ns() // 1000


async def within(wait: Awaitable[None], seconds: float) -> None:
    """Await for at most so many seconds, then raise TimeoutError.

    Unlike ``asyncio.wait_for`` before Python 3.12 it never loses a cancellation.
    """
    async with asyncio.timeout(seconds):
        await wait


@dataclass(frozen=True, slots=True)
class Account:
    """Who may call, and what is theirs. ``key`` is the secret itself; only its hash is kept.

    ``plan`` is the name of the account's plan, '' when it has none. ``admin``: it runs the service.
    """

    account_id: str
    name: str
    key: str = field(repr=False)
    portfolios: Sequence[str]
    plan: str = ""
    admin: bool = False


@dataclass(frozen=True, slots=True)
class MeterPrice:
    """What one unit of a meter costs, in micros of the currency unit; 0: included in the plan.

    ``per_plan``: accounts without a plan cannot have it.
    """

    meter: str
    unit_micros: int
    currency: str
    price_version: str = ""
    per_plan: bool = False


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Settings of the API.

    Attributes:
        accounts: who may call.
        meters: prices, in the order they are shown; every meter is listed in /v1/usage.
        intervals: bar intervals that exist.
        default_interval: of bars and indicators when the caller names none.
        currency: of the market; portfolios are valued in it.
        disclaimers: text by ``disclaimer_id``, sent along with advice.
        retention: how far back advice can be asked for, in time of the market.
        max_staleness: how long views are served that stand still because engine or feeds are away.
        max_body_bytes: a longer request body is refused with 413.
        max_import_bytes: likewise, of a broker's file.
        retry_after: what a 503 suggests.
        heartbeat: longest silence on a stream.
        stream_queue: changes a stream may lag behind before it is closed.
        stream_stall: how long a stream may take no bytes at all before it is cut.
        streams_per_account: open streams allowed at a time.
        analyses: analyses that may run at a time; ``analyses_waiting`` more may wait.
        clock: wall clock in microseconds.
        within: awaits for at most so many seconds, then raises TimeoutError.
    """

    accounts: Sequence[Account] = ()
    meters: Sequence[MeterPrice] = ()
    intervals: Sequence[str] = ("1m", "5m", "1h", "1d")
    default_interval: str = "1m"
    currency: str = "INR"
    disclaimers: Mapping[str, str] = field(default_factory=dict)
    retention: timedelta = timedelta(days=8)
    max_staleness: timedelta = timedelta(minutes=5)
    version: str = "0.1.0"
    max_body_bytes: int = 1 << 20
    max_import_bytes: int = 10 << 20
    retry_after: timedelta = timedelta(seconds=1)
    heartbeat: timedelta = timedelta(seconds=15)
    stream_queue: int = 20_000
    stream_stall: timedelta = timedelta(seconds=30)
    streams_per_account: int = 20
    analyses: int = 2
    analyses_waiting: int = 64
    clock: Callable[[], int] = wall_clock
    within: Within = within
