"""What a track record is made of: openings and clearings of advice, and what a rule expects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transforms.advice.registry import DATA, RULES

FALL, NEITHER, RISE = -1, 0, 1
EXPECTED = {"S02": FALL, "S03": FALL}
TOLD_BY = {"S01": ("rsi_14", -1), "S04": ("close", 1)}
"""Rules that look both ways: the evidence that tells which, and what ``>`` in it stands for."""
FOLLOWED = frozenset(rule.rule_id for rule in RULES if rule.subject == "line") - frozenset(
    rule.rule_id for rule in DATA
)
"""Rules about one symbol, whose price can be followed; stale or doubtful prices cannot."""

Thread = tuple[str, str, str]  # portfolio, rule, subject
Group = tuple[str, str, int]  # rule, severity, direction
Spot = tuple[str, str, int, str, int]  # a group, the subject, and when


@dataclass(frozen=True, slots=True)
class Opening:
    """Advice that opened.

    Attributes:
        direction: in which the rule expects the price to go.
        started: start of the bar that it opened on, microseconds UTC: inside of its session.
    """

    advice_id: str
    portfolio_id: str
    rule_id: str
    subject: str
    severity: str
    direction: int
    started: int

    @property
    def thread(self) -> Thread:
        """What it may be opened about again."""
        return self.portfolio_id, self.rule_id, self.subject

    @property
    def group(self) -> Group:
        """What it is counted in."""
        return self.rule_id, self.severity, self.direction

    @property
    def spot(self) -> Spot:
        """Where the price is followed from: the same for every portfolio that holds the symbol."""
        return (*self.group, self.subject, self.started)


@dataclass(frozen=True, slots=True)
class Clearing:
    """Advice that cleared: what it was about, and the start of the bar that it cleared on."""

    thread: Thread
    started: int


def direction_of(rule_id: str, evidence: Sequence[Mapping[str, Any]]) -> int:
    """In which direction a row of this rule expects the price to go.

    S01 expects a fall when the RSI is too high and a rise when it is too low; S04 that the price
    goes on as it broke out; S02 and S03 a fall. The others expect nothing.
    """
    if rule_id not in TOLD_BY:
        return EXPECTED.get(rule_id, NEITHER)
    name, above = TOLD_BY[rule_id]
    operators = [piece["operator"] for piece in evidence if piece["name"] == name]
    if not operators or operators[0] is None:
        return NEITHER
    return above if operators[0].startswith(">") else -above
