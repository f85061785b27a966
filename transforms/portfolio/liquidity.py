"""How long it takes to sell positions without moving the market."""

from collections.abc import Sequence

import numpy as np

from transforms.kernels.columns import Floats
from transforms.portfolio.returns import SHOWN

SESSIONS = 20
TAKEN = 0.10  # share of the volume of a session that may be ours


def days_to_liquidate(quantity: Floats, volume: Floats) -> Floats:
    """Sessions it takes at a tenth of the mean volume of the last 20 sessions of each symbol.

    NaN where it had fewer sessions or no volume at all.

    Args:
        quantity: units held, by position.
        volume: [T, k], units, oldest first; NaN where the symbol had no session, infinite where
            selling takes no time (cash).
    """
    recent = np.ascontiguousarray(volume[-SESSIONS:].T)
    if recent.shape[1] < SESSIONS:
        return np.full(len(quantity), np.nan)
    for place in np.flatnonzero(np.isnan(recent).any(axis=1)).tolist():
        own = volume[~np.isnan(volume[:, place]), place]
        recent[place] = own[-SESSIONS:] if len(own) >= SESSIONS else np.nan
    mean = np.add.reduce(recent, axis=1) / SESSIONS
    tradable = mean > 0.0
    return np.where(tradable, np.abs(quantity) / np.where(tradable, mean * TAKEN, 1.0), np.nan)


def untold(days: Floats, names: Sequence[str]) -> str | None:
    """Which positions have no number of days, and why; None when all have one."""
    missing = sorted(names[place] for place in np.flatnonzero(np.isnan(days)).tolist())
    if not missing:
        return None
    more = len(missing) - SHOWN
    listed = ", ".join(missing[:SHOWN]) + (f" and {more} more" if more > 0 else "")
    return f"needs {SESSIONS} sessions with volume: {listed}"
