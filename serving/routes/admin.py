"""For whoever runs the service: what providers cost."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.access.gate import operator
from serving.errors import NotReady
from serving.models.costs import CostsOut
from serving.money import money, optional_money
from serving.provider_costs import CURRENCY, CostReport, CostsUnknown
from serving.reference import answers
from serving.rendering import json_response
from serving.rows import integer
from serving.services import services
from serving.views import Row

router = APIRouter(prefix="/v1/admin", tags=["admin"])

COPIED = (
    *("capability", "provider", "arm", "calls", "hits", "max_latency_us", "max_age_us"),
    *("compared", "ts_last_call"),
)


def mean(row: Row, total: str, count: str) -> float | None:
    """A sum over its count; None over nothing."""
    number = integer(row, count)
    return integer(row, total) / number if number else None


def rounded(value: float | None) -> int | None:
    """The nearest integer; None stays None."""
    return None if value is None else round(value)


def arm(row: Row) -> dict[str, object]:
    """A row of the statistics as it is shown."""
    return {
        **{name: row[name] for name in COPIED},
        "errors": {name: row[name] for name in ("retryable", "fatal", "unknown_symbol")},
        "cost": money(integer(row, "cost_micros")),
        "mean_latency_us": rounded(mean(row, "latency_us", "calls")),
        "mean_age_us": rounded(mean(row, "age_us", "aged")),
        "mean_disagreement_bps": mean(row, "disagreement_bps", "compared"),
    }


def shown(report: CostReport) -> dict[str, object]:
    """The report with money as text."""
    return {
        "month": report.month,
        "currency": CURRENCY,
        "spent": money(sum(one.spent_micros for one in report.providers)),
        "marks": [money(mark) for mark in report.marks_micros],
        "alerts": [
            {
                "mark": money(one.mark_micros),
                "spent": money(one.spent_micros),
                "raised_at": one.ts_raised,
            }
            for one in report.alerts
        ],
        "providers": [
            {
                "name": one.name,
                "breaker": one.breaker,
                "spent": money(one.spent_micros),
                "per_call": money(one.call_micros),
                "budget": optional_money(one.budget_micros),
            }
            for one in report.providers
        ],
        "arms": [arm(row) for row in report.stats],
        "caches": report.caches,
        "dropped": report.dropped,
    }


@router.get(
    "/costs",
    operation_id="get_costs",
    summary="What providers cost",
    responses=answers(CostsOut, 401, 403, 503),
)
async def get_costs(request: Request) -> Response:
    """Spend and budgets of this month (UTC), alerts, and how providers and caches do.

    For accounts with `admin: true` alone. Not metered.
    """
    operator(request)
    parts = services(request)
    try:
        report = parts.costs.report()
    except CostsUnknown as error:
        raise NotReady(f"costs: {error}") from error
    return json_response({**shown(report), "as_of": parts.options.clock()})
