"""What an optimisation answers: metrics before and after, trades, and what held it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Measures:
    """Of a portfolio on given weights; cash is one position without risk.

    Attributes:
        volatility: standard deviation of daily returns, fraction per year; None without history.
        cvar95: mean loss of the worst twentieth of days, fraction, positive when lost; likewise.
        hhi: sum of squared weights, 0 to 1. n_effective: 1 / hhi.
        n: daily returns that went in.
    """

    volatility: float | None
    cvar95: float | None
    hhi: float
    n_effective: float
    n: int


@dataclass(frozen=True, slots=True)
class PlannedTrade:
    """One order. ``price`` in the line's currency, money in micros of the portfolio's."""

    symbol: str
    side: str
    quantity: Decimal
    price: float
    amount: int
    cost: int


@dataclass(frozen=True, slots=True)
class Weight:
    """Share of a line in the value, cash included: now, as the method has it, after the trades."""

    symbol: str
    before: float
    target: float
    after: float


@dataclass(frozen=True, slots=True)
class Binding:
    """A limit that the plan has run into. ``subject``: symbol or sector, '' for the portfolio."""

    constraint: str
    subject: str
    limit: float


@dataclass(frozen=True, slots=True)
class Plan:
    """One method's answer.

    Attributes:
        before, after: ``after`` is of the weights that the trades really give.
        turnover: what is bought or what is sold, whichever is more, as a share of the value.
        cost: of the trades, micros. cash: left after them, micros.
        note: what the numbers do not say by themselves; '' when nothing.
    """

    method: str
    weights: Sequence[Weight]
    trades: Sequence[PlannedTrade]
    before: Measures
    after: Measures
    turnover: float
    cost: int
    cash: int
    binding: Sequence[Binding]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A method without an answer: ``not_installed``, ``infeasible`` or ``short_history``."""

    method: str
    kind: str
    reason: str
