"""Live market tables: quotes, bars, indicators."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from serving.errors import Invalid, UnknownSymbol
from serving.models.market import Bars, Indicators, Quotes
from serving.reference import answers
from serving.rendering import json_response
from serving.services import Services, services
from serving.views import Row, Views, warm

router = APIRouter(prefix="/v1", tags=["market"])

Symbol = Annotated[str, Path(max_length=64, examples=["RELIANCE"])]
Interval = Annotated[str | None, Query(description="1m, 5m, 1h, 1d ...", examples=["1m"])]


def quote(symbol: str, views: Views, currency: str) -> dict[str, object]:
    """One row of the answer; price null for an instrument that has not traded yet."""
    price = views["quotes"].get(symbol) or {}
    instrument = views["instruments"].get(symbol) or {}
    return {
        "symbol": symbol,
        "name": instrument.get("name"),
        "sector": instrument.get("sector"),
        "currency": instrument.get("currency", currency),
        "price": price.get("price"),
        "size": price.get("size"),
        "ts_event": price.get("ts_event"),
    }


def check_symbol(symbol: str, views: Views) -> None:
    """Check that an instrument or a price of that name is known.

    Raises:
        UnknownSymbol: neither is.
    """
    if views["quotes"].get(symbol) is None and views["instruments"].get(symbol) is None:
        raise UnknownSymbol(f"unknown symbol {symbol!r}")


def check_interval(interval: str | None, parts: Services) -> str:
    """The interval asked for, or the default one.

    Raises:
        Invalid: there are no bars of that length.
    """
    known = parts.options.intervals
    chosen = interval or parts.options.default_interval
    if chosen not in known:
        raise Invalid(f"interval: unknown interval {chosen!r}, known are {', '.join(known)}")
    return chosen


def last_rows(
    table: str, symbol: str, interval: str | None, limit: int, parts: Services
) -> tuple[str, Sequence[Row]]:
    """The interval used and the last ``limit`` rows of a bar table, oldest first."""
    chosen = check_interval(interval, parts)
    warm(parts.views, "quotes", table)
    check_symbol(symbol, parts.views)
    return chosen, parts.views[table].rows((symbol, chosen))[-limit:]


@router.get(
    "/quotes",
    operation_id="get_quotes",
    summary="Latest prices",
    responses=answers(Quotes, 401, 404, 422, 503),
)
async def get_quotes(
    request: Request,
    symbols: Annotated[
        str | None,
        Query(description="comma separated; all symbols when left out", examples=["TCS,INFY"]),
    ] = None,
) -> Response:
    """The latest price per symbol, by symbol or in the order asked for. Not metered."""
    parts = services(request)
    warm(parts.views, "quotes")
    if symbols is None:
        names = [str(row["symbol"]) for row in parts.views["quotes"].rows()]
    else:
        names = list(dict.fromkeys(name.strip() for name in symbols.split(",") if name.strip()))
    for name in names:
        check_symbol(name, parts.views)
    quotes = [quote(name, parts.views, parts.options.currency) for name in names]
    times = [row["ts_event"] for row in quotes if isinstance(row["ts_event"], int)]
    return json_response({"as_of": max(times, default=None), "quotes": quotes})


@router.get(
    "/symbols/{symbol}/bars",
    operation_id="get_bars",
    summary="Last bars of a symbol",
    responses=answers(Bars, 401, 404, 422, 503),
)
async def get_bars(
    request: Request,
    symbol: Symbol,
    interval: Interval = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """The last bars, oldest first; the newest may still be forming (`is_final` false)."""
    chosen, rows = last_rows("bars", symbol, interval, limit, services(request))
    return json_response({"symbol": symbol, "interval": chosen, "bars": rows})


@router.get(
    "/symbols/{symbol}/indicators",
    operation_id="get_indicators",
    summary="Latest indicators of a symbol",
    responses=answers(Indicators, 401, 404, 422, 503),
)
async def get_indicators(
    request: Request,
    symbol: Symbol,
    interval: Interval = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="1: the latest bar only")] = 1,
) -> Response:
    """The indicator values of the last bars, oldest first; null while a value warms up."""
    chosen, rows = last_rows("indicators", symbol, interval, limit, services(request))
    return json_response({"symbol": symbol, "interval": chosen, "indicators": rows})
