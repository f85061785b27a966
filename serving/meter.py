"""What serving asks of metering: work is charged for, committed, and only then answered.

``serving.metering`` implements :class:`Meter`; tests use a fake. An answer that was not committed
is never sent: the caller gets 503 and nothing is billed.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Conflict(Exception):
    """A request with the same ``Idempotency-Key`` is still running: 409."""


class Mismatch(Exception):
    """The ``Idempotency-Key`` was used before with another request: 422."""


class LedgerUnavailable(Exception):
    """The ledger cannot commit now (queue full, disk full, closed): 503, nothing billed."""


@dataclass(frozen=True, slots=True)
class Charge:
    """Units of one meter to bill, at least 1: one usage event per unit."""

    meter: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an answer was, so that its bill can be checked later.

    Attributes:
        served_hash: hexadecimal SHA-256 of what was served.
        portfolio_id: whose advice it was. as_of: instant of the evaluation, microseconds.
        content: what was served; None when only its hash may be kept.
    """

    served_hash: str
    portfolio_id: str
    as_of: int
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer that is ready but for the ids of its usage events.

    Attributes:
        charges: what to bill, in the order of the ids handed to ``make_body``, one id per unit.
        make_body: renders the final bytes from the minted event ids; they are stored as they are.
        status: HTTP status of the answer.
        headers: further answer headers, stored with the answer.
        receipt: what was served, noted with each event.
    """

    charges: Sequence[Charge]
    make_body: Callable[[Sequence[str]], bytes]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A committed answer. ``replayed``: it was given before under the same key."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class EventTrace:
    """How far one usage event has got. Times in microseconds UTC; None: has not happened yet.

    ``served_hash``, ``portfolio_id`` and ``as_of`` say what was served; None for what was pushed.
    """

    event_id: str
    meter: str
    quantity: int
    created_at: int
    aggregated_at: int | None = None
    sent_at: int | None = None
    confirmed_at: int | None = None
    served_hash: str | None = None
    portfolio_id: str | None = None
    as_of: int | None = None


@dataclass(frozen=True, slots=True)
class MeterHealth:
    """State of the ledger for /readyz and /metrics. ``reason`` says why it is not writable."""

    writable: bool
    queue_depth: int
    commit_seconds: float
    reason: str = ""


class Meter(Protocol):
    """Charges for work and answers after the commit."""

    async def answer(
        self,
        *,
        account_id: str,
        route: str,
        idempotency_key: str | None,
        fingerprint: bytes,
        build: Callable[[], Awaitable[Draft] | Draft],
    ) -> Answer:
        """Build, bill and answer once per (account, route, key).

        Args:
            account_id: who pays.
            route: name of the operation; scopes the key.
            idempotency_key: None when the caller sent none.
            fingerprint: SHA-256 of the canonical request; the same key with another one is refused.
            build: makes the draft; not called when a stored answer is replayed. What it raises is
                raised here, nothing is billed and the key is free again.

        Raises:
            Conflict: the same key is still running.
            Mismatch: the same key came with another fingerprint.
            LedgerUnavailable: not committed, nothing billed.
        """

    async def deliver(self, *, account_id: str, meter: str, keys: Sequence[str]) -> Sequence[str]:
        """Bill one unit per key, once ever per (account, meter, key); return the ids in order.

        Raises:
            LedgerUnavailable: none of the keys was billed by this call.
        """

    async def trace(self, *, account_id: str, event_id: str) -> EventTrace | None:
        """The fate of one event of this account; None when the account has no such event.

        Raises:
            LedgerUnavailable: the ledger cannot be read.
        """

    def stored(self, portfolio_id: str, as_of: int) -> bytes | None:
        """What was last served on a portfolio at an instant; None: nothing, or too long ago.

        Raises:
            LedgerUnavailable: the ledger cannot be read.
        """

    def health(self) -> MeterHealth:
        """Whether a charge could be committed now. Never blocks, never raises."""
