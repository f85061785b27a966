"""Mean and spread of a portfolio's returns, and return per unit of risk."""

import math
from dataclasses import dataclass

import numpy as np

from transforms.kernels.columns import Floats
from transforms.portfolio.returns import FLAT

Told = dict[str, float | str]  # by name: a number, or why there is none
NORMAL_95 = 1.959963984540054  # quantile 0.975 of the standard normal distribution
STILL = "the portfolio does not move"


def mean_of(returns: Floats) -> float:
    """Arithmetic mean."""
    return float(np.add.reduce(returns)) / len(returns)


def deviation(returns: Floats, mean: float) -> float:
    """Sample standard deviation (n - 1), two-pass; exactly 0 where only rounding moves."""
    from_mean = returns - mean
    found = math.sqrt(float(np.add.reduce(from_mean * from_mean)) / (len(returns) - 1))
    return found if found > FLAT else 0.0


@dataclass(frozen=True)
class Path:
    """Returns of a portfolio or benchmark per session, their mean and standard deviation."""

    returns: Floats
    mean: float
    spread: float


def path_of(returns: Floats) -> Path:
    """Returns with their moments."""
    mean = mean_of(returns)
    return Path(returns, mean, deviation(returns, mean))


def ratios(path: Path, periods: float, risk_free: float) -> Told:
    """Annualised volatility, Sharpe ratio with its 95 % interval, Sortino ratio.

    Sharpe, The Sharpe Ratio, Journal of Portfolio Management 21, 1994; interval for independent
    returns: Lo, The Statistics of Sharpe Ratios, Financial Analysts Journal 58, 2002, eq. 9.
    Sortino and Price, Performance Measurement in a Downside Risk Framework, Journal of Investing 3,
    1994: the downside deviation divides by all n, and the target is the risk-free return.

    Args:
        path: of the portfolio.
        periods: sessions per year.
        risk_free: return per year.
    """
    returns, mean, spread = path.returns, path.mean, path.spread
    year = math.sqrt(periods)
    excess = mean - risk_free / periods
    told: Told = {"volatility": spread * year}
    if spread > 0.0:
        sharpe = excess / spread
        margin = NORMAL_95 * math.sqrt((1.0 + 0.5 * sharpe * sharpe) / len(returns))
        told["sharpe"] = sharpe * year
        told["sharpe_low"], told["sharpe_high"] = (sharpe - margin) * year, (sharpe + margin) * year
    else:
        told |= dict.fromkeys(("sharpe", "sharpe_low", "sharpe_high"), STILL)
    below = np.minimum(returns - risk_free / periods, 0.0)
    downside = math.sqrt(float(np.add.reduce(below * below)) / len(returns))
    told["sortino"] = excess / downside * year if downside > FLAT else "no session lost"
    return told
