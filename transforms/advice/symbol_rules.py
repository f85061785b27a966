"""S01 to S05: rules about one symbol of a portfolio, each level a conjunction of conditions."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from transforms.advice.conditions import Condition, Truth, all_hold
from transforms.advice.evidence import OPPOSITE, Clearing, Evidence
from transforms.advice.hysteresis import Flags, Memory, Verdict, levels
from transforms.advice.measures import MEASURES, Measure, bars_for_digits, digits
from transforms.advice.policy import Variant
from transforms.advice.rule import Finding, Subject, closing_evidence
from transforms.advice.trades import price_at_least
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
        evidence, inputs = [], {}
        for condition in self.levels[level - 1].when:
            evidence += self._compared(view, element, condition)
        evidence += [self._piece(view, element, name) for name in self.shown]
        evidence.append(closing_evidence(self.clear_after(view.variant)))
        for piece in evidence:
            inputs[piece.name] = [piece.value, piece.threshold, piece.source_time]
        stated = self.levels[level - 1]
        text = stated.template + (stated.imperative if view.variant.wording == "imperative" else "")
        texts = {"subject": view.grid.symbol(element)}
        return Finding(text, evidence, self._ways(view, element, level), inputs, texts)

    def _compared(self, view: View, line: int, condition: Condition) -> list[Evidence]:
        limit = _at(
            condition.limit_of(view, self.rule_id), view, line, MEASURES.get(condition.limit)
        )
        pieces = [self._piece(view, line, condition.measure, limit, condition.operator)]
        if condition.limit in MEASURES:
            return [*pieces, self._piece(view, line, condition.limit)]
        clear = condition.clears_at(view.variant, self.rule_id)
        name = f"{condition.measure}_clear_level"
        return [*pieces, Evidence(name, clear, condition.source.unit, source_table="policy")]

    def _piece(
        self,
        view: View,
        line: int,
        name: str,
        limit: float | None = None,
        compare: str | None = None,
    ) -> Evidence:
        measure, symbols, code = MEASURES[name], view.symbols, int(view.grid.codes[line])
        count, instant = int(symbols.field("count")[code]), int(symbols.bar_instant[code])
        keys: dict[str, object] = {"symbol": view.grid.names[code]}
        if measure.per == "symbol":
            keys |= {"interval": view.grid.label, "bar_start": instant - view.grid.interval}
        else:
            keys["portfolio_id"] = view.grid.portfolios[int(view.grid.layout.rows[line])]
        return Evidence(
            name=name,
            value=_at(measure.of(view), view, line, measure),
            unit=measure.unit,
            threshold=limit,
            operator=compare,
            window=measure.window,
            n=count if measure.per == "symbol" else None,
            source_table=measure.table,
            source_keys=keys,
            source_time=instant if measure.per == "symbol" else view.time,
            stable_digits=digits(measure.column, count) if measure.column else None,
        )

    def _ways(self, view: View, line: int, level: int) -> list[Clearing]:
        symbol, bars = view.grid.symbol(line), self.clear_after(view.variant)
        ways = []
        for condition in self.levels[level - 1].when:
            limit = condition.limit_of(view, self.rule_id, clearing=True)
            value = _at(limit, view, line, MEASURES.get(condition.limit))
            what = "price" if condition.measure == "close" else "indicator"
            compare, unit = OPPOSITE[condition.operator], condition.source.unit
            ways.append(Clearing(symbol, what, condition.measure, compare, value, unit, bars))
            if condition.measure == "drop_in_atr":
                ways.append(
                    Clearing(
                        symbol,
                        "price",
                        "close",
                        ">=",
                        self._price_back(view, line, value),
                        "price",
                        bars,
                    )
                )
        return ways

    def _price_back(self, view: View, line: int, multiple: float) -> float:
        """The close at which the drop is within ``multiple`` ATR, highest close and ATR staying."""
        code = view.grid.codes[line]
        highest, unit = (
            view.symbols.field("highest_close_22")[code],
            view.symbols.field("atr_22")[code],
        )
        price = price_at_least(float(highest - multiple * unit))
        while price < highest and (highest - price) / unit > multiple:
            price = float(np.nextafter(price, np.inf))
        return price

    def at_clearing(self, view: View, element: int, level: int) -> Sequence[Evidence]:
        """Each measure of the level as it is now, where it still can be told."""
        pieces = []
        for condition in self.levels[level - 1].when:
            measure = condition.source
            value = _at(measure.of(view), view, element, measure)
            if not np.isnan(value):
                opened = self._piece(view, element, condition.measure, 0.0, condition.operator)
                limit = condition.limit_of(view, self.rule_id, clearing=True)
                clear = _at(limit, view, element, MEASURES.get(condition.limit))
                pieces.append(opened.at_clearing(value, clear, view.time))
        return pieces


def _at(column: object, view: View, line: int, measure: Measure | None) -> float:
    """The element that belongs to a line, of a column over symbols or lines; a number is itself."""
    if measure is None or not isinstance(column, np.ndarray):
        return float(column)  # type: ignore[arg-type]
    return float(column[view.grid.codes[line] if measure.per == "symbol" else line])
