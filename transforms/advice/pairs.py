"""Pairs of positions that move together, and how much of a portfolio they are."""

from dataclasses import dataclass

import numpy as np

from transforms.advice.limits import EXACT
from transforms.advice.policy import Variant
from transforms.advice.view import View
from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.correlation import TOGETHER
from transforms.portfolio.risk_columns import RiskColumns
from transforms.portfolio.risk_report import Pair


@dataclass(frozen=True)
class Pairs:
    """Pairs of a block of portfolios, as columns.

    Attributes:
        risk: what they come from.
        row: portfolio. first, second: lines. correlation: of their returns.
    """

    risk: RiskColumns
    row: Ints
    first: Ints
    second: Ints
    correlation: Floats

    def joint(self, view: View) -> Floats:
        """Weight of both; 0 where one is sold short and the other is not: that is a hedge."""
        found: Floats | None = view.memo.get(("joint",))
        if found is None:
            alike = np.sign(view.value[self.first]) == np.sign(view.value[self.second])
            weight = view.weight[self.first] + view.weight[self.second]
            found = view.memo["joint",] = np.where(alike, weight, 0.0)
        return found


def opens_over(variant: Variant) -> float:
    """Correlation above which a pair counts."""
    return variant.number("P09", "correlation_over", 1.0)


def stays_over(variant: Variant) -> float:
    """Correlation above which it goes on counting; reports name no pair below TOGETHER."""
    slack = variant.number("P09", "clear_factor", 1.0)
    return max(TOGETHER, round(opens_over(variant) * slack, EXACT))


def pairs_of(view: View) -> Pairs:
    """Pairs above the lower of the two, found once for each set of reports."""
    known: Pairs | None = view.variant.memo.get("pairs")
    if known is None or known.risk is not view.risk:
        known = view.variant.memo["pairs"] = _pairs(view)
    return known


def _pairs(view: View) -> Pairs:
    limit, found = stays_over(view.variant), []
    for row, report in enumerate(view.risk.reports):
        if report is None or not report.pairs or report.pairs[0].correlation <= limit:
            continue
        lines = assessed_lines(view, row)
        for pair in report.pairs:  # highest first
            if not lines or pair.correlation <= limit:
                break
            found.append((row, lines[pair.first], lines[pair.second], pair.correlation))
    columns = np.array(found, np.float64).reshape(-1, 4)
    rows, first, second = columns[:, :3].T.astype(np.int64)
    return Pairs(view.risk, rows, first, second, columns[:, 3])


def assessed_lines(view: View, row: int) -> list[int]:
    """Lines that went into a report, in its order: that of their symbols.

    Empty where positions cancel each other out, and none has a share in the risk.
    """
    shares = view.risk.of_lines("contribution", len(view.owned))
    lines = view.grid.layout.lines_of(row)
    return sorted(lines[~np.isnan(shares[lines])].tolist(), key=view.grid.symbol)


def heaviest(view: View, over: float) -> Floats:
    """Joint weight of the heaviest pair with a correlation above ``over``, by portfolio.

    0 without one; NaN where returns are not known.
    """
    pairs, portfolios = pairs_of(view), len(view.gross)
    counts = pairs.correlation > over
    found = np.zeros(portfolios)
    np.maximum.at(found, pairs.row[counts], pairs.joint(view)[counts])
    return np.where(np.isnan(view.risk.number("volatility", portfolios)), np.nan, found)


def named_pairs(view: View, row: int, over: float) -> dict[tuple[str, str], float]:
    """Correlation of a portfolio's pairs above ``over``, hedges left out; heaviest first."""
    pairs = pairs_of(view)
    joint = pairs.joint(view)
    chosen = np.flatnonzero((pairs.row == row) & (pairs.correlation > over) & (joint > 0.0))
    found = [
        (-float(joint[place]), symbols, float(pairs.correlation[place]))
        for place in chosen.tolist()
        for symbols in [_symbols(view, pairs, place)]
    ]
    return {symbols: correlation for _, symbols, correlation in sorted(found)}


def _symbols(view: View, pairs: Pairs, place: int) -> tuple[str, str]:
    first, second = int(pairs.first[place]), int(pairs.second[place])
    return view.grid.symbol(first), view.grid.symbol(second)


def closest_pairs(view: View, row: int, count: int) -> dict[tuple[str, str], float]:
    """Correlation of the ``count`` closest pairs of a portfolio, closest first."""
    report = view.risk.report(row)
    closest: tuple[Pair, ...] = () if report is None else report.pairs[:count]
    names = [view.grid.symbol(line) for line in assessed_lines(view, row)]
    chosen = closest if names else ()
    return {(names[pair.first], names[pair.second]): pair.correlation for pair in chosen}
