"""How long the last consistent views may be served when engine or feeds are away. Pure ASGI."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.errors import KINDS, StaleViews
from serving.problems import problem_response
from serving.views import EngineStatus

GUARDED = "/v1/"
MICROSECOND = timedelta(microseconds=1)


def stale_for(status: EngineStatus, now: int) -> timedelta | None:
    """How long the views have stood still for want of engine or feeds; None while they do not."""
    return None if status.stale_since is None else max(0, now - status.stale_since) * MICROSECOND


class Freshness:
    """Mark answers from views that stand still (``X-Stale-Since``), and refuse them in the end.

    Args:
        status: says since when they stand.
        limit: how long they may.
        clock: wall clock in microseconds.
    """

    def __init__(
        self, app: ASGIApp, status: EngineStatus, limit: timedelta, clock: Callable[[], int]
    ) -> None:
        self.app, self.status, self.limit, self.clock = app, status, limit, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, marked if need be."""
        since = self.status.stale_since
        if since is None or scope["type"] != "http" or not scope["path"].startswith(GUARDED):
            await self.app(scope, receive, send)
            return
        if self.clock() - since > self.limit // MICROSECOND:
            detail = f"nothing new since {told(since)}: {away(self.status)}"
            refusal = problem_response(KINDS[StaleViews], detail, scope)
            await refusal(scope, receive, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                mark = (b"x-stale-since", told(since).encode())
                message["headers"] = [*message["headers"], mark]
            await send(message)

        await self.app(scope, receive, send_marked)


def away(status: EngineStatus) -> str:
    """What is away, for people."""
    parts = [f"{part.name} is away" for part in status.parts if part.state == "away"]
    if status.state != "running":
        parts.append(f"the engine is {status.state}")
    return ", ".join(parts) or "the feeds are silent"


def told(moment: int) -> str:
    """Microseconds as RFC 3339."""
    at = datetime.fromtimestamp(moment // 1_000_000, UTC)
    return at.isoformat().replace("+00:00", "Z")
