"""For operators: liveness, readiness, metrics."""

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from serving.errors import NotReady
from serving.freshness import stale_for, told
from serving.models.operations import Alive, Ready
from serving.reference import answers
from serving.rendering import json_response
from serving.services import Services, services
from serving.views import PartStatus

router = APIRouter(tags=["operations"])

NEEDED = ("quotes", "bars", "indicators", "positions", "portfolio_risk", "advice", "usage")


def away(part: PartStatus) -> bool:
    """Whether the other side is not there."""
    return part.state == "away"


def obstacles(parts: Services) -> list[str]:
    """Why the service cannot answer now; empty when it can."""
    found = []
    status = parts.status
    stale = stale_for(status, parts.options.clock())
    cold = [name for name in NEEDED if not parts.views[name].ready]
    too_old = stale is not None and stale > parts.options.max_staleness
    if cold or too_old:
        found += [
            f"{part.name}: away since {told(part.since)}, {part.reason}"
            for part in status.parts
            if away(part)
        ]
    if too_old:
        found.append(f"nothing new since {told(status.stale_since or 0)}")
    if status.state not in ("running", "drained", "restarting") or (cold and status.failure):
        since = f", since {told(status.stale_since or 0)}" if status.failure and stale else ""
        found.append(f"engine: {status.state} {status.failure}".rstrip() + since)
    if cold:
        found.append(f"views not filled yet: {', '.join(cold)}")
    health = parts.meter.health()
    if not health.writable:
        found.append(f"ledger: {health.reason or 'not writable'}")
    return found


@router.get("/healthz", operation_id="healthz", summary="The process is alive")
async def healthz() -> Alive:
    """Answers as long as the event loop does."""
    return Alive(status="ok")


@router.get(
    "/readyz",
    operation_id="readyz",
    summary="The service can answer",
    responses=answers(Ready, 503),
)
async def readyz(request: Request) -> Response:
    """200 when the engine runs, the views are filled and the ledger can commit; else 503.

    While a part is away, answers come from the last consistent views: degraded. After
    `engine.max_staleness` that is 503 too.
    """
    parts = services(request)
    if reasons := obstacles(parts):
        raise NotReady(*reasons)
    status = parts.status
    return json_response(
        {
            "status": "ready" if status.stale_since is None else "degraded",
            "engine": status.state,
            "as_of": status.clock,
            "stale_since": status.stale_since,
            "parts": [
                {
                    "name": part.name,
                    "state": part.state,
                    "since": part.since,
                    "reason": part.reason,
                    "lag": part.lag,
                }
                for part in status.parts
            ],
        }
    )


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Numbers for Prometheus",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    """Ticks, rejects, commits, clocks, view rows, requests, ledger, streams."""
    return Response(services(request).metrics.render(), media_type=CONTENT_TYPE_LATEST)
