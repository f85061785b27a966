"""Where a close may be some sessions ahead, with the error that such forecasts have had.

Three methods forecast log closes. The random walk (the last close stays) is the baseline. Simple
exponential smoothing (SES): R. G. Brown, Statistical Forecasting for Inventory Control, 1959; C. C.
Holt, Forecasting Seasonals and Trends by Exponentially Weighted Moving Averages, 1957. Theta: V.
Assimakopoulos and K. Nikolopoulos, The theta model, International Journal of Forecasting 16, 2000,
with the lines 0 and 2 in equal parts.

Each is judged by rolling origin: at every past session it forecasts from what was known then, its
smoothing constant too. What does not beat the baseline's mean absolute error is not published, nor
what beats it by no more than chance does: the best of several methods nearly always looks better on
the past. The measure of chance: F. X. Diebold and R. S. Mariano, Comparing predictive accuracy,
Journal of Business and Economic Statistics 13, 1995, one-sided at 5 %. The interval is made of
quantiles of past errors. MASE: R. J. Hyndman and A. B. Koehler, Another look at measures of
forecast accuracy, International Journal of Forecasting 22, 2006.
"""

import math
from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from transforms.insights.following import HORIZONS
from transforms.insights.methods import BASELINE, forecasts_of
from transforms.kernels.columns import Floats

LEARNT = 60  # closes that the first forecast is made from
MINIMUM = 60  # errors that a forecast is judged by, and that an interval is made of
LEVEL = 0.8  # share of outcomes that the interval is meant to hold
SHORT = "short_history"
FLAT = "flat_price"
CHANCE = 1.645  # what the statistic of Diebold and Mariano exceeds by chance one time in twenty


@dataclass(frozen=True)
class Forecast:
    """One horizon. Numbers are None while ``reason`` says why.

    Attributes:
        horizon: sessions ahead.
        method: what is published: random_walk, ses or theta.
        price, low, high: forecast, and an interval that is to hold ``LEVEL`` of outcomes.
        error_pct, baseline_error_pct: mean absolute error of the method and of the random walk over
            the same n forecasts, in percent (of log prices); ``errors`` of every method.
        best: method with the least error. edge: by how many standard errors it is less than that of
            the baseline; below ``CHANCE`` the baseline is published.
        mase: error over the mean absolute move of one session.
        coverage: share of past outcomes within the interval as it would have been given then, over
            ``tested`` forecasts; None with fewer than ``MINIMUM``.
        n: forecasts behind the errors. required: closes needed. closes: at hand.
    """

    horizon: int
    required: int
    closes: int
    method: str = BASELINE
    price: float | None = None
    low: float | None = None
    high: float | None = None
    error_pct: float | None = None
    baseline_error_pct: float | None = None
    errors: Mapping[str, float] | None = None
    best: str = BASELINE
    edge: float | None = None
    mase: float | None = None
    coverage: float | None = None
    tested: int = 0
    n: int = 0
    reason: str = ""

    @property
    def beaten(self) -> bool:
        """Whether something was better than the baseline."""
        return self.method != BASELINE


def forecast(closes: Sequence[float]) -> list[Forecast]:
    """A forecast per horizon of ``following.HORIZONS``.

    Args:
        closes: positive, oldest first, without gaps.
    """
    logs = np.array([math.log(close) for close in closes])
    if len(logs) < LEARNT + MINIMUM:
        return [_none(horizon, len(logs), SHORT) for horizon in HORIZONS]
    if not (logs != logs[0]).any():
        return [_none(horizon, len(logs), FLAT) for horizon in HORIZONS]
    scale = float(np.abs(np.diff(logs)).mean())
    return [_judged(logs, horizon, scale) for horizon in HORIZONS]


def _required(horizon: int) -> int:
    return LEARNT + MINIMUM + horizon - 1


def _none(horizon: int, closes: int, reason: str) -> Forecast:
    return Forecast(horizon, _required(horizon), closes, reason=reason)


def _judged(logs: Floats, horizon: int, scale: float) -> Forecast:
    if len(logs) < _required(horizon):
        return _none(horizon, len(logs), SHORT)
    made = forecasts_of(logs, horizon)  # by method, at every close
    misses = {
        name: logs[LEARNT - 1 + horizon :] - given[LEARNT - 1 : len(logs) - horizon]
        for name, given in made.items()
    }
    errors = {name: float(np.abs(miss).mean()) for name, miss in misses.items()}
    best = min(errors, key=lambda name: errors[name])
    gains = np.abs(misses[BASELINE]) - np.abs(misses[best])
    edge = advantage(gains, horizon)
    method = best if edge > CHANCE else BASELINE
    centre, past = float(made[method][-1]), sorted(misses[method].tolist())
    low, high = (quantile(past, part) for part in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    coverage, tested = covered(misses[method].tolist(), horizon)
    return Forecast(
        horizon=horizon,
        required=_required(horizon),
        closes=len(logs),
        method=method,
        price=math.exp(centre),
        low=math.exp(centre + low),
        high=math.exp(centre + high),
        error_pct=100 * errors[method],
        baseline_error_pct=100 * errors[BASELINE],
        errors={name: 100 * error for name, error in errors.items()},
        best=best,
        edge=edge,
        mase=errors[method] / scale,
        coverage=coverage,
        tested=tested,
        n=len(past),
    )


def advantage(gains: Floats, horizon: int) -> float:
    """Mean gain over its standard error; 0 where nothing is gained.

    Forecasts that overlap share their errors, so the variance counts covariances up to ``horizon``
    - 1 sessions apart, weighted so that it stays positive (W. K. Newey and K. D. West, A simple,
    positive semi-definite ... covariance matrix, Econometrica 55, 1987).
    """
    count, mean = len(gains), float(gains.mean())
    about = gains - mean
    variance = float((about * about).mean())
    for lag in range(1, horizon):
        together = float((about[lag:] * about[:-lag]).sum()) / count
        variance += 2.0 * (1.0 - lag / horizon) * together
    return mean / math.sqrt(variance / count) if mean > 0.0 and variance > 0.0 else 0.0


def quantile(ordered: Sequence[float], part: float) -> float:
    """Linear between order statistics (R. J. Hyndman and Y. Fan, 1996, type 7)."""
    place = part * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def covered(misses: Sequence[float], horizon: int) -> tuple[float | None, int]:
    """Share of errors within the quantiles of those that were known before, and of how many."""
    known: list[float] = []
    inside = tested = 0
    for place, miss in enumerate(misses):
        if place >= horizon:  # the outcome of an earlier forecast has come to be known
            insort(known, misses[place - horizon])
        if len(known) < MINIMUM:
            continue
        tested += 1
        low, high = (quantile(known, part) for part in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
        inside += low <= miss <= high
    return (inside / tested if tested >= MINIMUM else None), tested
