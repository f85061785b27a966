"""Money-weighted return of a series of payments."""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime

import pyxirr


def utc_date(ts: int) -> date:
    """Date of an instant, microseconds UTC."""
    return datetime.fromtimestamp(ts // 1_000_000, UTC).date()


def money_weighted(dates: Sequence[date], amounts: Sequence[float]) -> float | str:
    """Annual rate at which the payments are worth nothing together, act/365; or why there is none.

    Args:
        dates: of the payments, in any order.
        amounts: negative when paid in, positive when received.
    """
    if not any(amount < 0.0 for amount in amounts) or not any(amount > 0.0 for amount in amounts):
        return "needs money paid in and money received"
    if len({day for day, amount in zip(dates, amounts, strict=True) if amount}) < 2:
        return "needs payments on two days"
    rate = pyxirr.xirr(dates, amounts)
    if rate is None or not math.isfinite(rate):
        return "no rate makes these payments worth nothing together"
    return rate
