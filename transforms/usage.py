"""UsageSum -> Usage: what each account has used, per hour and per calendar month, UTC."""

from datetime import UTC, datetime
from typing import Any

import pathway as pw

from transforms.schemas import Usage, UsageSum


class UsageProgress(pw.Schema):
    """How much of the outbox is part of Usage. One row, none before the first event."""

    seq: int = pw.column_definition(description="highest place in the outbox that is counted")


def month_start(instant: int) -> int:
    """Return the first microsecond of the calendar month (UTC) of an instant in microseconds."""
    day = datetime.fromtimestamp(instant // 1_000_000, UTC)
    return int(datetime(day.year, day.month, 1, tzinfo=UTC).timestamp()) * 1_000_000


@pw.table_transformer(allow_superset={"return": False})
def build_usage(sums: pw.Table[UsageSum]) -> pw.Table[Usage]:
    """Sum units by the time they were used, whenever they arrive: integers, so any order will do.

    A period without an event has no row; one that was corrected to nothing has quantity 0.

    Args:
        sums: stretches of the outbox, each of its events in one of them.
    """
    hourly = _per_period(sums, "hour")
    months = hourly.select(
        *pw.this[["account_id", "meter", "quantity", "ts_last_event"]],
        period_start=pw.apply_with_type(month_start, int, pw.this.period_start),
    )
    return pw.Table.concat_reindex(hourly, _per_period(months, "month"))


@pw.table_transformer(allow_superset={"return": False})
def build_usage_progress(sums: pw.Table[UsageSum]) -> pw.Table[UsageProgress]:
    """Follow the highest ``seq`` that went into :func:`build_usage` in the same engine commit."""
    return sums.reduce(seq=pw.reducers.max(pw.this.seq))


def _per_period(units: pw.Table[Any], granularity: str) -> pw.Table[Usage]:
    return units.groupby(pw.this.account_id, pw.this.meter, pw.this.period_start).reduce(
        pw.this.account_id,
        pw.this.meter,
        granularity=granularity,
        period_start=pw.this.period_start,
        quantity=pw.reducers.sum(pw.cast(int, pw.this.quantity)),
        ts_last_event=pw.reducers.max(pw.this.ts_last_event),
    )
