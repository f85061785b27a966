"""A portfolio against a benchmark over the same sessions."""

import math

import numpy as np

from transforms.portfolio.moments import STILL, Path, Told, deviation, mean_of

FIGURES = ("beta", "alpha", "r_squared", "tracking_error")


def against(mine: Path, market: Path, periods: float, risk_free: float) -> Told:
    """Beta, Jensen's alpha, R squared and tracking error.

    Jensen, The Performance of Mutual Funds in the Period 1945-1964, Journal of Finance 23, 1968.

    Args:
        mine: of the portfolio.
        market: of the benchmark between the same sessions.
        periods: sessions per year.
        risk_free: return per year.
    """
    apart = mine.returns - market.returns
    told: Told = {"tracking_error": deviation(apart, mean_of(apart)) * math.sqrt(periods)}
    if market.spread == 0.0:
        return told | dict.fromkeys(("beta", "alpha", "r_squared"), "the benchmark does not move")
    products = (mine.returns - mine.mean) * (market.returns - market.mean)
    together = float(np.add.reduce(products)) / (len(products) - 1)
    beta = together / market.spread**2 if mine.spread > 0.0 else 0.0
    told["beta"] = beta
    told["alpha"] = (mine.mean - beta * market.mean) * periods - (1.0 - beta) * risk_free
    if mine.spread > 0.0:
        told["r_squared"] = min((beta * market.spread / mine.spread) ** 2, 1.0)
    else:
        told["r_squared"] = STILL
    return told
