"""Holdings of the caller's portfolios: begun, replaced, imported from a broker's file, emptied."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from connectors.imports.documents import holding_lines, transaction_lines
from connectors.imports.formats import AUTO, FORMATS
from connectors.imports.imported import Imported
from serving.access.gate import caller, own_portfolio
from serving.errors import Invalid
from serving.holdings import MOST_LINES, HoldingsDesk, Placed
from serving.models.holdings import HoldingsIn, HoldingsPlaced, ImportAnswer, PortfolioIn
from serving.reference import answers
from serving.rendering import json_response
from serving.services import services

router = APIRouter(prefix="/v1/portfolios", tags=["portfolios"])

IMPORT_PATH = "/holdings/import"
FILE = {
    "requestBody": {
        "required": True,
        "description": "the file as it is",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("text/csv", "application/json", "application/xml")
        },
    }
}


def placed(found: Placed, status: int = 200) -> Response:
    """What was stored."""
    body = {
        "portfolio_id": found.portfolio_id,
        "revision": found.revision,
        "ts_event": found.ts_event,
        "holdings": found.lines,
    }
    return json_response(body, status)


@router.post(
    "",
    operation_id="create_portfolio",
    summary="Begin a portfolio",
    status_code=201,
    responses={201: {"model": HoldingsPlaced}, **answers(None, 401, 409, 413, 422, 503)},
)
async def create_portfolio(request: Request, wanted: PortfolioIn) -> Response:
    """A portfolio of the account. Advice on it follows with the next evaluation."""
    parts, account_id = services(request), caller(request).account_id
    parts.desk.check()
    found = await parts.holdings.create(wanted.portfolio_id, account_id, wanted.lines)
    parts.keys.grant(account_id, wanted.portfolio_id)
    return placed(found, 201)


@router.put(
    "/{portfolio_id}",
    operation_id="replace_holdings",
    summary="Replace what a portfolio holds",
    responses=answers(HoldingsPlaced, 401, 404, 413, 422, 503),
)
async def replace_holdings(request: Request, portfolio_id: str, wanted: HoldingsIn) -> Response:
    """The new holdings count from the market's present time on."""
    account_id = own_portfolio(request, portfolio_id).account_id
    parts = services(request)
    parts.desk.check()
    return placed(await parts.holdings.put(portfolio_id, account_id, wanted.lines))


@router.delete(
    "/{portfolio_id}",
    operation_id="empty_portfolio",
    summary="Empty a portfolio",
    responses=answers(HoldingsPlaced, 401, 404, 503),
)
async def empty_portfolio(request: Request, portfolio_id: str) -> Response:
    """Nothing is held from now on. Its past stays, and so does its name with this account."""
    account_id = own_portfolio(request, portfolio_id).account_id
    parts = services(request)
    parts.desk.check()
    return placed(await parts.holdings.put(portfolio_id, account_id, []))


@router.post(
    "/{portfolio_id}" + IMPORT_PATH,
    operation_id="import_holdings",
    summary="Holdings and transactions from a broker's file",
    responses=answers(ImportAnswer, 401, 404, 413, 422, 503),
    openapi_extra=FILE,
)
async def import_holdings(
    request: Request,
    portfolio_id: str,
    format: Annotated[
        str, Query(description=f"{AUTO}, {', '.join(FORMATS)}", examples=[AUTO])
    ] = AUTO,
    dry_run: Annotated[bool, Query(description="report only, change nothing")] = False,
) -> Response:
    """Replace the portfolio's holdings, and its transactions where the file has some.

    Targets of symbols stay. No line is dropped without a word: `findings` says what was left out,
    merged or doubtful. A file of trades alone gives the sum of its trades, at average cost.
    """
    account_id = own_portfolio(request, portfolio_id).account_id
    parts = services(request)
    imported = await parts.holdings.read(await request.body(), format)
    if len(imported.holdings) > MOST_LINES:
        raise Invalid(f"holdings: the file has {len(imported.holdings)}, at most {MOST_LINES}")
    stored = None
    if not dry_run:
        parts.desk.check()
        stored = await apply(imported, portfolio_id, account_id, parts.holdings)
    return json_response({"portfolio_id": portfolio_id, **report(imported, stored)})


async def apply(
    imported: Imported, portfolio_id: str, account_id: str, desk: HoldingsDesk
) -> Placed | None:
    """Store what a file gives; None when that is nothing: an unread file empties no portfolio."""
    holds = imported.holdings or imported.from_trades
    if not holds and not imported.transactions:
        return None
    targets = desk.targets(portfolio_id)
    return await desk.put(
        portfolio_id,
        account_id,
        holding_lines(imported.holdings, targets) if holds else None,
        transactions=transaction_lines(imported.transactions) if imported.transactions else None,
    )


def report(imported: Imported, stored: Placed | None) -> dict[str, Any]:
    """What is answered to a file."""
    return {
        "format": imported.format,
        "holdings": [asdict(holding) for holding in imported.holdings],
        "transactions": len(imported.transactions),
        "findings": [asdict(finding) for finding in imported.findings],
        "applied": stored is not None,
        "revision": None if stored is None else stored.revision,
        "ts_event": None if stored is None else stored.ts_event,
    }
