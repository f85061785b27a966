"""The caller's portfolios at the latest prices."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.access.gate import caller, own_portfolio
from serving.composition import is_billed
from serving.models.portfolios import PortfolioOut, Portfolios
from serving.money import money, optional_money
from serving.reference import answers
from serving.rendering import json_response
from serving.services import Services, services
from serving.valuation import Line, Valuation, value_portfolio
from serving.views import Row, warm

router = APIRouter(prefix="/v1/portfolios", tags=["portfolios"])


def valued(portfolio_id: str, parts: Services) -> Valuation:
    """A portfolio at the latest prices."""
    positions = parts.views["positions"].rows(portfolio_id)
    return value_portfolio(positions, parts.views["quotes"], parts.options.currency)


def summary(portfolio_id: str, valuation: Valuation, parts: Services) -> dict[str, object]:
    """One portfolio at a glance."""
    advice = parts.views["advice"].rows(portfolio_id)
    return {
        "portfolio_id": portfolio_id,
        "currency": valuation.currency,
        "value": money(valuation.value),
        "pnl": optional_money(valuation.pnl),
        "positions": len(valuation.lines),
        "open_advice": sum(map(is_billed, advice)),
    }


def position(line: Line, valuation: Valuation) -> dict[str, object]:
    """One position of the answer."""
    return {
        "symbol": line.symbol,
        "quantity": line.quantity,
        "price": line.price,
        "ts_price": line.ts_price,
        "market_value": money(line.market_value),
        "cost": optional_money(line.cost),
        "pnl": optional_money(line.pnl),
        "weight": valuation.weights.get(line.symbol),
        "sector": line.sector,
        "currency": line.currency,
    }


def risk(row: Row | None) -> dict[str, object] | None:
    """The risk row with its value as a decimal string."""
    if row is None:
        return None
    shown = dict(row)
    value = shown.pop("value_micros", None)
    return {"value": money(value) if isinstance(value, int) else None, **shown}


@router.get(
    "",
    operation_id="list_portfolios",
    summary="Your portfolios",
    responses=answers(Portfolios, 401, 503),
)
async def list_portfolios(request: Request) -> Response:
    """Every portfolio of the account with its value and profit at the latest prices."""
    parts = services(request)
    warm(parts.views, "positions", "advice")
    owned = {name: valued(name, parts) for name in caller(request).portfolios}
    times = [valuation.as_of for valuation in owned.values() if valuation.as_of is not None]
    found = [summary(name, valuation, parts) for name, valuation in owned.items()]
    return json_response({"as_of": max(times, default=None), "portfolios": found})


@router.get(
    "/{portfolio_id}",
    operation_id="get_portfolio",
    summary="One portfolio at the latest prices",
    responses=answers(PortfolioOut, 401, 404, 503),
)
async def get_portfolio(request: Request, portfolio_id: str) -> Response:
    """Positions with live profit and weights, and the risk row of the last closed bar."""
    own_portfolio(request, portfolio_id)
    parts = services(request)
    warm(parts.views, "positions", "portfolio_risk")
    valuation = valued(portfolio_id, parts)
    return json_response(
        {
            "portfolio_id": portfolio_id,
            "currency": valuation.currency,
            "as_of": valuation.as_of,
            "value": money(valuation.value),
            "pnl": optional_money(valuation.pnl),
            "positions": [position(line, valuation) for line in valuation.lines],
            "sector_weights": valuation.sector_weights,
            "risk": risk(parts.views["portfolio_risk"].get(portfolio_id)),
        }
    )
