"""Which times are ahead of the market: what one wrong year would otherwise do to every bar.

A replayed file has its own clock, the highest time accepted so far; a row that is ahead of it by
more than the allowed skew is refused.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

SEED_ROWS: Final = 1_000
WITNESSES: Final = 20  # rows after a jump that are asked whether the market has moved there
_FEWEST_WITNESSES: Final = 5  # where the file ends before there are twenty
_SPARSE: Final = 30


class ReplayClock:
    """The clock of a file.

    It starts where the file starts (``seed``) and moves with the rows it accepts. A jump ahead is
    believed when the file itself goes on from there: when three quarters of the next twenty rows
    are not before it by more than the skew. So a year mistyped in one row is refused, and a file
    that goes on eight months later is read.

    In a file in no order the next rows tell nothing, and its first rows are a sample of all of it:
    there the skew is at least thirty times the usual distance between two times of that sample.
    """

    def __init__(self, skew: int, first_times: Ints) -> None:
        """Allow ``skew`` microseconds; seed from the times of the file's first 1,000 rows."""
        self._skew = max(skew, _SPARSE * _gap_without_order(first_times))
        self.value = seed(first_times, self._skew)

    def ahead(self, times: Ints, *, last: bool) -> Flags:
        """Which of the next rows are refused; shorter than ``times`` while the end is undecided.

        Args:
            times: in the order of the file; rows left undecided have to be given again.
            last: no more rows follow, so everything is decided.
        """
        refused = np.zeros(len(times), np.bool_)
        before = np.maximum.accumulate(np.concatenate(([self.value], times)))[:-1]
        if bool((times > before + self._skew).any()):
            refused = self._one_by_one(times, last=last)
        kept = times[: len(refused)][~refused]
        if len(kept):
            self.value = max(self.value, int(kept.max()))
        return refused

    def _one_by_one(self, times: Ints, *, last: bool) -> Flags:
        clock, refused = self.value, np.zeros(len(times), np.bool_)
        for at, time in enumerate(times.tolist()):
            if time > clock + self._skew:
                witnesses = times[at + 1 : at + 1 + WITNESSES]
                if len(witnesses) < WITNESSES and not last:
                    return refused[:at]
                refused[at] = not self._confirmed(time, witnesses)
            if not refused[at]:
                clock = max(clock, time)
        return refused

    def _confirmed(self, time: int, witnesses: Ints) -> bool:
        agree = int((witnesses >= time - self._skew).sum())
        return len(witnesses) >= _FEWEST_WITNESSES and 4 * agree >= 3 * len(witnesses)


def seed(times: Ints, skew: int) -> int:
    """Where a file starts: from the lower median of its first times upwards without a gap.

    The median alone would be too early for a file that is sorted backwards or not at all: from it
    the seed climbs over every time that is no more than ``skew`` above the one before.
    """
    if not len(times):
        return 0
    upper = np.sort(times)[(len(times) - 1) // 2 :]
    gaps = np.flatnonzero(np.diff(upper) > skew)
    return int(upper[gaps[0]] if len(gaps) else upper[-1])


def _gap_without_order(times: Ints) -> int:
    """The median distance between neighbours in time; 0 when the rows mostly go forward."""
    steps = np.diff(times)
    if 4 * int((steps < 0).sum()) <= len(steps):
        return 0
    return int(np.median(np.diff(np.sort(times))))
