"""What goes into the ledger: plain rows, in the column order of ``connectors.store.schema``."""

from dataclasses import dataclass
from typing import NamedTuple


class LedgerUnavailable(Exception):
    """The ledger cannot commit now (disk full, closed, queue full). Nothing was stored."""


class LedgerBusy(LedgerUnavailable):
    """The queue of the writer is full."""


class EntryRefused(ValueError):
    """The entry breaks a rule of the tables, such as an event id that exists. Nothing is stored."""


class UsageRow(NamedTuple):
    """One row of ``usage_events``. ``ts_event``: microseconds UTC; ``properties``: JSON text."""

    event_id: str
    account_id: str
    meter: str
    quantity: int
    ts_event: int
    route: str
    request_fingerprint: str
    price_version: str
    reverses: str | None = None
    properties: str = "{}"


class AnswerRow(NamedTuple):
    """One row of ``idempotency``: an answer, byte for byte. ``headers`` is JSON text."""

    account_id: str
    route: str
    key: str
    fingerprint: str
    status: int
    headers: str
    body: bytes
    created_at: int
    expires_at: int


class DeliveryRow(NamedTuple):
    """One row of ``deliveries``: a subject that was pushed to an account, and its event."""

    account_id: str
    meter: str
    subject_id: str
    event_id: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What one call stores, all or nothing.

    Attributes:
        events: new usage events; one whose id is stored already makes the entry refused.
        once: usage events that are stored unless their id is there already.
        deliveries: pushed subjects, stored unless they are there already.
        answer: the answer under the caller's key; takes the place of an expired one.
    """

    events: tuple[UsageRow, ...] = ()
    once: tuple[UsageRow, ...] = ()
    deliveries: tuple[DeliveryRow, ...] = ()
    answer: AnswerRow | None = None


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """A stored usage event and how far its delivery has got. Times in microseconds UTC."""

    event_id: str
    account_id: str
    meter: str
    quantity: int
    ts_event: int
    route: str
    request_fingerprint: str
    price_version: str
    reverses: str | None
    properties: str
    seq: int
    sent_at: int | None
    confirmed_at: int | None
