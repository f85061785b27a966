"""D02: two sources differ on a price. Advice that would rest on it is withheld while this is open.

Like D01 it knows no slack: it is open exactly while such advice is withheld.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from transforms.advice.doubts import conflicting, price_gap
from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.hysteresis import Memory, Verdict
from transforms.advice.policy import Variant
from transforms.advice.reasons import untold
from transforms.advice.rule import Finding, Subject, Want
from transforms.advice.view import View
from transforms.kernels.columns import Ints
from transforms.portfolio.lines import Flags

APART = (
    "Two sources differ by {price_gap} on the price of {subject}, more than "
    "{price_gap.threshold}: {close} and {other_close}. Advice that uses its price is withheld."
)
REQUEST = " Check the price before acting on it."


@dataclass(frozen=True)
class ConflictRule:
    """Opens when the closes of one bar differ; a symbol with one source has nothing to differ."""

    rule_id: str = "D02"
    subject: Subject = field(default="line", init=False)
    on_value: bool = field(default=False, init=False)
    has_status: bool = field(default=False, init=False)

    def severity(self, variant: Variant, level: int) -> str:
        """From the policy."""
        return variant.severity(self.rule_id, "alert")

    def clear_after(self, variant: Variant) -> int:
        """One bar on which they agree."""
        return 1

    def judge(self, view: View, memory: Memory) -> Verdict:
        """Never unknown: a symbol with one source alone is not in dispute."""
        none, apart = np.zeros(len(view.owned), np.bool_), conflicting(view)
        counts = np.full(len(none), view.closes)
        return Verdict(apart.astype(np.uint8), apart, none, none, none, view.judged, counts)

    def explain(self, view: View, element: int, level: int) -> Finding:
        """Both closes, and how far they are apart."""
        evidence = self._evidence(view, element)
        symbol, limit = view.grid.symbol(element), view.variant.number("D02", "difference_over")
        return Finding(
            template=APART + (REQUEST if view.variant.wording == "imperative" else ""),
            evidence=evidence,
            clears_if=[Clearing(symbol, "indicator", "price_gap", "<=", limit, "fraction", 1)],
            inputs={one.name: [one.value, one.threshold, one.source_time] for one in evidence},
            texts={"subject": symbol},
        )

    def _evidence(self, view: View, line: int) -> list[Evidence]:
        code, symbols = int(view.grid.codes[line]), view.symbols
        instant = int(symbols.bar_instant[code])
        keys = {
            "symbol": view.grid.names[code],
            "interval": view.grid.label,
            "bar_start": instant - view.grid.interval,
        }
        gap = Evidence(
            name="price_gap",
            value=float(price_gap(view)[code]),
            unit="fraction",
            threshold=view.variant.number("D02", "difference_over"),
            operator=">",
            source_table="bars",
            source_keys=keys,
            source_time=instant,
        )
        closes = [
            Evidence(name, float(symbols.field(name)[code]), "price", source_table="bars",
                     source_keys=keys, source_time=instant)
            for name in ("close", "other_close")
        ]  # fmt: skip
        return [gap, *closes]

    def at_clearing(self, view: View, element: int, level: int) -> Sequence[Evidence]:
        """How far they are apart now; nothing where one source is left."""
        gap = self._evidence(view, element)[0]
        if np.isnan(gap.value):
            return []
        return [gap.at_clearing(gap.value, gap.threshold, view.time)]

    def want(self, view: View, row: int, elements: Ints, short: Flags) -> Want:
        """Not asked for: the rule is never unknown."""
        return untold("no_value", "there is nothing to compare")
