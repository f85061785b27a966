"""A sticky split of what is asked between providers, and how far their prices disagree.

Who is asked depends on a hash of the subject (a symbol or an account) and on nothing else: the same
subject gets the same arm in every process and after every restart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate
from math import isfinite
from typing import Final

_SPACE: Final = 1 << 64
BPS: Final = 10_000


@dataclass(frozen=True)
class Split:
    """How one capability is divided.

    Attributes:
        capability: that is divided; all others are not.
        arms: weight by provider; relative to their sum, in the order in which they are given.
        sample: share of the calls after which another arm is asked the same, to compare prices.
    """

    capability: str
    arms: Mapping[str, int]
    sample: float = 0.0

    def __post_init__(self) -> None:
        """Check that there is something to divide.

        Raises:
            ValueError: no arm has a weight, one is negative, or the sample is no share.
        """
        if min(self.arms.values(), default=0) < 0 or not sum(self.arms.values()):
            raise ValueError(f"`arms` must have weights above 0, were {dict(self.arms)}")
        if not 0 <= self.sample <= 1:
            raise ValueError(f"`sample` must be a share from 0 to 1, was {self.sample}")

    def arm(self, subject: str) -> str:
        """The arm of a subject."""
        *_, total = bounds = list(accumulate(self.arms.values()))
        place = _hash(subject) * total >> 64
        return next(arm for arm, bound in zip(self.arms, bounds, strict=True) if place < bound)

    def other(self, arm: str, subject: str, moment: int) -> str | None:
        """The arm to compare a call with; None when this call is not in the sample.

        Args:
            arm: that was asked.
            subject: that it was asked about.
            moment: of the call: so that in time every subject is compared.
        """
        others = [name for name, weight in self.arms.items() if weight and name != arm]
        chance = _hash(f"{subject} {moment}")
        if not others or chance >= self.sample * _SPACE:
            return None
        return others[chance % len(others)]


def is_price(value: float) -> bool:
    """Whether a number can be a price."""
    return isfinite(value) and value > 0


def disagreement_bps(price: float, other: float) -> int | None:
    """Distance of two prices in basis points of their mean, 0 to 20,000; None unless both are."""
    if not (is_price(price) and is_price(other)):
        return None
    return round(abs(price - other) / (price / 2 + other / 2) * BPS)


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
