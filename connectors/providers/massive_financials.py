"""Figures of companies as Massive sends them: today's flat statements, the nested ones before."""

from collections.abc import Iterable
from typing import Any, Final

from connectors.providers.observations import Fundamental, Observation
from connectors.providers.reading import day, number
from connectors.providers.spec import Context

_ABOUT: Final = frozenset({"fiscal_quarter", "fiscal_year"})  # numbers that are no figures
_DETAILS: Final = {
    "market_cap": "USD",
    "share_class_shares_outstanding": "shares",
    "weighted_shares_outstanding": "shares",
}


def read_financials(document: Any, context: Context) -> list[Observation]:
    """Figures of statements, or of a company's details; known when they were filed."""
    results = document["results"]
    if isinstance(results, dict):
        return _details(results, context)
    return [
        Fundamental(
            symbol=context.symbol,
            ts_event=day(statement["filing_date"]),
            metric=metric,
            value=number(value),
            unit=unit,
            period_start=statement.get("start_date", ""),
            period_end=statement.get("end_date") or statement["period_end"],
        )
        for statement in results
        for metric, value, unit in _figures(statement)
    ]


def _details(company: Any, context: Context) -> list[Observation]:
    symbol, now = context.named(company["ticker"]), context.received
    return [
        Fundamental(symbol, now, name, number(company[name]), unit)
        for name, unit in _DETAILS.items()
        if name in company
    ]


def _figures(statement: Any) -> Iterable[tuple[str, object, str]]:
    if "financials" not in statement:
        for name, value in statement.items():
            if name not in _ABOUT and isinstance(value, int | float):
                yield name, value, ""
        return
    for part, figures in statement["financials"].items():
        for name, figure in figures.items():
            yield f"{part}:{name}", figure["value"], figure["unit"]
