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
    """One row of ``usage_events``. ``ts_event``: microseconds UTC; ``properties``: JSON text.

    ``served_hash`` names what was served, a row of ``served``; None when nothing was.
    """

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
    served_hash: str | None = None


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


class ServedRow(NamedTuple):
    """One row of ``served``: what was told of a portfolio at an instant.

    ``content``: not compressed yet; None when only the hash may be kept.
    """

    served_hash: str
    portfolio_id: str
    as_of: int
    served_at: int
    expires_at: int
    content: bytes | None


class HoldingsRow(NamedTuple):
    """One row of ``holding_documents``: what a portfolio holds from ``ts_event`` on, as JSON."""

    portfolio_id: str
    revision: int
    ts_event: int
    document: str
    account_id: str
    stored_at: int


class TransactionsRow(NamedTuple):
    """One row of ``transaction_documents``: all transactions of a portfolio, as JSON."""

    portfolio_id: str
    revision: int
    document: str
    account_id: str
    stored_at: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What one call stores, all or nothing.

    Attributes:
        events: new usage events; one whose id is stored already makes the entry refused.
        once: usage events that are stored unless their id is there already.
        deliveries: pushed subjects, stored unless they are there already.
        answer: the answer under the caller's key; takes the place of an expired one.
        served: what was served; stored once per hash, and then its content is kept for longer.
        holdings: documents of portfolios. transactions: of their accounts.
    """

    events: tuple[UsageRow, ...] = ()
    once: tuple[UsageRow, ...] = ()
    deliveries: tuple[DeliveryRow, ...] = ()
    answer: AnswerRow | None = None
    served: ServedRow | None = None
    holdings: tuple[HoldingsRow, ...] = ()
    transactions: tuple[TransactionsRow, ...] = ()


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
    served_hash: str | None
    portfolio_id: str | None
    as_of: int | None
    seq: int
    sent_at: int | None
    confirmed_at: int | None
