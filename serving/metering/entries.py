"""What a request, a push and a correction put into the ledger. Pure: no clock, no IO."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.store.entries import (
    AnswerRow,
    DeliveryRow,
    Entry,
    LedgerEvent,
    ServedRow,
    UsageRow,
)
from serving.meter import Answer, Draft, Receipt
from serving.metering import event_ids


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for what. ``fingerprint`` is hexadecimal; ``key`` is None without the header."""

    account_id: str
    route: str
    key: str | None
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Moment:
    """What is frozen into each event: the time (microseconds UTC) and the prices in force."""

    now: int
    price_version: str


def units(draft: Draft) -> list[str]:
    """Return the meter of every unit that a draft is charged for.

    Raises:
        ValueError: a charge has less than one unit.
    """
    for charge in draft.charges:
        if charge.quantity < 1:
            raise ValueError(f"a charge has at least 1 unit, {charge.meter} has {charge.quantity}")
    return [charge.meter for charge in draft.charges for _ in range(charge.quantity)]


def of_answer(
    request: Request,
    draft: Draft,
    ids: Sequence[str],
    moment: Moment,
    keep: int,
    served: ServedRow | None = None,
) -> tuple[Answer, Entry]:
    """Render a draft and bill it: one event per unit, so that billing can count ids.

    Args:
        request: with a key, the answer is stored too, for ``keep`` microseconds.
        draft: its charges take the ``ids`` in order, each as many as it has units.
        ids: one per unit, as :func:`units` lists them.
        moment: when, and at which prices.
        keep: how long the stored answer holds.
        served: what was served, unless the ledger has it.
    """
    rows = zip(units(draft), ids, strict=True)
    events = tuple(
        _event(request, moment, meter, name, receipt=draft.receipt) for meter, name in rows
    )
    headers = {**draft.headers, "X-Usage-Event-Id": ids[0]} if ids else dict(draft.headers)
    answer = Answer(draft.status, draft.make_body(ids), headers)
    if request.key is None:
        return answer, Entry(events=events, served=served)
    kept = AnswerRow(
        account_id=request.account_id,
        route=request.route,
        key=request.key,
        fingerprint=request.fingerprint,
        status=answer.status,
        headers=json.dumps(headers),
        body=answer.body,
        created_at=moment.now,
        expires_at=moment.now + keep,
    )
    return answer, Entry(events=events, answer=kept, served=served)


def of_served(receipt: Receipt, now: int, keep: int) -> ServedRow:
    """What was served, its content for ``keep`` microseconds."""
    return ServedRow(
        served_hash=receipt.served_hash,
        portfolio_id=receipt.portfolio_id,
        as_of=receipt.as_of,
        served_at=now,
        expires_at=now + keep,
        content=receipt.content,
    )


def of_stored(row: AnswerRow) -> Answer:
    """Give a stored answer again: the same bytes, marked as a replay."""
    headers = {**json.loads(row.headers), "Idempotency-Replayed": "true"}
    return Answer(row.status, row.body, headers, replayed=True)


def of_deliveries(
    account_id: str, meter: str, keys: Sequence[str], moment: Moment
) -> tuple[list[str], Entry]:
    """Bill one unit per pushed key, unless it was billed to this account before."""
    request = Request(account_id, "deliver", None, "")
    ids = [event_ids.id_of_delivery(account_id, meter, key) for key in keys]
    pushed = list(zip(keys, ids, strict=True))
    return ids, Entry(
        once=tuple(
            _event(request, moment, meter, name, json.dumps({"subject": key}))
            for key, name in pushed
        ),
        deliveries=tuple(DeliveryRow(account_id, meter, key, name) for key, name in pushed),
    )


def of_reversal(event: LedgerEvent, reason: str, now: int) -> tuple[str, Entry]:
    """Take an event back by a second one of the opposite quantity, at the same prices."""
    name = event_ids.id_of_reversal(event.event_id)
    correction = UsageRow(
        event_id=name,
        account_id=event.account_id,
        meter=event.meter,
        quantity=-event.quantity,
        ts_event=now,
        route="reverse",
        request_fingerprint="",
        price_version=event.price_version,
        reverses=event.event_id,
        properties=json.dumps({"reason": reason}),
    )
    return name, Entry(once=(correction,))


def _event(
    request: Request,
    moment: Moment,
    meter: str,
    name: str,
    properties: str = "{}",
    receipt: Receipt | None = None,
) -> UsageRow:
    return UsageRow(
        event_id=name,
        account_id=request.account_id,
        meter=meter,
        quantity=1,
        ts_event=moment.now,
        route=request.route,
        request_fingerprint=request.fingerprint,
        price_version=moment.price_version,
        properties=properties,
        served_hash=None if receipt is None else receipt.served_hash,
    )
