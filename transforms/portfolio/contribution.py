"""Where the risk of a portfolio comes from."""

import math

import numpy as np

from transforms.kernels.columns import Floats
from transforms.portfolio.moments import STILL
from transforms.portfolio.returns import FLAT


def variance_shares(weights: Floats, covariance: Floats) -> tuple[Floats, float] | str:
    """(share of each position in the variance, diversification ratio), or why there is none.

    Shares w_i (S w)_i / w'Sw add up to 1; that of a hedge is negative (Litterman, Hot Spots and
    Hedges, Journal of Portfolio Management 23, 1996). The ratio sum |w_i| s_i / s_p is at least 1
    (Choueifaty and Coignard, Toward Maximum Diversification, same journal 35, 2008).
    """
    parts = weights * np.add.reduce(covariance * weights, axis=1)
    variance = float(np.add.reduce(parts))
    if variance <= FLAT * FLAT:
        return STILL
    alone = float(np.add.reduce(np.abs(weights) * np.sqrt(np.diagonal(covariance))))
    return parts / variance, alone / math.sqrt(variance)
