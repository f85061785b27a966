"""Covariance of positions: as sampled, and shrunk so that it can be relied upon."""

from dataclasses import dataclass

import numpy as np

from transforms.kernels.columns import Floats


@dataclass(frozen=True)
class Centred:
    """Returns of k positions less their means, and the sums of their products.

    Attributes:
        returns: [k, n]. products: [k, k], sums over the n returns.
    """

    returns: Floats
    products: Floats


def centred(returns: Floats) -> Centred:
    """Take the mean of each row off it and multiply rows.

    ``einsum`` without optimisation adds in one order whatever the threads; a matrix product of the
    linear algebra library would not.
    """
    n = returns.shape[1]
    from_mean = returns - (np.add.reduce(returns, axis=1) / n)[:, None]
    return Centred(from_mean, np.einsum("it,jt->ij", from_mean, from_mean, optimize=False))


def shrinkage(sample: Centred) -> float:
    """Share of the identity in the estimate of Ledoit and Wolf, 0 to 1.

    A well-conditioned estimator for large-dimensional covariance matrices, Journal of Multivariate
    Analysis 88, 2004, section 3.3: b^2 / d^2, covariance divided by n.
    """
    k, n = sample.returns.shape
    if k == 1:
        return 0.0
    covariance = sample.products / n
    middle = float(np.add.reduce(np.diagonal(covariance))) / k
    squares = float(np.add.reduce((covariance * covariance).ravel()))
    distance = squares / k - middle * middle
    lengths = np.add.reduce(sample.returns * sample.returns, axis=0)
    noise = (float(np.add.reduce(lengths * lengths)) / n - squares) / (n * k)
    noise = min(noise, distance)
    return noise / distance if noise > 0.0 else 0.0


def shrunk(sample: Centred) -> Floats:
    """Covariance per session, pulled towards equal variances without covariance."""
    k, n = sample.returns.shape
    share = shrinkage(sample)
    covariance = sample.products * ((1.0 - share) / n)
    middle = float(np.add.reduce(np.diagonal(sample.products))) / (n * k)
    covariance.reshape(-1)[:: k + 1] += share * middle
    return covariance
