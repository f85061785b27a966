"""How the positions of a portfolio move together and which of them its risk comes from."""

from dataclasses import dataclass

import numpy as np

from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.contribution import variance_shares
from transforms.portfolio.correlation import close_pairs, correlations
from transforms.portfolio.covariance import centred, shrunk
from transforms.portfolio.moments import STILL, Told, mean_of
from transforms.portfolio.returns import FLAT
from transforms.portfolio.risk_report import Pair


@dataclass(frozen=True)
class PositionRisk:
    """What the covariance of positions tells.

    Attributes:
        told: average_correlation, diversification_ratio, and contribution where it has a reason.
        contribution: by position, 0 for those that do not move; NaN where it has a reason.
        pairs: positions that move together, as the caller names them.
    """

    told: Told
    contribution: Floats
    pairs: tuple[Pair, ...] = ()


def position_risk(weights: Floats, returns: Floats, places: Ints) -> PositionRisk:
    """Correlation, contribution and diversification of k positions from [k, n] returns.

    Positions that do not move (cash) take no part in the covariance: shrinking would lend them a
    variance that they do not have.

    Args:
        weights: by position.
        returns: of positions.
        places: how pairs shall name positions.
    """
    sample = centred(returns)
    k, n = returns.shape
    moving = np.flatnonzero(np.diagonal(sample.products) > FLAT * FLAT * (n - 1))
    if len(moving) < k:
        sample = centred(returns[moving])
    told: Told = {"average_correlation": "needs two positions that move"}
    pairs: tuple[Pair, ...] = ()
    if len(moving) > 1:
        found = correlations(sample.products)
        told["average_correlation"] = mean_of(found)
        pairs = close_pairs(found, places[moving])
    shares = variance_shares(weights[moving], shrunk(sample)) if len(moving) else STILL
    if isinstance(shares, str):
        told |= dict.fromkeys(("contribution", "diversification_ratio"), shares)
        return PositionRisk(told, np.full(k, np.nan), pairs)
    contribution = np.zeros(k)
    contribution[moving], told["diversification_ratio"] = shares
    return PositionRisk(told, contribution, pairs)
