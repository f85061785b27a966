"""Pushes: server-sent events."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from serving.access.gate import caller
from serving.errors import TooManyStreams
from serving.event_stream import EventStream
from serving.reference import Responses, answers
from serving.services import services
from serving.topics import Interest

router = APIRouter(prefix="/v1", tags=["stream"])

EVENTS: Responses = {
    200: {
        "description": "an open event stream",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get(
    "/stream",
    operation_id="stream",
    summary="Changes as server-sent events (advice is metered)",
    responses=EVENTS | answers(None, 401, 422, 429, 503),
)
async def stream(
    request: Request,
    topics: Annotated[
        str,
        Query(
            description="comma separated: advice, positions, portfolio_risk, quotes, bars, "
            "indicators, usage",
            examples=["advice,quotes"],
        ),
    ] = "advice",
    symbols: Annotated[
        str, Query(description="comma separated; narrows quotes, bars and indicators")
    ] = "",
    last_event_id: Annotated[
        str | None, Header(description="accepted; each stream begins with a snapshot anyway")
    ] = None,
) -> Response:
    """A snapshot, a `ready` event, then every change of the topics, in order.

    An event is named after its topic; its data is the row with `change` (snapshot, upsert or
    delete). Each open advice row is billed as one `advice_generation`, once per row and account
    however often it is sent, and carries its `usage_event_id`. A comment comes after 15 s of
    silence. A stream that is read too slowly, cannot be billed or is cut by a shutdown ends with a
    `problem` event.
    """
    parts, principal = services(request), caller(request)
    interest = Interest.parse(principal, topics, symbols)
    if "advice" in interest.topics:
        parts.desk.check()
    most = parts.options.streams_per_account
    if parts.hub.held_by(principal.account_id) >= most:
        raise TooManyStreams(f"the account has {most} open streams already")
    return EventStream(
        interest,
        views=parts.views,
        hub=parts.hub,
        meter=parts.meter,
        options=parts.options,
    )
