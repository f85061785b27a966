"""Advice: metered answers on a portfolio of the caller, or on holdings in the body."""

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.access.gate import caller, own_portfolio
from serving.meter import Answer, Draft
from serving.metering.idempotency import fingerprint, parse_key
from serving.middleware import header
from serving.models.advice import AdviceAnswer, AnalyzeIn
from serving.past import parse_instant
from serving.reference import answers
from serving.services import services

router = APIRouter(prefix="/v1", tags=["advice"])

ADVICE_ROUTE = "POST /v1/portfolios/{portfolio_id}/advice"
ANALYZE_ROUTE = "POST /v1/analyze"
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "maxLength": 255},
    "description": "repeat a request with its key: the stored answer comes back, billed once",
}
AS_OF = {
    "name": "as_of",
    "in": "query",
    "schema": {"type": "string", "examples": ["1769055360000000", "2026-01-22T09:46:00+05:30"]},
    "description": "advice as it stood then: microseconds since the epoch, or ISO 8601 with offset",
}
PORTFOLIO = {
    "name": "portfolio_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "examples": ["demo-growth"]},
}


def target(request: Request) -> str:
    """Path and query as they were asked for."""
    query = request.scope["query_string"].decode("latin-1")
    return f"{request.scope['path']}?{query}"


def key_of(request: Request) -> str | None:
    """The Idempotency-Key of a request; None when there is none.

    Raises:
        BadKey: the header is not a key.
    """
    sent = header(request.scope, b"idempotency-key")
    return None if sent is None else parse_key(sent.decode("latin-1"))


def committed(answer: Answer) -> Response:
    """The answer as it was stored."""
    return Response(answer.body, answer.status, dict(answer.headers), "application/json")


@router.post(
    "/portfolios/{portfolio_id}/advice",
    operation_id="advise_portfolio",
    summary="Advice on one of your portfolios (metered)",
    responses=answers(AdviceAnswer, 400, 401, 404, 409, 410, 422, 503),
    openapi_extra={"parameters": [PORTFOLIO, AS_OF, KEY]},
)
async def advise_portfolio(request: Request) -> Response:
    """Bill 1 `portfolio_analysis` and 1 `advice_generation` per row of `advice`.

    With `as_of` the advice as it stood at that time, byte for byte: as it was answered then
    (`basis` served), else as it follows from all that is known of that time by now.
    """
    # Parameters are read here, not by FastAPI: that took a quarter of the time of this route.
    portfolio_id = request.path_params["portfolio_id"]
    account_id = own_portfolio(request, portfolio_id).account_id
    parts, time = services(request), None
    if request.scope["query_string"] and "as_of" in request.query_params:
        time = parse_instant(request.query_params["as_of"])
    answer = await parts.meter.answer(
        account_id=account_id,
        route=ADVICE_ROUTE,
        idempotency_key=key_of(request),
        fingerprint=fingerprint(target(request), await request.body()),
        build=lambda: parts.desk.advise(portfolio_id, time).draft(),
    )
    return committed(answer)


@router.post(
    "/analyze",
    operation_id="analyze_holdings",
    summary="Advice on holdings in the body (metered)",
    responses=answers(AdviceAnswer, 400, 401, 409, 413, 422, 503),
    openapi_extra={"parameters": [KEY]},
)
async def analyze_holdings(request: Request, holdings: AnalyzeIn) -> Response:
    """Evaluate the rules on up to 500 holdings; nothing of them is kept. Billed like advice."""
    parts = services(request)
    asked = holdings.model_dump()

    async def build() -> Draft:
        parts.desk.check()
        analysis = await parts.analyses.run(holdings.portfolio_id, asked["holdings"])
        return parts.desk.analysis(holdings.portfolio_id, analysis).draft()

    answer = await parts.meter.answer(
        account_id=caller(request).account_id,
        route=ANALYZE_ROUTE,
        idempotency_key=key_of(request),
        fingerprint=fingerprint(target(request), orjson.dumps(asked)),
        build=build,
    )
    return committed(answer)
