"""Rules that compare one measure of a subject with limits: most of the P rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from transforms.advice.doubts import doubtful, rests_on_doubt
from transforms.advice.evidence import Evidence
from transforms.advice.hysteresis import Flags, Memory, Verdict, levels
from transforms.advice.policy import Variant
from transforms.advice.reasons import untold
from transforms.advice.rule import Finding, Subject, Want
from transforms.advice.view import View
from transforms.kernels.columns import Floats, Ints

EXACT = 12  # decimals of a limit: 0.9 x 0.1 is 0.09 here
MONEY = "money"  # unit of amounts: the portfolio's currency


@dataclass(frozen=True)
class Limit:
    """One level of a limit rule.

    Attributes:
        severity: of rows at this level; None: the one the policy gives the rule.
        opens: it opens beyond; clears: it clears at it, or on the other side.
    """

    severity: str | None
    opens: float
    clears: float


@dataclass(frozen=True)
class LimitRule:
    """Opens beyond the first limit, rises beyond the next.

    A limit from above clears at ``clear_factor`` times itself, a limit from below as far on its
    other side: 2 - ``clear_factor`` times itself (a weight at 1 at most).

    Attributes:
        rule_id: id in policy and rows.
        subject: what it is about.
        measure: name of the measure in evidence; unit: its unit.
        metric: the measure of every subject, NaN where it cannot be told.
        exists: which subjects there are.
        account: the finding of one subject.
        parameters: (severity, name of the limit in the policy), least grave first.
        has_status: False for the second of two rules that share an id.
        on_value: rests on the value of the whole portfolio.
        operator: ``>``, ``>=``, ``<`` or ``<=``: on which side of a limit it opens.
        possible: what the measure may come to, as far as something is not known; None: itself.
        staying: the measure as far as an open row is concerned; None: itself.
        closing: evidence of one subject when its row clears; None: the measure.
        lapses: an open row ends as soon as the measure cannot be told.
        lacking: what it wants where the measure cannot be told.
        request: what to do, behind the switch of the wording.
        table: where the measure can be looked up.
    """

    rule_id: str
    subject: Subject
    measure: str
    unit: str
    metric: Callable[[View], Floats]
    exists: Callable[[View], Flags]
    account: Callable[["LimitRule", View, int, int], Finding]
    parameters: tuple[tuple[str | None, str], ...] = (("warn", "warn"), ("alert", "alert"))
    has_status: bool = True
    on_value: bool = True
    operator: Literal[">", ">=", "<", "<="] = ">"
    possible: Callable[[View], Floats] | None = None
    staying: Callable[[View], Floats] | None = None
    closing: Callable[["LimitRule", View, int, int], Sequence[Evidence]] | None = None
    lapses: bool = False
    lacking: Callable[[View, int, Ints], Want] | None = None
    request: str = ""
    table: str = "portfolio_risk"

    @property
    def is_ceiling(self) -> bool:
        """Opens above its limits."""
        return self.operator in (">", ">=")

    def limits(self, variant: Variant) -> list[Limit]:
        """Levels 1, 2 ... of the policy; a limit that is not set has no level."""
        key = f"{self.rule_id} {self.measure}"
        found: list[Limit] | None = variant.memo.get(key)
        if found is None:
            values = variant.rules.get(self.rule_id, {})
            factor = variant.number(self.rule_id, "clear_factor", 1.0)
            opens = [
                (grade, float(values[name])) for grade, name in self.parameters if name in values
            ]
            found = [Limit(grade, limit, self._clears(limit, factor)) for grade, limit in opens]
            variant.memo[key] = found
        return found

    def _clears(self, limit: float, factor: float) -> float:
        if self.is_ceiling:
            return round(limit * factor, EXACT)
        clears = round(limit * (2.0 - factor), EXACT)
        return min(clears, 1.0) if self.unit == "fraction" else clears

    def unit_of(self, view: View, row: int) -> str:
        """Unit of the measure in evidence."""
        if self.unit != MONEY:
            return self.unit
        return view.currency(row) if view.owner[row] else ""

    def severity(self, variant: Variant, level: int) -> str:
        """Of the limit that was passed."""
        own = self.limits(variant)[level - 1].severity
        return variant.severity(self.rule_id, "warn") if own is None else own

    def clear_after(self, variant: Variant) -> int:
        """From the policy."""
        return int(variant.number(self.rule_id, "clear_after_bars", 1))

    def judge(self, view: View, memory: Memory) -> Verdict:
        """Compare; unknown while a price is awaited, withheld while one is in doubt."""
        sure, sign = self.metric(view), 1.0 if self.is_ceiling else -1.0
        possible = sure if self.possible is None else self.possible(view)
        least, most = (sure, possible) if sign > 0.0 else (-possible, -sure)
        limits, at_limit = self.limits(view.variant), "=" in self.operator
        fires = np.zeros(len(sure), np.uint8)
        for level, limit in enumerate(limits, 1):
            bound = sign * limit.opens
            fires[least >= bound if at_limit else least > bound] = level
        first = sign * limits[0].opens if limits else np.inf
        passes = most < first if at_limit else most <= first
        clears = np.array([-np.inf] + [sign * limit.clears for limit in limits])
        unknown = (fires == 0) & ~passes  # NaN neither fires nor passes
        if self.on_value:
            unknown |= view.unpriced[rows_of(view, self.subject)]
        return Verdict(
            fires=fires,
            holds=(most if self.staying is None else self.staying(view)) > clears[levels(memory)],
            unknown=unknown,
            short=np.zeros(len(sure), np.bool_),
            withheld=self._withheld(view) & ~unknown,
            exists=self.exists(view) & bool(limits) & ~(unknown & self.lapses),
            counts=np.full(len(sure), view.closes),
        )

    def _withheld(self, view: View) -> Flags:
        if self.on_value:
            return rests_on_doubt(view)[rows_of(view, self.subject)]
        if self.subject == "line":
            return doubtful(view)
        return np.zeros(len(view.gross), np.bool_)

    def explain(self, view: View, element: int, level: int) -> Finding:
        """As the rule's account has it."""
        return self.account(self, view, element, level)

    def at_clearing(self, view: View, element: int, level: int) -> Sequence[Evidence]:
        """The measure now, against the limit it had to come back to; nothing if it is gone."""
        if self.closing is not None:
            return self.closing(self, view, element, level)
        clear, row = self.limits(view.variant)[level - 1].clears, view.row_of(self.subject, element)
        value = float(self.metric(view)[element])
        if np.isnan(value):
            return []
        compare, back = (">", value <= clear) if self.is_ceiling else ("<", value >= clear)
        opened = Evidence(
            self.measure, value, self.unit_of(view, row), None, compare, source_table=self.table
        )
        closed = opened.at_clearing(value, clear, view.time)
        return [closed if back else replace(closed, threshold=None, operator=None)]

    def want(self, view: View, row: int, elements: Ints, short: Flags) -> Want:
        """As the rule has it."""
        if self.lacking is not None:
            return self.lacking(view, row, elements)
        return untold("no_value", "the measure is not known")


def rows_of(view: View, subject: Subject) -> slice | Ints:
    """Portfolio number of each subject, or all of them."""
    if subject == "portfolio":
        return slice(None)
    if subject == "line":
        return view.grid.layout.rows
    return np.repeat(np.arange(len(view.gross)), view.width(subject))
