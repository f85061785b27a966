"""Time-weighted return of an account: what one unit of money left in it would have become."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from transforms.kernels.columns import Ints
from transforms.portfolio.account import Account, Flow
from transforms.portfolio.xirr import utc_date

LARGE = 0.10  # share of the account from which on a flow starts a sub-period of its own


@dataclass
class _SubPeriod:
    """From one valuation to the next; flows in it are weighted by the time they were there."""

    start: int
    base: int
    flows: list[Flow] = field(default_factory=list)

    def growth(self, end: int, value: int) -> float | None:
        """1 + return by Modified Dietz; None when there was nothing to earn it."""
        paid = sum(amount for _, amount in self.flows)
        span = max(end - self.start, 1)
        weighted = sum(amount * ((end - ts) / span) for ts, amount in self.flows)
        base = self.base + weighted
        if base <= 0.0:
            return 1.0 if base == value == paid == 0 else None
        return 1.0 + (value - self.base - paid) / base


def time_weighted(account: Account, as_of: int, value_now: int) -> float | str:
    """Return from the first flow to ``as_of``, a fraction; or why there is none.

    Returns of sub-periods are linked (Dietz, Pension Funds: Measuring Investment Performance, 1966,
    in the modified form; Bacon, Practical Portfolio Performance Measurement and Attribution, 2008,
    ch. 2). The account is valued at the close before and after each flow, and at the flow itself
    when that is a tenth of the account or more: a day's weight would distort it. Between flows the
    days in between cancel.

    Args:
        account: with flows.
        as_of: now, microseconds UTC.
        value_now: worth of the account, micros.
    """
    product = 1.0
    for end, growth in _growths(account, as_of, value_now):
        if growth is None:
            return f"the account was worth nothing on {utc_date(end - 1)}"
        if growth < 0.0:
            return f"the account lost more than it was worth by {utc_date(end - 1)}"
        product *= growth
    return product - 1.0


def _growths(account: Account, as_of: int, value_now: int) -> Iterator[tuple[int, float | None]]:
    """(end, growth) of each sub-period."""
    flows = dict(account.flows())
    times = np.array(list(flows), np.int64)
    closes = _closes_around(times, account.sessions, as_of)
    instants = np.union1d(times, closes)
    worth = zip(
        instants.tolist(),
        account.values(instants, before=True).tolist(),
        account.values(instants).tolist(),
        np.isin(instants, closes).tolist(),
        strict=True,
    )
    period = _SubPeriod(int(times[0]), 0)
    for instant, before, after, valued in worth:
        amount = flows.get(instant, 0)
        if amount and abs(amount) >= LARGE * before:
            # What leaves takes its fees along; what comes pays them in the next sub-period.
            end, start = (before, before + amount) if amount > 0 else (after - amount, after)
            yield instant, period.growth(instant, end)
            period = _SubPeriod(instant, start)
        elif amount:
            period.flows.append((instant, amount))
        if valued:
            yield instant, period.growth(instant, after)
            period = _SubPeriod(instant, after)
    yield as_of, period.growth(as_of, value_now)


def _closes_around(times: Ints, sessions: Ints, as_of: int) -> Ints:
    """Ends of the sessions next before and next after each flow."""
    ended = sessions[sessions < as_of]
    after = np.searchsorted(ended, times)
    near = np.concatenate((after - 1, after))
    found: Ints = ended[np.unique(near[(near >= 0) & (near < len(ended))])]
    return found
