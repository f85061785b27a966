"""What a bad session costs: value at risk and expected shortfall over one session."""

import math

import numpy as np

from transforms.kernels.columns import Floats

TAIL = 0.05
NORMAL_TAIL = -1.6448536269514722  # quantile 0.05 of the standard normal distribution


def historical(returns: Floats) -> tuple[float, float]:
    """(value at risk, expected shortfall) at 95 %, fractions of value, positive when lost.

    Value at risk is the 5 % quantile of the returns, linear between order statistics (Hyndman and
    Fan, Sample Quantiles in Statistical Packages, American Statistician 50, 1996, definition 7);
    expected shortfall the mean of all returns at or below it (Acerbi and Tasche, On the coherence
    of expected shortfall, Journal of Banking and Finance 26, 2002), never less than the former.
    """
    place = TAIL * (len(returns) - 1)
    below = math.floor(place)
    ordered = np.sort(returns)
    low, high = float(ordered[below]), float(ordered[min(below + 1, len(ordered) - 1)])
    quantile = low + (high - low) * (place - below)
    worst = ordered[: int(np.searchsorted(ordered, quantile, side="right"))]
    shortfall = -float(np.add.reduce(worst)) / len(worst)
    return -quantile, max(-quantile, shortfall)


def parametric(mean: float, spread: float) -> float:
    """Value at risk at 95 % if returns were normal."""
    return -(mean + NORMAL_TAIL * spread)
