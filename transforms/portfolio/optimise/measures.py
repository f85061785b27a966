"""Risk and concentration of one portfolio on given values: what a plan changes."""

import math
from collections.abc import Sequence

import numpy as np

from transforms.kernels.columns import Floats
from transforms.portfolio.concentration import herfindahl_of
from transforms.portfolio.moments import path_of
from transforms.portfolio.optimise.plan import Measures
from transforms.portfolio.tail import historical


def measure(values: Sequence[int], cash: int, returns: Floats, periods: float) -> Measures:
    """Measure a portfolio as if it had been held all along in today's shares of value.

    Defined as in the portfolio's risk: see ``moments.ratios`` and ``tail.historical``.

    Args:
        values: of each line, micros.
        cash: micros; one position, which does not move.
        returns: [k, n] daily returns of the lines; n is 0 when history is too short.
        periods: days per year.
    """
    hhi = herfindahl_of([*values, cash] if cash else values)
    n = returns.shape[1]
    if not n:
        return Measures(None, None, hhi, 1.0 / hhi, 0)
    weights = np.array(values, np.float64) / float(sum(values) + cash)
    path = path_of(np.add.reduce(weights[:, None] * returns, axis=0))
    _, shortfall = historical(path.returns)
    return Measures(path.spread * math.sqrt(periods), shortfall, hhi, 1.0 / hhi, n)
