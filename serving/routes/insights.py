"""Insights: how advice has fared, what is out of the ordinary, and where prices may go."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.access.gate import caller, own_portfolio
from serving.access.keys import Principal
from serving.insights import MARKET, Insight, check_plan, drafted, recorded
from serving.meter import Draft
from serving.metering.idempotency import fingerprint
from serving.models.insights import InsightAnswer, InsightsOut
from serving.reference import answers
from serving.rendering import json_response
from serving.routes.advice import KEY, committed, key_of, target
from serving.rows import text
from serving.services import services
from serving.views import warm

router = APIRouter(prefix="/v1/insights", tags=["insights"])

PORTFOLIO_ROUTE = "POST /v1/insights/portfolio/{portfolio_id}"
MARKET_ROUTE = "POST /v1/insights/market-summary"


@router.get(
    "",
    operation_id="get_insights",
    summary="Track record of the rules, and the outlook of your symbols",
    responses=answers(InsightsOut, 401, 422, 503),
)
async def get_insights(request: Request) -> Response:
    """Per rule how often it fired, came back, and what followed. Not metered.

    Per symbol you hold its trend, what is out of the ordinary, and forecasts with their errors.
    """
    parts = services(request)
    warm(parts.views, "positions", "track_record")
    positions = parts.views["positions"]
    owned = caller(request).portfolios
    held = {text(row, "symbol") for name in owned for row in positions.rows(name)}
    found = await parts.insights.outlook(sorted(held))
    return json_response(
        {
            "as_of": found.as_of,
            "interval": found.interval,
            "track_record": recorded(parts.views["track_record"].rows()),
            "symbols": found.symbols,
        }
    )


@router.post(
    "/portfolio/{portfolio_id}",
    operation_id="explain_portfolio",
    summary="One of your portfolios in sentences (metered)",
    responses=answers(InsightAnswer, 400, 401, 402, 404, 409, 422, 503),
    openapi_extra={"parameters": [KEY]},
)
async def explain_portfolio(request: Request, portfolio_id: str) -> Response:
    """Bill 1 `ai_insight`. Every number of the text is in the evidence beside it."""
    principal = own_portfolio(request, portfolio_id)
    insights = services(request).insights
    return await _told(
        request, principal, PORTFOLIO_ROUTE, portfolio_id, lambda: insights.portfolio(portfolio_id)
    )


@router.post(
    "/market-summary",
    operation_id="summarise_market",
    summary="The market in sentences (metered)",
    responses=answers(InsightAnswer, 400, 401, 402, 409, 422, 503),
    openapi_extra={"parameters": [KEY]},
)
async def summarise_market(request: Request) -> Response:
    """Bill 1 `ai_insight`. Every number of the text is in the evidence beside it."""
    insights = services(request).insights
    return await _told(request, caller(request), MARKET_ROUTE, MARKET, insights.market)


async def _told(
    request: Request,
    principal: Principal,
    route: str,
    subject: str,
    tell: Callable[[], Awaitable[Insight]],
) -> Response:
    parts = services(request)
    check_plan(principal, parts.options)

    async def build() -> Draft:
        parts.desk.check()
        return drafted(subject, await tell(), parts.options.disclaimers)

    answer = await parts.meter.answer(
        account_id=principal.account_id,
        route=route,
        idempotency_key=key_of(request),
        fingerprint=fingerprint(target(request), await request.body()),
        build=build,
    )
    return committed(answer)
