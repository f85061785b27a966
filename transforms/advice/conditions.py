"""Conditions of symbol rules as data, and their three-valued conjunctions."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from transforms.advice.hysteresis import Flags
from transforms.advice.measures import MEASURES, Measure, at, column
from transforms.advice.policy import Variant
from transforms.advice.view import View

COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
}
EXACT = 12


@dataclass(frozen=True)
class Condition:
    """``measure operator limit``.

    Attributes:
        measure: name in MEASURES.
        operator: ``>``, ``>=`` or ``<``.
        limit: name of a policy parameter, or of another measure.
        scale: ends of the measure's scale. A limit from below clears at ``clear_factor`` times its
            distance from the low end; a limit from above mirrors that at the high end. A condition
            that compares two measures has no such slack.
    """

    measure: str
    operator: str
    limit: str
    scale: tuple[float, float] = (0.0, 1.0)

    @property
    def source(self) -> Measure:
        """Where the measure comes from."""
        return MEASURES[self.measure]

    def limit_of(self, view: View, rule_id: str, *, clearing: bool = False) -> Any:
        """The limit: a number, or a column when it is a measure."""
        if self.limit in MEASURES:
            return column(view, self.limit)
        return (
            self.clears_at(view.variant, rule_id)
            if clearing
            else view.variant.number(rule_id, self.limit)
        )

    def limit_at(self, view: View, rule_id: str, line: int, *, clearing: bool = False) -> float:
        """The limit of one line."""
        if self.limit in MEASURES:
            return at(view, self.limit, line)
        return float(self.limit_of(view, rule_id, clearing=clearing))

    def clears_at(self, variant: Variant, rule_id: str) -> float:
        """The limit as far as an open row is concerned."""
        limit, factor = (
            variant.number(rule_id, self.limit),
            variant.number(rule_id, "clear_factor", 1.0),
        )
        low, high = self.scale
        if self.operator == "<":
            return round(high - factor * (high - limit), EXACT)
        return round(low + factor * (limit - low), EXACT)


@dataclass(frozen=True)
class Truth:
    """True, false or (neither flag) unknown."""

    true: Flags
    false: Flags

    def both(self, other: "Truth") -> "Truth":
        """Kleene's and: one false makes it false, whatever the other."""
        return Truth(self.true & other.true, self.false | other.false)

    def take(self, places: Any) -> "Truth":
        """The same for other places."""
        return Truth(self.true[places], self.false[places])


def holds(condition: Condition, view: View, rule_id: str, *, clearing: bool = False) -> Truth:
    """Whether a condition holds: unknown where a measure is absent."""
    value, limit = (
        column(view, condition.measure),
        condition.limit_of(view, rule_id, clearing=clearing),
    )
    known = ~np.isnan(value) & ~np.isnan(limit)
    true = COMPARE[condition.operator](value, limit) & known
    return Truth(true, known & ~true)


def all_hold(
    conditions: Sequence[Condition],
    view: View,
    rule_id: str,
    short: Flags,
    *,
    clearing: bool = False,
) -> Truth:
    """Conjunction over lines.

    Conditions on symbols are joined per symbol first, where there are fewer of them; ``short``
    (per symbol) makes those unknown.
    """
    truth = Truth(np.ones(len(short), np.bool_), np.zeros(len(short), np.bool_))
    for condition in conditions:
        if condition.source.per == "symbol":
            truth = truth.both(holds(condition, view, rule_id, clearing=clearing))
    truth = Truth(truth.true & ~short, truth.false & ~short).take(view.grid.codes)
    for condition in conditions:
        if condition.source.per == "line":
            truth = truth.both(holds(condition, view, rule_id, clearing=clearing))
    return truth
