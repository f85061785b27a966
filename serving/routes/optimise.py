"""Optimisation: metered plans for a portfolio of the caller."""

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.access.gate import own_portfolio
from serving.meter import Draft
from serving.metering.idempotency import fingerprint
from serving.models.optimise import OptimiseAnswer, OptimiseIn
from serving.money import MICROS
from serving.optimiser import OptimiseOptions, drafted
from serving.reference import answers
from serving.routes.advice import KEY, committed, key_of, target
from serving.services import services

router = APIRouter(prefix="/v1", tags=["advice"])

OPTIMISE_ROUTE = "POST /v1/portfolios/{portfolio_id}/optimise"


def options_of(asked: OptimiseIn) -> OptimiseOptions:
    """What the caller wants, as serving's parts speak of it."""
    return OptimiseOptions(
        methods=asked.methods,
        max_weight=asked.max_weight,
        max_sector_weight=asked.max_sector_weight,
        max_turnover=asked.max_turnover,
        cost_bps=asked.cost_bps,
        cash_micros=None if asked.cash is None else int(asked.cash * MICROS),
    )


@router.post(
    "/portfolios/{portfolio_id}/optimise",
    operation_id="optimise_portfolio",
    summary="Capped, minimum variance, risk parity, HRP and minimum CVaR plans (metered)",
    responses=answers(OptimiseAnswer, 400, 401, 404, 409, 413, 422, 503),
    openapi_extra={"parameters": [KEY]},
)
async def optimise_portfolio(
    request: Request, portfolio_id: str, wanted: OptimiseIn | None = None
) -> Response:
    """Trades in whole lots that bring the holdings nearer to each method's weights.

    Bills 1 `portfolio_analysis`.
    """
    account_id = own_portfolio(request, portfolio_id).account_id
    parts, asked = services(request), wanted or OptimiseIn()

    async def build() -> Draft:
        parts.desk.check()
        found = await parts.optimiser.optimise(portfolio_id, options_of(asked))
        return drafted(portfolio_id, found, parts.options.disclaimers)

    answer = await parts.meter.answer(
        account_id=account_id,
        route=OPTIMISE_ROUTE,
        idempotency_key=key_of(request),
        fingerprint=fingerprint(target(request), orjson.dumps(asked.model_dump(mode="json"))),
        build=build,
    )
    return committed(answer)
