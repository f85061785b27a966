"""The trades of the session as they happened: in order, complete, each once."""

from dataclasses import dataclass

import numpy as np

from scripts.replay_data.draws import Draws, Floats, Ints
from scripts.replay_data.instruments import LISTINGS, Listing
from scripts.replay_data.prices import STEP_MS, TICKS_PER_RUPEE, grid_prices
from scripts.replay_data.scenario import FLAT, HALT_FROM, HALT_TO, HALTED
from scripts.replay_data.sessions import MINUTE_MS, MINUTES

FIRST_ID = 100_001
_FEWEST = 2  # trades in every minute of a name that is neither flat nor halted
_TICK_SPREAD, _SPREAD = 0.6, 0.00015  # middle to either side: ticks, or a share of the price
_VALUE = 30_000  # INR of a small trade
_MULTIPLES = np.array([1, 1, 1, 1, 2, 2, 2, 4, 4, 8, 8, 20])


@dataclass(frozen=True)
class Trades:
    """All trades, ordered by (time, symbol); trade ids run on from ``FIRST_ID`` in that order.

    Attributes:
        symbol: place in ``LISTINGS``.
        ms: milliseconds after the open.
        ticks: price in ticks of 0.05 INR.
        size: shares.
    """

    symbol: Ints
    ms: Ints
    ticks: Ints
    size: Ints

    @property
    def trade_id(self) -> Ints:
        """Ids of the trades, ascending."""
        return FIRST_ID + np.arange(len(self.ms))

    @property
    def minute(self) -> Ints:
        """Minute of the session each trade belongs to."""
        return self.ms // MINUTE_MS


def _density() -> Floats:
    """Relative trades per minute: a U, with bursts in the first 5 and the last 10 minutes."""
    minute = np.arange(MINUTES, dtype=np.float64)
    middle = (minute - 200) / 187.5
    density = 0.7 + 0.9 * middle * middle
    density[:5] = density[:5] * 2.2
    density[-10:] = density[-10:] * 1.8
    total = float(np.cumsum(density)[-1])
    return np.divide(density, total)


def _counts(listing: Listing, draws: Draws) -> Ints:
    """Trades in each minute of one symbol."""
    spread = 0.6 + 0.8 * draws.uniform(MINUTES)
    expected = _density() * listing.trades * spread
    if listing.symbol == HALTED:
        expected[HALT_TO : HALT_TO + 3] *= 4  # what has waited comes at once
    counts = np.floor(expected + draws.uniform(MINUTES)).astype(np.int64)
    counts = np.maximum(counts, _FEWEST)
    if listing.symbol == HALTED:
        counts[HALT_FROM:HALT_TO] = 0
    return counts


def _times(listing: Listing, draws: Draws) -> Ints:
    """Milliseconds of one symbol's trades, ascending; the first is in the first seconds."""
    if listing.symbol == FLAT:
        waits = draws.integers(8 * MINUTE_MS, 15 * MINUTE_MS, 60)
        times = np.concatenate([draws.integers(0, 3_000, 1), waits])
        times = np.cumsum(times)
        return times[times < MINUTES * MINUTE_MS]
    minutes = np.repeat(np.arange(MINUTES), _counts(listing, draws))
    times = minutes * MINUTE_MS + draws.integers(0, MINUTE_MS, len(minutes))
    return np.sort(np.concatenate([draws.integers(0, 3_000, 1), times]))


def _ticks(place: int, ms: Ints, grid: Floats, draws: Draws) -> Ints:
    """Prices of one symbol: the grid between its steps, half a spread up or down, rounded."""
    path = grid[:, place]
    step = ms // STEP_MS
    share = (ms - step * STEP_MS) / STEP_MS
    middle = path[step] + (path[step + 1] - path[step]) * share
    if LISTINGS[place].symbol == FLAT:
        return np.rint(middle).astype(np.int64)
    half = np.maximum(_TICK_SPREAD, middle * _SPREAD)
    hit = np.where(draws.uniform(len(ms)) < 0.5, middle - half, middle + half)
    return np.rint(hit).astype(np.int64)


def _sizes(place: int, ms: Ints, draws: Draws) -> Ints:
    """Shares of one symbol's trades: few different numbers, doubled in the two bursts."""
    unit = max(1, round(_VALUE / LISTINGS[place].level))
    size = _MULTIPLES[draws.integers(0, len(_MULTIPLES), len(ms))] * unit
    minute = ms // MINUTE_MS
    return np.where((minute < 5) | (minute >= MINUTES - 10), size * 2, size)


def make_trades() -> Trades:
    """The whole session."""
    grid = grid_prices()
    columns: list[tuple[Ints, Ints, Ints, Ints]] = []
    for place, listing in enumerate(LISTINGS):
        draws = Draws(f"trades {listing.symbol}")
        ms = _times(listing, draws)
        ticks = _ticks(place, ms, grid, draws)
        columns.append((np.full(len(ms), place), ms, ticks, _sizes(place, ms, draws)))
    symbol, ms, ticks, size = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.lexsort((symbol, ms))
    return Trades(symbol[order], ms[order], ticks[order], size[order])


def rupees(ticks: int) -> str:
    """A price as text, without going through a float: 69101 ticks are ``3455.05``."""
    paise = ticks * 100 // TICKS_PER_RUPEE
    return f"{paise // 100}.{paise % 100:02d}"
