"""Advice: metered answers on a portfolio of the caller, or on holdings in the body."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from serving.access.gate import caller, own_portfolio
from serving.errors import NotAvailable
from serving.meter import Answer, Draft
from serving.metering.idempotency import fingerprint, parse_key
from serving.models.advice import AdviceAnswer, AnalyzeIn
from serving.reference import answers
from serving.services import services

router = APIRouter(prefix="/v1", tags=["advice"])

ADVICE_ROUTE = "POST /v1/portfolios/{portfolio_id}/advice"
ANALYZE_ROUTE = "POST /v1/analyze"
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="repeat a request with its key: the stored answer comes back, billed once",
    ),
]


def target(request: Request) -> str:
    """Path and query as they were asked for."""
    query = request.scope["query_string"].decode("latin-1")
    return f"{request.scope['path']}?{query}"


def committed(answer: Answer) -> Response:
    """The answer as it was stored."""
    return Response(answer.body, answer.status, dict(answer.headers), "application/json")


@router.post(
    "/portfolios/{portfolio_id}/advice",
    operation_id="advise_portfolio",
    summary="Advice on one of your portfolios (metered)",
    responses=answers(AdviceAnswer, 400, 401, 404, 409, 422, 503),
)
async def advise_portfolio(
    request: Request,
    portfolio_id: str,
    as_of: Annotated[
        int | None, Query(description="a past instant, microseconds; not available yet")
    ] = None,
    key: IdempotencyKey = None,
) -> Response:
    """Bill 1 `portfolio_analysis` and 1 `advice_generation` per row of `advice`."""
    account_id = own_portfolio(request, portfolio_id).account_id
    if as_of is not None:
        raise NotAvailable("as_of: advice on a past instant is not available yet")
    parts = services(request)
    answer = await parts.meter.answer(
        account_id=account_id,
        route=ADVICE_ROUTE,
        idempotency_key=parse_key(key),
        fingerprint=fingerprint(target(request), await request.body()),
        build=lambda: parts.desk.portfolio(portfolio_id).draft(),
    )
    return committed(answer)


@router.post(
    "/analyze",
    operation_id="analyze_holdings",
    summary="Advice on holdings in the body (metered)",
    responses=answers(AdviceAnswer, 400, 401, 409, 413, 422, 503),
)
async def analyze_holdings(
    request: Request, holdings: AnalyzeIn, key: IdempotencyKey = None
) -> Response:
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
        idempotency_key=parse_key(key),
        fingerprint=fingerprint(target(request), orjson.dumps(asked)),
        build=build,
    )
    return committed(answer)
