"""S01 to S05: rules about one symbol of a portfolio, each level a conjunction of conditions."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from transforms.advice.conditions import Condition, Truth, all_hold
from transforms.advice.evidence import Evidence
from transforms.advice.hysteresis import Flags, Memory, Verdict, levels
from transforms.advice.measures import bars_for_digits
from transforms.advice.policy import Variant
from transforms.advice.rule import Finding, Subject, closing_evidence
from transforms.advice.symbol_evidence import cleared, compared, piece, ways
from transforms.advice.view import View


@dataclass(frozen=True)
class Level:
    """One level of a symbol rule.

    Attributes:
        when: conditions that must all hold.
        template: factual sentence; imperative: what is added to it behind the switch.
        severity: fixed, or None for the one the policy gives the rule.
    """

    when: tuple[Condition, ...]
    template: str
    imperative: str = ""
    severity: str | None = None


@dataclass(frozen=True)
class SymbolRule:
    """Opens where all conditions of a level hold on a closed bar with enough history.

    Attributes:
        rule_id: id in policy and rows.
        levels: least grave first; or alternatives, when ``exclusive``.
        shown: further measures that belong into the evidence.
        steady: indicator column that needs the policy's ``min_stable_digits``.
    """

    rule_id: str
    levels: tuple[Level, ...]
    shown: tuple[str, ...] = ()
    exclusive: bool = False
    steady: str | None = None
    subject: Subject = field(default="line", init=False)
    on_value: bool = field(default=False, init=False)
    has_status: bool = field(default=True, init=False)

    def severity(self, variant: Variant, level: int) -> str:
        """Of the level, or of the rule."""
        return self.levels[level - 1].severity or variant.severity(self.rule_id)

    def clear_after(self, variant: Variant) -> int:
        """Closed bars of the symbol itself."""
        return int(variant.number(self.rule_id, "clear_after_bars", 1))

    def required(self, variant: Variant) -> int:
        """Bars below which the rule is not evaluated."""
        bars = int(variant.number(self.rule_id, "required_bars", 1))
        wanted = int(variant.number(self.rule_id, "min_stable_digits"))
        return max(bars, bars_for_digits(self.steady, wanted)) if self.steady else bars

    def judge(self, view: View, memory: Memory) -> Verdict:
        """Three-valued: what lacks history or a value is unknown, and never passes."""
        codes, level = view.grid.codes, levels(memory)
        enough = view.symbols.field("count") >= self.required(view.variant)
        fires, keeps = np.zeros(len(codes), np.uint8), np.ones(len(codes), np.bool_)
        known = np.ones(len(codes), np.bool_)
        for number, truth in self._truths(view, ~enough, clearing=False):
            fires[truth.true] = number
            known &= truth.true | truth.false
        if level.any():
            for number, truth in self._truths(view, ~enough, clearing=True):
                keeps &= (level != number) | ~truth.false
        unknown = (fires == 0) & ~known & view.owned
        return Verdict(
            fires=fires,
            holds=keeps,
            unknown=unknown,
            short=unknown & ~enough[codes],
            withheld=view.stale & ~unknown,
            exists=view.owned,
            counts=view.symbols.fresh[codes] & view.closes,
            exclusive=self.exclusive,
        )

    def _truths(self, view: View, short: Flags, *, clearing: bool) -> list[tuple[int, Truth]]:
        return [
            (number, all_hold(level.when, view, self.rule_id, short, clearing=clearing))
            for number, level in enumerate(self.levels, 1)
        ]

    def explain(self, view: View, element: int, level: int) -> Finding:
        """Every measure with its limit, and the level of each that would end the finding."""
        key = ("finding", self.rule_id, level, *self._place(view, element, level))
        found: Finding | None = view.memo.get(key)
        if found is None:
            found = view.memo[key] = self._explain(view, element, level)
        return found

    def _place(self, view: View, element: int, level: int) -> tuple[str, int]:
        """What a finding is about: all portfolios share it when it rests on the symbol alone."""
        own = any(condition.source.per == "line" for condition in self.levels[level - 1].when)
        return ("line", element) if own else ("symbol", int(view.grid.codes[element]))

    def _explain(self, view: View, element: int, level: int) -> Finding:
        stated, bars = self.levels[level - 1], self.clear_after(view.variant)
        evidence = compared(view, self.rule_id, element, stated.when)
        evidence += [piece(view, element, name) for name in self.shown]
        evidence.append(closing_evidence(bars))
        inputs = {one.name: [one.value, one.threshold, one.source_time] for one in evidence}
        text = stated.template + (stated.imperative if view.variant.wording == "imperative" else "")
        texts = {"subject": view.grid.symbol(element)}
        found = ways(view, self.rule_id, element, stated.when, bars)
        return Finding(text, evidence, found, inputs, texts)

    def at_clearing(self, view: View, element: int, level: int) -> Sequence[Evidence]:
        """Each measure of the level as it is now, where it still can be told."""
        key = ("cleared", self.rule_id, level, *self._place(view, element, level))
        found: Sequence[Evidence] | None = view.memo.get(key)
        if found is None:
            when = self.levels[level - 1].when
            found = view.memo[key] = cleared(view, self.rule_id, element, when)
        return found
