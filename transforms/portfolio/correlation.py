"""Which positions move together."""

from functools import cache, partial

import numpy as np

from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.risk_report import Pair

TOGETHER = 0.5
_pair = partial(tuple.__new__, Pair)  # a third of the time of Pair._make: there may be thousands


def correlations(products: Floats) -> Floats:
    """Pearson correlation of the returns of every pair of positions, first place before second.

    Args:
        products: [k, k], sums of products of centred returns; none of the positions is flat.
    """
    spread = np.sqrt(np.diagonal(products))
    first, second = _pairs(len(products))
    found = products[first, second] / (spread[first] * spread[second])
    return np.minimum(np.maximum(found, -1.0), 1.0)


def close_pairs(correlation: Floats, places: Ints) -> tuple[Pair, ...]:
    """Pairs with a correlation of at least 0.5, highest first, ties by place.

    Args:
        correlation: of ``correlations``.
        places: of the positions, as the pairs shall name them.
    """
    first, second = _pairs(len(places))
    chosen = np.flatnonzero(correlation >= TOGETHER)
    chosen = chosen[np.argsort(-correlation[chosen], kind="stable")]
    rows = (places[first[chosen]], places[second[chosen]], correlation[chosen])
    return tuple(map(_pair, zip(*(row.tolist() for row in rows), strict=True)))


@cache
def _pairs(k: int) -> tuple[Ints, Ints]:
    first, second = np.triu_indices(k, 1)
    return first, second
