"""Splits and bonuses as bars see them: which are known, and what they make of prices before.

A price of before an action is divided by the units that one unit has become, a volume multiplied
by it; what was turned over stays. The product over several actions is an exact fraction, rounded
once: in which order they became known leaves no trace.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from transforms.kernels.columns import Floats, Ints

KINDS = ("split", "bonus")


class Action(NamedTuple):
    """``new`` units for ``old`` ones from ``ex``, microseconds UTC, on."""

    ex: int
    kind: str
    new: int
    old: int

    @property
    def ratio(self) -> Fraction:
        """Units that one unit has become."""
        return Fraction(self.new, self.old)


class Adjustments:
    """Actions by symbol: one per (ex, kind), the last one told counts."""

    def __init__(self) -> None:
        self._known: dict[int, dict[tuple[int, str], Action]] = {}

    def put(self, code: int, action: Action) -> bool:
        """Take an action in; whether that changed anything."""
        known = self._known.setdefault(code, {})
        before = known.get(action[:2])
        known[action[:2]] = action
        return action != before

    def withdraw(self, code: int, action: Action) -> bool:
        """Take an action back, unless another ratio counts by now; 0:0 takes back any ratio."""
        known = self._known.get(code, {})
        before = known.get(action[:2])
        if before is None or (action.new and before.ratio != action.ratio):
            return False
        del known[action[:2]]
        return True

    def among(self, codes: Iterable[int]) -> list[int]:
        """Those of the symbols that have or had an action, in order."""
        return sorted(self._known.keys() & set(codes)) if self._known else []

    def of(self, code: int) -> list[Action]:
        """Actions of one symbol in order of ex."""
        return sorted(self._known.get(code, {}).values())


def rescaling(edges: Ints, ratios: Sequence[Fraction], keys: Ints) -> tuple[Floats, Ints]:
    """What actions make of bars: (units that one unit has become since, actions since).

    Args:
        edges: of the actions, ascending.
        ratios: of the actions.
        keys: of the bars; a bar is re-scaled by the actions whose edge lies behind its key.
    """
    since: Ints = len(edges) - np.searchsorted(edges, keys, side="right")
    products = [Fraction(1)]
    for ratio in reversed(ratios):
        products.append(products[-1] * ratio)
    return np.array([float(product) for product in products])[since], since
