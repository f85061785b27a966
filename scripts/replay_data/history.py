"""Three hundred daily bars per symbol before the session; the last close is the listing's level."""

import numpy as np

from scripts.replay_data.draws import Draws, Floats, Ints
from scripts.replay_data.instruments import LISTINGS, SECTORS, SYMBOLS
from scripts.replay_data.prices import TICKS_PER_RUPEE
from scripts.replay_data.sessions import SESSION_DAY, days_before, midnight_us
from scripts.replay_data.trades import Trades, rupees

DAYS = 300
_DRIFT, _MARKET, _SECTOR, _OWN = 0.0004, 0.007, 0.006, 0.010  # per day
_GAP, _WICK = 0.003, 0.006


def closes() -> Ints:
    """Closing prices in ticks, [days, symbols], oldest first; with one more day in front."""
    draws = Draws("history")
    beta = 0.7 + 0.6 * draws.uniform(1, len(LISTINGS))
    place = [SECTORS.index(listing.sector) for listing in LISTINGS]
    sectors = draws.normal(DAYS, len(SECTORS)) * _SECTOR
    own = draws.normal(DAYS, len(LISTINGS)) * _OWN
    moves = 1 + _DRIFT + beta * draws.normal(DAYS, 1) * _MARKET + sectors[:, place] + own
    path = np.concatenate([np.ones((1, len(LISTINGS))), np.cumprod(moves, axis=0)])
    levels = np.array([listing.level for listing in LISTINGS]) * TICKS_PER_RUPEE
    ticks: Floats = np.rint(path / path[-1] * levels)
    return ticks.astype(np.int64)


def _ranges(close: Ints) -> tuple[Ints, Ints, Ints]:
    """Open, high and low in ticks for ``close``; the open follows the close of the day before."""
    draws = Draws("history ranges")
    shape = (DAYS, len(LISTINGS))
    opened = np.rint(close[:-1] * (1 + _GAP * draws.normal(*shape)))
    top, bottom = np.maximum(opened, close[1:]), np.minimum(opened, close[1:])
    high = np.ceil(top * (1 + _WICK * draws.uniform(*shape)))
    low = np.floor(bottom * (1 - _WICK * draws.uniform(*shape)))
    return opened.astype(np.int64), high.astype(np.int64), low.astype(np.int64)


def _volumes(trades: Trades) -> Ints:
    """Shares per day: around what the session itself trades."""
    today = np.zeros(len(LISTINGS), dtype=np.int64)
    np.add.at(today, trades.symbol, trades.size)
    draws = Draws("history volumes")
    factor: Floats = 0.5 + draws.uniform(DAYS, len(LISTINGS)) * draws.uniform(DAYS, 1) * 2
    return np.rint(today * factor).astype(np.int64)


def history_csv(trades: Trades) -> bytes:
    """``history_daily.csv``: one row per (day, symbol), by day; ``ts_event`` is local midnight."""
    close = closes()
    fields = [column.tolist() for column in (*_ranges(close), close[1:], _volumes(trades))]
    lines = ["symbol,ts_event,open,high,low,close,volume"]
    for day, rows in zip(days_before(SESSION_DAY, DAYS), zip(*fields, strict=True), strict=True):
        start = midnight_us(day)
        for symbol, *prices, volume in zip(SYMBOLS, *rows, strict=True):
            lines.append(f"{symbol},{start},{','.join(map(rupees, prices))},{volume}")
    return ("\n".join(lines) + "\n").encode()
