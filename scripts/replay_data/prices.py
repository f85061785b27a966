"""Prices of the session on a grid of five seconds: market, sector, own noise, and the scenario.

Price = yesterday's level x opening gap x shape x (1 + wandering) x (1 + a deviation that reverts
within half a minute or so). The deviation stands for the order book: it gives one-minute bars their
range without moving the day.
"""

import numpy as np

from scripts.replay_data.draws import Draws, Floats
from scripts.replay_data.instruments import LISTINGS, SECTORS
from scripts.replay_data.scenario import FLAT
from scripts.replay_data.sessions import MINUTES
from scripts.replay_data.shapes import SHAPES, shape

STEP_MS = 5_000
TICKS_PER_RUPEE = 20  # one tick is 0.05 INR
_STEPS = MINUTES * 60_000 // STEP_MS
_MARKET, _SECTOR, _OWN = 0.0024, 0.0022, 0.0040  # standard deviation over the session
_CALM = 0.35  # of the noise is left in a symbol that follows a shape
_DEVIATION, _KEPT = 0.00068, 0.77  # size; what is left of it one step later


def restlessness(minutes: Floats) -> Floats:
    """How much more prices move than at noon: 2.0 at the open, 1.3 at the close."""
    morning = np.maximum(0.0, 1 - minutes / 45)
    evening = np.maximum(0.0, (minutes - (MINUTES - 45)) / 45)
    return 1 + morning * morning + 0.3 * evening * evening


def _wandering(draws: Draws, minutes: Floats) -> Floats:
    """Cumulated factor returns of every symbol, [steps + 1, symbols]; starts at 1."""
    scale = (restlessness(minutes[:-1]) / np.sqrt(np.float64(_STEPS)))[:, None]
    market = draws.normal(_STEPS, 1) * _MARKET
    sectors = draws.normal(_STEPS, len(SECTORS)) * _SECTOR
    own = draws.normal(_STEPS, len(LISTINGS)) * _OWN
    beta = 0.7 + 0.6 * draws.uniform(1, len(LISTINGS))
    place = [SECTORS.index(listing.sector) for listing in LISTINGS]
    calm = np.array([_CALM if listing.symbol in SHAPES else 1.0 for listing in LISTINGS])
    moves = 1 + (beta * market + sectors[:, place] + own) * calm * scale
    return np.concatenate([np.ones((1, len(LISTINGS))), np.cumprod(moves, axis=0)])


def _deviation(draws: Draws, minutes: Floats) -> Floats:
    """The reverting part, [steps + 1, symbols]: an autoregression of order 1."""
    push = _DEVIATION * np.sqrt(1 - np.float64(_KEPT * _KEPT))
    shocks = draws.normal(_STEPS + 1, len(LISTINGS)) * push * restlessness(minutes)[:, None]
    rows = [shocks[0]]
    for shock in shocks[1:]:
        rows.append(_KEPT * rows[-1] + shock)
    return np.array(rows)


def opening_levels() -> Floats:
    """Level of every symbol at the open, INR: yesterday's with a gap of at most 0.5 %."""
    gap = 1 + (Draws("gaps").uniform(len(LISTINGS)) - 0.5) * 0.01
    levels = np.array([listing.level for listing in LISTINGS])
    return np.rint(levels * gap * TICKS_PER_RUPEE) / TICKS_PER_RUPEE


def grid_prices() -> Floats:
    """Price of every symbol at every step in ticks, [steps + 1, symbols], not yet rounded."""
    draws = Draws("prices")
    minutes: Floats = np.arange(_STEPS + 1, dtype=np.float64) * (STEP_MS / 60_000)
    prices = opening_levels() * TICKS_PER_RUPEE
    paths = _wandering(draws, minutes) * (1 + _deviation(draws, minutes)) * prices
    for place, listing in enumerate(LISTINGS):
        if listing.symbol in SHAPES:
            paths[:, place] = paths[:, place] * shape(SHAPES[listing.symbol], minutes)
        if listing.symbol == FLAT:
            paths[:, place] = prices[place]
    return paths
