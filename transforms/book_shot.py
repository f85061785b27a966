"""All that a shelf remembers after an instant, so that it can go back there."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from transforms.advice.doubts import conflicting, gapped
from transforms.advice.grid import Held
from transforms.advice.hysteresis import Memory
from transforms.advice.view import View
from transforms.book_risk import RiskState
from transforms.book_symbols import SymbolState
from transforms.portfolio.lines import padded


@dataclass(frozen=True)
class Shot:
    """Memory of a shelf after an instant. Never changed in place.

    Attributes:
        time: the instant; -1 before the first.
        place: how many instants the shelf has walked.
        symbols: market state. held: what is owned.
        memories: of each rule. quality: how each line's price may be used.
        sectors: how many sectors the memories of sector rules run over.
        risk: reports on the portfolios and what went into them.
    """

    time: int
    place: int
    symbols: SymbolState | None
    held: Held
    memories: tuple[Memory, ...]
    quality: NDArray[np.uint8]
    sectors: int = 1
    risk: RiskState = field(default_factory=RiskState)


def remembered(shot: Shot, number: int, subject: str, view: View) -> Memory:
    """Memory of a rule, lengthened by what has come since: lines, portfolios, sectors."""
    memory = shot.memories[number]
    if subject == "line":
        return padded(memory, len(view.grid.codes))
    if subject == "portfolio":
        return padded(memory, len(view.gross))
    if subject == "asset_class":
        return padded(memory, len(view.gross) * view.width(subject))
    if shot.sectors != view.sectors and len(memory):
        wide = memory.reshape(-1, shot.sectors)
        memory = np.pad(wide, ((0, 0), (0, view.sectors - shot.sectors))).ravel()
    return padded(memory, view.grid.sectors.size)


def quality_of(view: View) -> NDArray[np.uint8]:
    """What status rows of value rules depend on, one bit per reason."""
    flags = (
        *(view.waiting, view.stale, gapped(view), conflicting(view)),
        *(view.unrated, view.oversized, view.counted),
    )
    bits = np.zeros(len(view.owned), np.uint8)
    for place, flag in enumerate(flags):
        bits |= flag.astype(np.uint8) << np.uint8(place)
    return bits
