"""A portfolio as it would have fared through past sessions on its present weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.moments import Path, path_of
from transforms.portfolio.returns import Sample, shortage

ROUNDING = 1e-9


@dataclass(frozen=True)
class Past:
    """Positions, and the sessions that they have in common.

    Attributes:
        weights: by position. closes: [k, T].
        rows: places of all common sessions. sample: returns between the last of them.
    """

    weights: Floats
    closes: Floats
    rows: Ints
    sample: Sample

    @cached_property
    def path(self) -> Path:
        """Returns of the portfolio over the sample."""
        return self.path_over(self.sample)

    def path_over(self, sample: Sample) -> Path:
        """Returns of the portfolio, its weights as they are now before every session."""
        return path_of(np.add.reduce(self.weights[:, None] * sample.returns, axis=0))


def refusal(past: Past, ends: Ints, names: Sequence[str], minimum: int) -> str | None:
    """Why nothing can be told of the past; None when something can."""
    if not len(names):
        return "nothing is held"
    unweighted = np.flatnonzero(~(np.abs(past.weights) <= 1.0 + ROUNDING))
    if len(unweighted):
        return f"no weight of {names[int(unweighted[0])]}"
    if not past.weights.any():
        return "nothing held is worth anything"
    return shortage(past.closes, ends, names, past.sample, minimum)
