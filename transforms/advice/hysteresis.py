"""Memory of rules: what is open, what is on its way to clearing, what could not be judged.

One unsigned integer per subject: bits 0-1 level (0 nothing open), bit 2 unknown, bit 3 withheld,
bit 4 short history, bits 5-15 closed bars in a row on which the clearing condition has held.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Levels = NDArray[np.uint8]
Memory = NDArray[np.uint16]

LEVEL, UNKNOWN, WITHHELD, SHORT = 3, 4, 8, 16
SHOWN = LEVEL | UNKNOWN | WITHHELD | SHORT  # what rows depend on; the rest counts in silence
COUNT_AT = 5


@dataclass(frozen=True)
class Verdict:
    """What a rule finds at one instant; all arrays run over its subjects.

    Attributes:
        fires: level whose opening condition holds, 0 for none.
        holds: the condition of the level that is open now has not yet turned into its clearing one.
        unknown: cannot be evaluated.
        short: and that is for want of history.
        withheld: rests on a stale price.
        exists: there is such a subject; an open row about one that is gone clears at once.
        counts: a bar of the subject has closed, so that this instant counts towards clearing.
        exclusive: levels are alternatives (overbought, oversold) and no grades.
    """

    fires: Levels
    holds: Flags
    unknown: Flags
    short: Flags
    withheld: Flags
    exists: Flags
    counts: Flags
    exclusive: bool = False

    def take(self, places: NDArray[np.int64]) -> "Verdict":
        """The same of some of the subjects."""
        return Verdict(
            self.fires[places],
            self.holds[places],
            self.unknown[places],
            self.short[places],
            self.withheld[places],
            self.exists[places],
            self.counts[places],
            self.exclusive,
        )


def levels(memory: Memory) -> Levels:
    """Open level of each subject."""
    return (memory & LEVEL).astype(np.uint8)


def advance(memory: Memory, verdict: Verdict, clear_after: int) -> Memory:
    """Memory after one more instant; the same object when nothing has changed.

    A level opens, or rises, when its condition holds. It ends when the clearing condition has held
    on ``clear_after`` closed bars in a row; the level that then fires, if any, takes its place. A
    subject that cannot be judged keeps its level and starts counting anew.
    """
    busy = (memory != 0) | (verdict.fires != 0) | verdict.unknown | verdict.withheld
    places = np.flatnonzero(busy)
    if not len(places):
        return memory
    updated = _advanced(memory[places], verdict.take(places), clear_after)
    if np.array_equal(updated, memory[places]):
        return memory
    after = memory.copy()
    after[places] = updated
    return after


def _advanced(memory: Memory, verdict: Verdict, clear_after: int) -> Memory:
    level, count = memory & LEVEL, memory >> COUNT_AT
    fires = verdict.fires
    blocked = verdict.unknown | verdict.withheld
    rises = (fires > level) | ((fires > 0) & (fires != level) if verdict.exclusive else False)
    falls = (level > 0) & ~verdict.holds & ~rises
    count = np.where(falls & ~blocked, count + verdict.counts, 0)
    ends = falls & (count >= clear_after)
    level = np.where((rises | ends) & ~blocked, fires, level)
    count[ends | rises] = 0
    flags = verdict.unknown * UNKNOWN + verdict.withheld * WITHHELD + verdict.short * SHORT
    known = np.where(verdict.exists, level + flags + (count << COUNT_AT), 0)
    return known.astype(np.uint16)


def changed(before: Memory, after: Memory) -> NDArray[np.int64]:
    """Subjects whose rows may have to change."""
    if before is after:
        return np.empty(0, np.int64)
    return np.flatnonzero((before ^ after) & SHOWN)
