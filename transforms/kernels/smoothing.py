"""The averages that several kernels are made of.

Both kinds give exactly the price of a series that does not move: a mean that is one rounding
error off would let a flat price cross its own average.
"""

from functools import cache

import numpy as np

from transforms.kernels.columns import Floats, Ints, when


@cache
def smoothing_weights(period: int, alpha: float) -> Floats:
    """Weight of the newest value when there are 0, 1 ... ``period`` and more values."""
    weights = np.array([0.0, *(1.0 / n for n in range(1, period + 1)), alpha])
    weights.flags.writeable = False
    return weights


def smoothed(mean: Floats, value: Floats, count: Ints, period: int, alpha: float) -> Floats:
    """Mean of the first ``period`` values, exponential with ``alpha`` from then on.

    Args:
        mean: result for the previous value, 0.0 before the first.
        value: finite, also where ``count`` is not positive (it has no weight there).
        count: values so far, this one included; up to 0 while there are none.
        period: values in the seed; 1 seeds with the first value alone.
        alpha: weight of the newest value after the seed; Wilder: 1 / n, exponential: 2 / (n + 1).
    """
    weight = smoothing_weights(period, alpha).take(count, mode="clip")
    return mean + (value - mean) * weight


def rolling_mean(window: Floats) -> Floats:
    """Mean of each row, NaN where the row has a NaN.

    Taken over the distances to the row's newest value: exact when all values are equal.
    """
    newest = window[:, -1]
    return newest + (window - newest[:, None]).sum(axis=1) / window.shape[1]


def rolling_moments(window: Floats) -> tuple[Floats, Floats]:
    """Mean and population variance (ddof 0) of each row, in two passes.

    Running sums lose all digits after one outlier (pandas GH-47721); this forgets what left the
    row. The mean is bit-equal to ``rolling_mean``.
    """
    n, newest = window.shape[1], window[:, -1]
    distance = window - newest[:, None]
    shift = distance.sum(axis=1) / n
    distance -= shift[:, None]
    return newest + shift, np.square(distance, out=distance).sum(axis=1) / n


def rolling_population_sd(window: Floats) -> Floats:
    """Population standard deviation (ddof 0) of each row; exactly 0 when all values are equal."""
    return np.sqrt(rolling_moments(window)[1])


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """``numerator / denominator``, absent where the denominator is 0 or absent."""
    return numerator / when(denominator != 0.0, denominator)
