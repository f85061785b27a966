"""D01: a price that is too old. Advice that would rest on it is withheld while this is open."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from transforms.advice.doubt_rule import DoubtRule
from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.rule import Finding
from transforms.advice.view import View
from transforms.portfolio.lines import Flags


@dataclass(frozen=True)
class StaleRule(DoubtRule):
    """Opens when a held symbol has been silent for long by its own measure; its next bar clears."""

    rule_id: str = "D01"

    def doubted(self, view: View) -> Flags:
        """A symbol whose rhythm is not known yet is judged by sessions alone."""
        return view.stale

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
