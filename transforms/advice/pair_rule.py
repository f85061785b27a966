"""P09: positions that move together, as a heavy pair or all of them on average."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.limits import Limit, LimitRule
from transforms.advice.pair_trims import Symbols, Trimming, joint_weight
from transforms.advice.pairs import closest_pairs, heaviest, named_pairs, opens_over, stays_over
from transforms.advice.portfolio_evidence import (
    clear_level,
    clearing_sentence,
    holdings_of,
    request,
    trade_sentence,
    trade_texts,
    traded_evidence,
)
from transforms.advice.risk_measures import number, of_report, reported, risk_inputs, untold_risk
from transforms.advice.rule import Finding
from transforms.advice.sentences import listed
from transforms.advice.view import View
from transforms.kernels.columns import Floats
from transforms.portfolio.lines import Flags
from transforms.portfolio.valuation import MICROS

CLOSEST = 3  # pairs that are named where the average is high
HEAVY = (
    "{names} move together, with a correlation of {pair_correlation} over {pair_correlation.n} "
    "sessions, above {pair_correlation.threshold}, and are {pair_weight} of the portfolio's "
    "value, above the limit of {pair_weight.threshold}."
)
MORE = " So do {others}, above both limits too."
CLEARS = (
    " It clears at {pair_weight_clear_level} or less, or at a correlation of "
    "{pair_correlation_clear_level} or less, on {closed_bars} closed bars in a row."
)
ALIKE = (
    "The holdings move together: over {average_correlation.n} sessions the correlation of two of "
    "them is {average_correlation} on average, above the limit of {average_correlation.threshold}."
)
CLOSE = " The closest are {names}."


def _heaviest(view: View) -> Floats:
    return heaviest(view, opens_over(view.variant))


def _still_heaviest(view: View) -> Floats:
    return heaviest(view, stays_over(view.variant))


def _has_several(view: View) -> Flags:
    return np.asarray(view.grid.layout.sums(view.judged.astype(np.int64)) > 1)


@dataclass(frozen=True)
class _Heavy:
    """Pairs of a portfolio that are too heavy."""

    view: View
    row: int
    limit: Limit

    @cached_property
    def close(self) -> dict[Symbols, float]:
        """Correlation of those that move together."""
        return named_pairs(self.view, self.row, opens_over(self.view.variant))

    @cached_property
    def trimming(self) -> Trimming:
        """What must be trimmed, by the correlation that an open row looks at."""
        held = holdings_of(self.view, self.row)
        return Trimming(
            {symbol: holding for symbol, (holding, _) in held.items()},
            {symbol: size for symbol, (_, size) in held.items()},
            tuple(named_pairs(self.view, self.row, stays_over(self.view.variant))),
            self.limit.clears,
        )

    @cached_property
    def weights(self) -> dict[Symbols, float]:
        """Joint weight of those above the limit, heaviest first."""
        sizes, whole = self.trimming.sizes, int(self.view.gross[self.row])
        found = {pair: joint_weight(sizes, pair, whole) for pair in self.close}
        return {pair: weight for pair, weight in found.items() if weight > self.limit.opens}

    def evidence(self) -> Iterator[Evidence]:
        """Correlation of each, and the weight of all but the heaviest, which is the measure."""
        for place, (pair, weight) in enumerate(self.weights.items(), 1):
            name, keys = "pair" if place == 1 else f"pair_{place}", {"symbols": list(pair)}
            found = [(f"{name}_correlation", self.close[pair], "ratio", self._over)]
            if place > 1:
                found.append((f"{name}_weight", weight, "fraction", self.limit.opens))
            for title, value, unit, over in found:
                piece = Evidence(title, value, unit, over, ">", source_keys=keys)
                yield of_report(self.view, self.row, piece)

    @property
    def _over(self) -> float:
        return opens_over(self.view.variant)

    def ways(self, bars: int) -> Iterator[Clearing]:
        """Trim one position, or hold more of what is in none of the pairs."""
        trim, needed = self.trimming.alone(), self.trimming.others_needed()
        if trim is not None:
            yield Clearing(trim[0], "quantity", "units held", "<=", trim[1], "units", bars)
        if needed is not None:
            name, unit = "value of the other holdings", self.view.currency(self.row)
            yield Clearing("", "amount", name, ">=", needed / MICROS, unit, bars)
        if trim is None and needed is None:
            clear = self.limit.clears
            yield Clearing("", "indicator", "pair_weight", "<=", clear, "fraction", bars)


def heavy_pairs(rule: LimitRule, view: View, row: int, level: int) -> Finding:
    """Which pairs they are, and how far the larger position of each must be trimmed."""
    heavy = _Heavy(view, row, rule.limits(view.variant)[level - 1])
    first, *others = heavy.weights
    trades = heavy.trimming.trades(tuple(heavy.close))
    asked = "" if trades else request(rule, view)
    clear = clear_level("pair_correlation", stays_over(view.variant), "ratio")
    return Finding(
        template=HEAVY + (MORE if others else "") + CLEARS + trade_sentence(view, trades) + asked,
        evidence=[
            *reported(rule, view, row, level, {"symbols": list(first)}),
            *heavy.evidence(),
            clear,
            *traded_evidence(trades, view.currency(row), "fraction"),
        ],
        clears_if=list(heavy.ways(rule.clear_after(view.variant))),
        inputs=risk_inputs(
            view, row, **{" ".join(pair): heavy.close[pair] for pair in heavy.close}
        ),
        texts={
            "names": " and ".join(first),
            "others": listed([" with ".join(pair) for pair in others]) if others else "",
            **trade_texts(trades),
        },
        trades=trades,
    )


def alike(rule: LimitRule, view: View, row: int, level: int) -> Finding:
    """The closest pairs; weights do not count, so that no trim of one would help."""
    limit, bars = rule.limits(view.variant)[level - 1], rule.clear_after(view.variant)
    closest = closest_pairs(view, row, CLOSEST)
    pairs = [
        of_report(view, row, Evidence(f"pair_{place}_correlation", correlation, "ratio").of(
            {"symbols": list(pair)}
        ))
        for place, (pair, correlation) in enumerate(closest.items(), 1)
    ]  # fmt: skip
    way = Clearing("", "indicator", rule.measure, "<=", limit.clears, rule.unit, bars)
    found = float(rule.metric(view)[row])
    return Finding(
        template=ALIKE + (CLOSE if closest else "") + clearing_sentence(rule) + request(rule, view),
        evidence=[*reported(rule, view, row, level, {}), *pairs],
        clears_if=[way],
        inputs=risk_inputs(view, row, **{rule.measure: found}),
        texts={"names": listed([" with ".join(pair) for pair in closest]) if closest else ""},
    )


P09 = LimitRule(
    "P09",
    "portfolio",
    "pair_weight",
    "fraction",
    _heaviest,
    _has_several,
    heavy_pairs,
    parameters=((None, "weight_over"),),
    staying=_still_heaviest,
    lacking=untold_risk("average_correlation"),
    request=" Reduce one of each pair.",
)
P09_AVERAGE = LimitRule(
    "P09",
    "portfolio",
    "average_correlation",
    "ratio",
    number("average_correlation"),
    _has_several,
    alike,
    parameters=((None, "average_over"),),
    has_status=False,
    request=" Add holdings that move otherwise.",
)
"""Of P09 too: both may be open at once."""
