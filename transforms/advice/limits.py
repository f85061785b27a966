"""Rules that compare one measure of a portfolio with a limit: P01 to P04."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from transforms.advice.evidence import Evidence
from transforms.advice.hysteresis import Flags, Memory, Verdict, levels
from transforms.advice.policy import Variant
from transforms.advice.rule import Finding, Subject
from transforms.advice.view import View
from transforms.kernels.columns import Floats

EXACT = 12  # decimals of a limit: 0.9 x 0.1 is 0.09 here


@dataclass(frozen=True)
class Limit:
    """One level of a limit rule.

    Attributes:
        severity: of rows at this level.
        opens: it opens above; clears: it clears at or below.
    """

    severity: str
    opens: float
    clears: float


@dataclass(frozen=True)
class LimitRule:
    """Opens above ``warn``, rises above ``alert``; clears at ``clear_factor`` times either.

    Attributes:
        rule_id: id in policy and rows.
        subject: what it is about.
        measure: name of the measure in evidence; unit: its unit.
        metric: the measure of every subject.
        exists: which subjects there are.
        account: the finding of one subject.
        parameters: (severity, name of the limit in the policy), least grave first.
        has_status: False for the second of two rules that share an id.
    """

    rule_id: str
    subject: Subject
    measure: str
    unit: str
    metric: Callable[[View], Floats]
    exists: Callable[[View], Flags]
    account: Callable[["LimitRule", View, int, int], Finding]
    parameters: tuple[tuple[str, str], ...] = (("warn", "warn"), ("alert", "alert"))
    has_status: bool = True
    on_value: bool = True

    def limits(self, variant: Variant) -> list[Limit]:
        """Levels 1, 2 ... of the policy; a limit that is not set has no level."""
        found: list[Limit] | None = variant.memo.get(self.measure)
        if found is None:
            values = variant.rules.get(self.rule_id, {})
            factor = variant.number(self.rule_id, "clear_factor", 1.0)
            opens = [
                (grade, float(values[name])) for grade, name in self.parameters if name in values
            ]
            found = [Limit(grade, limit, round(limit * factor, EXACT)) for grade, limit in opens]
            variant.memo[self.measure] = found
        return found

    def severity(self, variant: Variant, level: int) -> str:
        """Of the limit that was exceeded."""
        return self.limits(variant)[level - 1].severity

    def clear_after(self, variant: Variant) -> int:
        """From the policy."""
        return int(variant.number(self.rule_id, "clear_after_bars", 1))

    def judge(self, view: View, memory: Memory) -> Verdict:
        """Compare; unknown while a price is awaited, withheld while one is stale."""
        metric, limits = self.metric(view), self.limits(view.variant)
        fires = np.zeros(len(metric), np.uint8)
        for level, limit in enumerate(limits, 1):
            fires[metric > limit.opens] = level
        clears = np.array([-np.inf] + [limit.clears for limit in limits])
        rows = self._rows(view)
        unknown = view.unpriced[rows]
        return Verdict(
            fires=fires,
            holds=metric > clears[levels(memory)],
            unknown=unknown,
            short=np.zeros(len(metric), np.bool_),
            withheld=view.rests_on_stale[rows] & ~unknown,
            exists=self.exists(view),
            counts=np.full(len(metric), view.closes),
        )

    def _rows(self, view: View) -> slice | np.ndarray[tuple[int], np.dtype[np.int64]]:
        if self.subject == "portfolio":
            return slice(None)
        if self.subject == "line":
            return view.grid.layout.rows
        return np.repeat(np.arange(len(view.gross)), view.sectors)

    def explain(self, view: View, element: int, level: int) -> Finding:
        """As the rule's account has it."""
        return self.account(self, view, element, level)

    def at_clearing(self, view: View, element: int, level: int) -> Sequence[Evidence]:
        """The measure now, against the limit it had to come down to."""
        limit = self.limits(view.variant)[level - 1]
        value = float(self.metric(view)[element])
        opened = Evidence(
            self.measure, value, self.unit, limit.opens, ">", source_table="portfolio_risk"
        )
        return [opened.at_clearing(value, limit.clears, view.time)]
