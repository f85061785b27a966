"""S01 to S06: rules about one symbol of a portfolio, each level a conjunction of conditions."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from transforms.advice.conditions import Condition, Truth, all_hold
from transforms.advice.doubts import doubtful
from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.hysteresis import Flags, Memory, Verdict, levels
from transforms.advice.measures import bars_for_digits
from transforms.advice.policy import Variant
from transforms.advice.reasons import NOT_EVALUATED, pieces
from transforms.advice.rule import Finding, Subject, Want, closing_evidence
from transforms.advice.symbol_evidence import cleared, compared, piece, ways
from transforms.advice.view import View
from transforms.kernels.columns import Ints


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
        unknown = (fires == 0) & ~known & view.judged
        return Verdict(
            fires=fires,
            holds=keeps,
            unknown=unknown,
            short=unknown & ~enough[codes],
            withheld=doubtful(view) & ~unknown,
            exists=view.judged,
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

    def want(self, view: View, row: int, elements: Ints, short: Flags) -> Want:
        """Want of history (D03), or a value that has none, such as a robust z of a flat price."""
        evidence, texts, names = pieces(
            view, [("symbols_short", elements[short]), ("symbols_undefined", elements[~short])]
        )
        required, sessions = self.required(view.variant), self._sessions(view.variant)
        evidence.append(Evidence("required_bars", required, "bars", source_table="policy"))
        if sessions:
            wanted = Evidence("required_sessions", sessions, "sessions", source_table="policy")
            evidence.append(wanted)
        parts = [self._words(view.variant)[reason] for reason in names]
        bars = Clearing("", "bar", "closed bars of each symbol", ">=", required, "bars", 1)
        inputs = {"state": NOT_EVALUATED, **names, "required_bars": required}
        cause = "D03 short_history" if short.any() or sessions else "D03 undefined"
        text = f"Not evaluated for holdings: {'; '.join(parts)}."
        ways = [bars] if short.any() else []
        return Want(cause, Finding(text, evidence, ways, inputs, texts))

    def _sessions(self, variant: Variant) -> int:
        """Earlier sessions its measure needs; 0 when it looks at bars alone."""
        return int(variant.number(self.rule_id, "required_sessions"))

    def _words(self, variant: Variant) -> dict[str, str]:
        undefined = "{symbols_undefined} without a value to judge ({symbols_undefined_names})"
        if self._sessions(variant):
            undefined = (
                "{symbols_undefined} without {required_sessions} earlier sessions with volume "
                "({symbols_undefined_names})"
            )
        return {
            "symbols_short": "{symbols_short} with fewer than {required_bars} closed bars "
            "({symbols_short_names})",
            "symbols_undefined": undefined,
        }
