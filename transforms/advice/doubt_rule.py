"""What rules on doubtful prices (D01, D02) share: each holding's price is in doubt or it is not."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from transforms.advice.hysteresis import Memory, Verdict
from transforms.advice.policy import Variant
from transforms.advice.reasons import untold
from transforms.advice.rule import Subject, Want
from transforms.advice.view import View
from transforms.kernels.columns import Ints
from transforms.portfolio.lines import Flags


@dataclass(frozen=True)
class DoubtRule(ABC):
    """Open exactly while the price of a held symbol is in doubt; never unknown, without slack.

    Attributes:
        usual: severity where the policy names none.
    """

    usual: ClassVar[str] = "warn"

    rule_id: str = ""
    subject: Subject = field(default="line", init=False)
    on_value: bool = field(default=False, init=False)
    has_status: bool = field(default=False, init=False)

    @abstractmethod
    def doubted(self, view: View) -> Flags:
        """Per line, whether its price is in doubt."""

    def severity(self, variant: Variant, level: int) -> str:
        """From the policy."""
        return variant.severity(self.rule_id, self.usual)

    def clear_after(self, variant: Variant) -> int:
        """One bar without the doubt is proof enough."""
        return 1

    def judge(self, view: View, memory: Memory) -> Verdict:
        """Every line is told: one of which nothing is known is not in doubt."""
        none, doubted = np.zeros(len(view.owned), np.bool_), self.doubted(view)
        counts = np.full(len(none), view.closes)
        return Verdict(doubted.astype(np.uint8), doubted, none, none, none, view.judged, counts)

    def want(self, view: View, row: int, elements: Ints, short: Flags) -> Want:
        """Not asked for: the rule is never unknown."""
        return untold("no_value", "there is nothing to measure")
