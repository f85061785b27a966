"""Rules that open on either side of a band, one band per subject: P05 and P06."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from transforms.advice.doubts import rests_on_doubt
from transforms.advice.evidence import Evidence
from transforms.advice.hysteresis import Memory, Verdict, levels
from transforms.advice.limits import rows_of
from transforms.advice.policy import Variant
from transforms.advice.reasons import untold
from transforms.advice.rule import Finding, Subject, Want
from transforms.advice.view import View
from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.lines import Flags

OVER, UNDER = 1, 2  # levels; they are alternatives


@dataclass(frozen=True)
class Bounds:
    """What a weight is held against, by subject.

    Attributes:
        least, most: the weight; they differ where not everything is known.
        low, high: it opens beyond these, or at them when ``closed`` is False.
        clear_low, clear_high: it clears between these, both included.
        exists: which subjects there are.
        closed: the band contains its ends.
    """

    least: Floats
    most: Floats
    low: Floats
    high: Floats
    clear_low: Floats
    clear_high: Floats
    exists: Flags
    closed: bool = True


@dataclass(frozen=True)
class BandRule:
    """Opens above a band or below it, and clears within the middle part of it.

    Attributes:
        rule_id: id in policy and rows.
        subject: what it is about.
        bounds: of every subject.
        account: the finding of one subject.
        closing: evidence of one subject when its row clears.
        lacking: what it wants where a weight cannot be told.
    """

    rule_id: str
    subject: Subject
    bounds: Callable[[View], Bounds]
    account: Callable[["BandRule", View, int, int], Finding]
    closing: Callable[["BandRule", View, int, int], Sequence[Evidence]]
    lacking: Callable[[View, int, Ints], Want] | None = None
    has_status: bool = True
    on_value: bool = True

    def severity(self, variant: Variant, level: int) -> str:
        """From the policy, on either side."""
        return variant.severity(self.rule_id, "warn")

    def clear_after(self, variant: Variant) -> int:
        """From the policy."""
        return int(variant.number(self.rule_id, "clear_after_bars", 1))

    def judge(self, view: View, memory: Memory) -> Verdict:
        """Unknown while a price is awaited or a weight may lie on either side of a bound."""
        weight, level, rows = self.bounds(view), levels(memory), rows_of(view, self.subject)
        above, below = _outside(weight, weight.least, weight.most)
        fires = np.where(above, OVER, np.where(below, UNDER, 0)).astype(np.uint8)
        maybe_above, maybe_below = _outside(weight, weight.most, weight.least)
        unknown = (fires == 0) & (maybe_above | maybe_below) | view.unpriced[rows]
        return Verdict(
            fires=fires,
            holds=np.where(
                level == OVER, weight.most > weight.clear_high, weight.least < weight.clear_low
            ),
            unknown=unknown,
            short=np.zeros(len(fires), np.bool_),
            withheld=rests_on_doubt(view)[rows] & ~unknown,
            exists=weight.exists,
            counts=np.full(len(fires), view.closes),
            exclusive=True,
        )

    def explain(self, view: View, element: int, level: int) -> Finding:
        """As the rule's account has it."""
        return self.account(self, view, element, level)

    def at_clearing(self, view: View, element: int, level: int) -> Sequence[Evidence]:
        """As the rule has it."""
        return self.closing(self, view, element, level)

    def want(self, view: View, row: int, elements: Ints, short: Flags) -> Want:
        """As the rule has it."""
        if self.lacking is not None:
            return self.lacking(view, row, elements)
        return untold("no_value", "the weight is not known")


def _outside(band: Bounds, high: Floats, low: Floats) -> tuple[Flags, Flags]:
    """Whether a weight, ``high`` or ``low``, is above the band, and whether it is below."""
    if band.closed:
        return high > band.high, low < band.low
    return high >= band.high, low <= band.low
