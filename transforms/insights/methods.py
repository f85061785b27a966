"""Forecasts of a series at every one of its points, from what was known there.

SES keeps a level: ``level += alpha * (value - level)``, beginning at the first value; the forecast
for any horizon is the level. Theta takes the series apart into its linear trend (line 0) and a line
with twice its curvature (line 2 = 2 x series - trend), extrapolates the first, smooths the second,
and takes the mean. Smoothing is linear, so that of line 2 follows from that of the series and that
of time. ``alpha`` is the one of ``ALPHAS`` with the least squared one-step errors up to there.
"""

from collections.abc import Mapping

import numpy as np

from transforms.kernels.columns import Floats

BASELINE, SES, THETA = "random_walk", "ses", "theta"
ALPHAS = np.arange(1, 21) / 20.0


def forecasts_of(series: Floats, horizon: int) -> Mapping[str, Floats]:
    """Forecasts ``horizon`` ahead by method, as made at each point; sound from the third on."""
    levels, misses = smoothed(series)
    return {
        BASELINE: series,
        SES: picked(levels, cumulative(misses * misses)),
        THETA: theta(series, levels, misses, horizon),
    }


def smoothed(series: Floats) -> tuple[Floats, Floats]:
    """Levels and one-step errors at each point, a column per alpha."""
    levels = np.empty((len(series), len(ALPHAS)))
    misses = np.zeros_like(levels)
    level = levels[0] = np.full(len(ALPHAS), series[0])
    for place in range(1, len(series)):
        misses[place] = series[place] - level
        level = levels[place] = level + ALPHAS * misses[place]
    return levels, misses


def theta(series: Floats, levels: Floats, misses: Floats, horizon: int) -> Floats:
    """Mean of the trend and the smoothed second line, ``horizon`` ahead."""
    count = np.arange(1.0, len(series) + 1)
    start, slope = trend(series, count)
    time_levels, time_misses = smoothed(count)
    # The errors on line 2 are 2 x those on the series - slope x those on time.
    squares = (
        4.0 * cumulative(misses * misses)
        - 4.0 * slope[:, None] * cumulative(misses * time_misses)
        + (slope * slope)[:, None] * cumulative(time_misses * time_misses)
    )
    second = 2.0 * levels - start[:, None] - slope[:, None] * time_levels
    return 0.5 * (start + slope * (count + horizon) + picked(second, squares))


def trend(series: Floats, count: Floats) -> tuple[Floats, Floats]:
    """Intercept and slope of the least squares line through the points up to each; 0 at one."""
    about = series - series[0]  # smaller numbers: less is lost in the sums
    total, weighted = np.cumsum(about), np.cumsum(about * count)
    middle = (count + 1.0) / 2.0
    spread = count * (count * count - 1.0) / 12.0
    slope = np.where(spread > 0.0, weighted - middle * total, 0.0) / np.maximum(spread, 1.0)
    return series[0] + total / count - slope * middle, slope


def cumulative(squares: Floats) -> Floats:
    """Sums up to each point, per alpha."""
    return np.cumsum(squares, axis=0)


def picked(values: Floats, squares: Floats) -> Floats:
    """Of each row the value whose sum of squares is least; of equal ones the largest alpha."""
    best = len(ALPHAS) - 1 - np.argmin(squares[:, ::-1], axis=1)
    return values[np.arange(len(values)), best]
