"""Falls from a high."""

import math

import numpy as np

from transforms.kernels.columns import Floats


def drawdowns(returns: Floats) -> tuple[float, float]:
    """(deepest, present) fall from the highest value so far, 0 to 1, starting from a value of 1.

    A portfolio that lost everything (short positions can) stays at 0. NaN when the value outgrows
    all numbers.
    """
    value = np.empty(len(returns) + 1)
    value[0] = 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        np.cumprod(np.maximum(1.0 + returns, 0.0), out=value[1:])
        if not math.isfinite(float(value.max())):
            return math.nan, math.nan
    fall = 1.0 - value / np.maximum.accumulate(value)
    return float(fall.max()), float(fall[-1])


def calmar(mean: float, deepest: float, periods: float) -> float | str:
    """Annualised mean return per deepest fall (Young, Calmar Ratio, Futures, October 1991)."""
    return mean * periods / deepest if deepest > 0.0 else "no fall from a high"
