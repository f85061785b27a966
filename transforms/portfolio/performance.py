"""What an account has really earned, from its transactions. Never mixed with risk on weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from transforms.portfolio.account import Account, Closes, Flow
from transforms.portfolio.time_weighted import time_weighted
from transforms.portfolio.transactions import TRADES, Transaction, defect
from transforms.portfolio.valuation import MICROS
from transforms.portfolio.xirr import money_weighted, utc_date


@dataclass(frozen=True)
class Performance:
    """Numbers are None where they cannot be told; ``reasons`` says why, by name.

    Attributes:
        xirr: money-weighted return, fraction per year.
        twr: time-weighted return since the first flow, a fraction in all.
        contributions: gain by symbol / average capital: weight x return of each, which add up to
            the return of the account; '' is what belongs to no symbol.
        fees_ratio: fees / (buys + sells).
        n_flows: payments between the account and its owner.
        cash: micros left in the account; 0 where it keeps none.
    """

    xirr: float | None = None
    twr: float | None = None
    contributions: Mapping[str, float] = field(default_factory=dict)
    fees_ratio: float | None = None
    n_flows: int = 0
    cash: int = 0
    reasons: Mapping[str, str] = field(default_factory=dict)


def account_performance(
    transactions: Sequence[Transaction],
    closes: Closes,
    as_of: int,
    value_now: int,
    *,
    cash_included: bool = True,
) -> Performance:
    """Performance of one account until ``as_of``.

    Without deposits and withdrawals each purchase counts as paid in and each sale, dividend and
    interest as taken out at once.

    Args:
        transactions: in any order, one currency; later ones than ``as_of`` do not count.
        closes: by symbol, (ends of sessions, closes adjusted for splits but not for dividends).
        as_of: microseconds UTC.
        value_now: worth of the account, micros.
        cash_included: whether ``value_now`` holds the cash of the account; else it is added as the
            transactions leave it.
    """
    past = sorted((one for one in transactions if one.ts <= as_of), key=lambda one: one.ts)
    reason = defect(past)
    if reason is not None:
        return _nothing(reason)
    account = Account(past, closes)
    if not account.adds_up:
        return _nothing("transactions are too large to add up")
    cash = account.cash_at(as_of)
    worth = value_now if cash_included else value_now + cash
    flows = account.flows()
    told: dict[str, float | str] = {"fees_ratio": _fees_ratio(past)}
    contributions: Mapping[str, float] | str
    if flows:
        told["xirr"] = _xirr(flows, as_of, worth)
        told["twr"] = time_weighted(account, as_of, worth)
        contributions = _contributions(account, flows, as_of)
    else:
        contributions = "no payments between the account and its owner"
        told |= dict.fromkeys(("xirr", "twr"), contributions)
    return _told(told, contributions, len(flows), cash)


def _nothing(reason: str) -> Performance:
    names = ("xirr", "twr", "contributions", "fees_ratio")
    return Performance(reasons=dict.fromkeys(names, reason))


def _xirr(flows: Sequence[Flow], as_of: int, worth: int) -> float | str:
    days = [utc_date(ts) for ts, _ in flows]
    received = [-amount / MICROS for _, amount in flows]
    return money_weighted([*days, utc_date(as_of)], [*received, worth / MICROS])


def _contributions(account: Account, flows: Sequence[Flow], as_of: int) -> dict[str, float] | str:
    """Gains over the capital that was there on average (Dietz), by symbol."""
    span = as_of - flows[0][0]
    capital = sum(amount * ((as_of - ts) / span) for ts, amount in flows) if span else 0.0
    if capital <= 0.0:
        return "no capital was in the account on average"
    return {name: gain / capital for name, gain in sorted(account.gains(as_of).items())}


def _fees_ratio(transactions: Sequence[Transaction]) -> float | str:
    traded = sum(found.value for found in transactions if found.kind in TRADES)
    charged = sum(found.value for found in transactions if found.kind == "fee")
    fees = charged + sum(abs(found.fee) for found in transactions)
    return fees / traded if traded else "nothing was bought or sold"


def _told(
    told: Mapping[str, float | str],
    contributions: Mapping[str, float] | str,
    n_flows: int,
    cash: int,
) -> Performance:
    reasons = {name: value for name, value in told.items() if isinstance(value, str)}
    numbers: dict[str, Any] = {name: value for name, value in told.items() if name not in reasons}
    if isinstance(contributions, str):
        reasons["contributions"], contributions = contributions, {}
    return Performance(
        **numbers, contributions=contributions, n_flows=n_flows, cash=cash, reasons=reasons
    )
