"""Risk of one portfolio on its current weights, as rules and tables read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from transforms.kernels.columns import Floats

NUMBERS = (
    *("volatility", "var95", "cvar95", "parametric_var95"),
    *("sharpe", "sharpe_low", "sharpe_high", "sortino"),
    *("max_drawdown", "drawdown", "calmar"),
    *("beta", "alpha", "r_squared", "tracking_error"),
    *("average_correlation", "diversification_ratio", "score"),
)


class Pair(NamedTuple):
    """Two positions that move together: places in the arrays of the report, correlation."""

    first: int
    second: int
    correlation: float


@dataclass(frozen=True)
class RiskReport:
    """Numbers of ``NUMBERS`` are None where they cannot be told; ``reasons`` says why, by name.

    Attributes:
        n: returns between sessions common to all positions that went in; window: how many were
            asked for.
        first, last: ends of the first and last of these sessions, microseconds UTC; 0 without any.
        volatility: sample standard deviation of daily returns x sqrt(periods), fraction per year.
        var95, cvar95, parametric_var95: one-day loss as a fraction of value, positive when lost.
        sharpe, sharpe_low, sharpe_high: annualised, and its 95 % interval; sortino likewise.
        max_drawdown, drawdown: the deepest and the present fall from a high, fractions, positive.
        calmar: annualised mean return / max_drawdown.
        beta, alpha, r_squared, tracking_error: against the benchmark; alpha and tracking error as
            fractions per year.
        average_correlation: mean over pairs of positions; diversification_ratio: sum of w s / s_p.
        score: 0 to 100. parts: volatility, cvar, drawdown (the present one), concentration and
            beta, each 0 to 100, None where unknown.
        contribution: share of each position in the variance, negative for a hedge, 0 for one that
            does not move; NaN where it cannot be told.
        days_to_liquidate: of each position at a tenth of its average daily volume; NaN likewise.
        pairs: positions with a correlation of at least 0.5, highest first.
    """

    n: int
    window: int
    contribution: Floats
    days_to_liquidate: Floats
    first: int = 0
    last: int = 0
    volatility: float | None = None
    var95: float | None = None
    cvar95: float | None = None
    parametric_var95: float | None = None
    sharpe: float | None = None
    sharpe_low: float | None = None
    sharpe_high: float | None = None
    sortino: float | None = None
    max_drawdown: float | None = None
    drawdown: float | None = None
    calmar: float | None = None
    beta: float | None = None
    alpha: float | None = None
    r_squared: float | None = None
    tracking_error: float | None = None
    average_correlation: float | None = None
    diversification_ratio: float | None = None
    score: float | None = None
    parts: Mapping[str, float | None] = field(default_factory=dict)
    pairs: tuple[Pair, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
