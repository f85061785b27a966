"""D01: a price that is too old. Advice that would rest on it is withheld while this is open."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.hysteresis import Memory, Verdict
from transforms.advice.policy import Variant
from transforms.advice.reasons import untold
from transforms.advice.rule import Finding, Subject, Want
from transforms.advice.view import View
from transforms.kernels.columns import Ints
from transforms.portfolio.lines import Flags


@dataclass(frozen=True)
class StaleRule:
    """Opens when a held symbol has been silent for long by its own measure; its next bar clears."""

    rule_id: str = "D01"
    subject: Subject = field(default="line", init=False)
    on_value: bool = field(default=False, init=False)
    has_status: bool = field(default=False, init=False)

    def severity(self, variant: Variant, level: int) -> str:
        """From the policy."""
        return variant.severity(self.rule_id, "warn")

    def clear_after(self, variant: Variant) -> int:
        """One bar is proof enough that the symbol trades."""
        return 1

    def judge(self, view: View, memory: Memory) -> Verdict:
        """Never unknown: a symbol whose rhythm is not known yet is judged by sessions alone."""
        none = np.zeros(len(view.owned), np.bool_)
        counts = np.full(len(none), view.closes)
        return Verdict(
            view.stale.astype(np.uint8), view.stale, none, none, none, view.judged, counts
        )

    def explain(self, view: View, element: int, level: int) -> Finding:
        """How long it has been silent, against how often it used to trade."""
        evidence = list(self._evidence(view, element))
        slow = evidence[0].value > (evidence[0].threshold or np.inf)
        text = "{subject} has had no bar for {bars_without_price} closed bars of the market"
        text += ", more than {bars_without_price.threshold}" if slow else ""
        text += "; {sessions_missed} sessions have opened since its last one."
        text += " Advice that uses its price is withheld."
        symbol = view.grid.symbol(element)
        ways = [Clearing(symbol, "bar", "closed bars of the symbol", ">=", 1, "bars", 1)]
        inputs = {
            piece.name: [piece.value, piece.threshold, piece.source_time] for piece in evidence
        }
        return Finding(text, evidence, ways, inputs, {"subject": symbol})

    def _evidence(self, view: View, line: int) -> Sequence[Evidence]:
        symbols, code = view.symbols, int(view.grid.codes[line])
        instant, known = int(symbols.bar_instant[code]), int(symbols.gap_count[code])
        gap = float(symbols.double_median[code]) / 2
        limit = gap * view.variant.number("D01", "stale_gap_factor") if known else None
        sessions = view.variant.number("D01", "stale_sessions", 1)
        waited, missed = int(symbols.waited[code]), int(symbols.missed_sessions[code])
        bar = Evidence(
            name="median_gap",
            value=gap,
            unit="bars",
            n=known,
            source_table="bars",
            source_keys={
                "symbol": view.grid.names[code],
                "interval": view.grid.label,
                "bar_start": instant - view.grid.interval,
            },
            source_time=instant,
        )
        silent = replace(bar, name="bars_without_price", value=waited, threshold=limit)
        lapsed = replace(bar, name="sessions_missed", value=missed, threshold=sessions)
        return [
            replace(silent, operator=">" if known else None),
            bar,
            replace(lapsed, operator=">", unit="sessions", n=None),
        ]

    def at_clearing(self, view: View, element: int, level: int) -> Sequence[Evidence]:
        """The silence as it is now: over."""
        return [
            piece.at_clearing(piece.value, piece.threshold, view.time)
            for piece in self._evidence(view, element)
        ]

    def want(self, view: View, row: int, elements: Ints, short: Flags) -> Want:
        """Not asked for: the rule is never unknown."""
        return untold("no_value", "there is nothing to measure")
