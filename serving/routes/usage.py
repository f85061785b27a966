"""What the account has used, and how far each usage event has got."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.access.gate import caller
from serving.errors import NotYours
from serving.models.usage import EventOut, UsageOut
from serving.money import money
from serving.options import MeterPrice
from serving.reference import answers
from serving.rendering import json_response
from serving.rows import integer
from serving.services import services
from serving.views import View, warm

router = APIRouter(prefix="/v1/usage", tags=["usage"])


def month_of(instant: int) -> datetime:
    """Start of the UTC calendar month of an instant in microseconds."""
    day = datetime.fromtimestamp(instant / 1e6, UTC)
    return datetime(day.year, day.month, 1, tzinfo=UTC)


def metered(price: MeterPrice, account_id: str, month: datetime, usage: View) -> dict[str, object]:
    """Units of one meter in the month, and their price."""
    start = int(month.timestamp()) * 1_000_000
    row = usage.get((account_id, price.meter, "month", start))
    count = 0 if row is None else integer(row, "quantity")
    amount = money(count * price.unit_micros)
    return {"count": count, "amount": amount, "currency": price.currency}


@router.get(
    "",
    operation_id="get_usage",
    summary="Usage of this month",
    responses=answers(UsageOut, 401, 503),
)
async def get_usage(request: Request) -> Response:
    """Units and amount per meter in the current calendar month (UTC). Not metered."""
    parts = services(request)
    warm(parts.views, "usage")
    now = parts.options.clock()
    month, usage = month_of(now), parts.views["usage"]
    account_id = caller(request).account_id
    meters = {
        price.meter: metered(price, account_id, month, usage) for price in parts.options.meters
    }
    period = f"{month:%Y-%m}"
    return json_response(
        {"account_id": account_id, "period": period, "meters": meters, "as_of": now}
    )


@router.get(
    "/events/{event_id}",
    operation_id="get_usage_event",
    summary="The fate of one usage event",
    responses=answers(EventOut, 401, 404, 503),
)
async def get_usage_event(request: Request, event_id: str) -> Response:
    """When the event was created, counted, sent and confirmed; null for what is still to come.

    `served_hash`, `portfolio_id` and `as_of` say which answer it was billed for, so that
    `yieldflow verify EVENT_ID` can check it; null for rows that a stream pushed.
    """
    account_id = caller(request).account_id
    event = await services(request).meter.trace(account_id=account_id, event_id=event_id)
    if event is None:
        raise NotYours(f"there is no usage event {event_id!r} in this account")
    return json_response(
        {
            "event_id": event.event_id,
            "meter": event.meter,
            "quantity": event.quantity,
            "created_at": event.created_at,
            "aggregated_at": event.aggregated_at,
            "sent_at": event.sent_at,
            "confirmed_at": event.confirmed_at,
            "served_hash": event.served_hash,
            "portfolio_id": event.portfolio_id,
            "as_of": event.as_of,
        }
    )
