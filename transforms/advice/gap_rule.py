"""D01 of a bar in which trades may be missing, as its feed has a gap: no advice rests on it.

It stands beside the rule about prices that are too old, under the same id and severity, and like
that one it knows no slack: it is open exactly while such advice is withheld.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from transforms.advice.doubt_rule import DoubtRule
from transforms.advice.doubts import ANY_GAP, gapped
from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.rule import Finding
from transforms.advice.view import View
from transforms.portfolio.lines import Flags

MISSING = (
    "Prices may be missing from {gap_share} of the last closed bar of {subject}: its feed has a "
    "gap there. Advice that uses its price is withheld."
)


@dataclass(frozen=True)
class GapRule(DoubtRule):
    """Opens when the last closed bar of a held symbol is touched by a gap; its next one clears."""

    rule_id: str = "D01"
    measure: str = "gap_share"

    def doubted(self, view: View) -> Flags:
        """A symbol without a bar has none that lacks anything."""
        return gapped(view)

    def explain(self, view: View, element: int, level: int) -> Finding:
        """Which bar it is, and how much of it."""
        gap, symbol = self._evidence(view, element), view.grid.symbol(element)
        return Finding(
            template=MISSING,
            evidence=[gap],
            clears_if=[Clearing(symbol, "indicator", gap.name, "<=", ANY_GAP, "fraction", 1)],
            inputs={gap.name: [gap.value, gap.threshold, gap.source_time]},
            texts={"subject": symbol},
        )

    def _evidence(self, view: View, line: int) -> Evidence:
        code, symbols = int(view.grid.codes[line]), view.symbols
        instant = int(symbols.bar_instant[code])
        return Evidence(
            name=self.measure,
            value=float(symbols.field("gap")[code]),
            unit="fraction",
            threshold=ANY_GAP,
            operator=">",
            source_table="gaps",
            source_keys={
                "symbol": view.grid.names[code],
                "interval": view.grid.label,
                "bar_start": instant - view.grid.interval,
            },
            source_time=instant,
        )

    def at_clearing(self, view: View, element: int, level: int) -> Sequence[Evidence]:
        """The share of the bar that has closed since."""
        gap = self._evidence(view, element)
        return [gap.at_clearing(gap.value, gap.threshold, view.time)]
