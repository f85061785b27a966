"""D02: two sources differ on a price. Advice that would rest on it is withheld while this is open.

Like D01 it knows no slack: it is open exactly while such advice is withheld.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from transforms.advice.doubt_rule import DoubtRule
from transforms.advice.doubts import conflicting, price_gap
from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.rule import Finding
from transforms.advice.view import View
from transforms.portfolio.lines import Flags

APART = (
    "Two sources differ by {price_gap} on the price of {subject}, more than "
    "{price_gap.threshold}: {close} and {other_close}. Advice that uses its price is withheld."
)
REQUEST = " Check the price before acting on it."


@dataclass(frozen=True)
class ConflictRule(DoubtRule):
    """Opens when the closes of one bar differ; a symbol with one source has nothing to differ."""

    rule_id: str = "D02"

    usual: ClassVar = "alert"

    def doubted(self, view: View) -> Flags:
        """A symbol with one source alone is not in dispute."""
        return conflicting(view)

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
