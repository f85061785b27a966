"""What two instruments have to do with each other: one row of aligned closes each.

Row ``i`` of both arrays holds closes of pair ``i`` at the same instants, oldest first and
contiguous. Windows go in and one value per row comes out, so the same function serves a stream
(the last window) and a history (``sliding_window_view``, made contiguous). Absent (NaN) where a
close of the window is absent.
"""

import numpy as np

from transforms.kernels.columns import Floats
from transforms.kernels.smoothing import ratio, rolling_mean


def correlation(one: Floats, other: Floats) -> Floats:
    """Pearson correlation of the values of two windows; prices or returns, as they are given.

    Pearson, Note on Regression and Inheritance in the Case of Two Parents, Proceedings of the
    Royal Society 58, 1895. Two passes. Range -1 to 1. Absent where a window does not vary.
    """
    mine, its = centred(one), centred(other)
    spread = np.sqrt(np.square(mine).sum(axis=1)) * np.sqrt(np.square(its).sum(axis=1))
    return np.clip(ratio((mine * its).sum(axis=1), spread), -1.0, 1.0)


def beta(asset: Floats, index: Floats) -> Floats:
    """Covariance of simple returns / variance of the index's, of windows of n + 1 closes.

    Sharpe, Capital Asset Prices, Journal of Finance 19, 1964. Ratio, any sign. Two passes. Absent
    where the index does not move and where a close but the last is 0.
    """
    mine, its = centred(simple_returns(asset)), centred(simple_returns(index))
    return ratio((mine * its).sum(axis=1), np.square(its).sum(axis=1))


def relative_strength(asset: Floats, index: Floats) -> Floats:
    """(1 + R) of the asset / (1 + R) of the index, R the return over the whole window.

    Levy, Relative Strength as a Criterion for Investment Selection, Journal of Finance 22, 1967.
    Ratio, from 0; above 1 the asset did better. 64 closes for the usual 63 bars. Absent where the
    first close or the last of the index is 0.
    """
    growth = (ratio(closes[:, -1], closes[:, 0]) for closes in (asset, index))
    return ratio(*growth)


def simple_returns(closes: Floats) -> Floats:
    """Close / close before - 1, one fewer than closes; absent where the earlier one is 0."""
    return ratio(closes[:, 1:], closes[:, :-1]) - 1.0


def centred(values: Floats) -> Floats:
    """Values less their mean; exactly 0 where all are equal."""
    return values - rolling_mean(values)[:, None]
