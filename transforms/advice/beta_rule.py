"""P14: a portfolio that follows the market too much, or hardly."""

from collections.abc import Sequence

import numpy as np

from transforms.advice.band_rule import OVER, BandRule, Bounds
from transforms.advice.cash_ways import BOUGHT, SOLD, amount_of, less_invested, more_invested
from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.limits import EXACT
from transforms.advice.policy import Variant
from transforms.advice.portfolio_evidence import clear_level, clears_at, portfolio_value
from transforms.advice.risk_measures import invested, number, of_report, risk_inputs, untold_risk
from transforms.advice.rule import Finding, closing_evidence
from transforms.advice.view import View
from transforms.portfolio.risk_options import EQUAL_WEIGHT

OUTSIDE = (
    "At its present weights the portfolio has a beta of {beta} against {benchmark}, {side} the "
    "limit of {beta.threshold}."
)
WOULD = {
    True: " With {to_cash} of the holdings turned into cash, each in proportion, it would clear.",
    False: " With {from_cash} of the cash put into the holdings, in proportion, it would clear.",
}
DO = {
    True: " Turn {to_cash} of the holdings into cash, each in proportion.",
    False: " Put {from_cash} of the cash into the holdings, in proportion.",
}
REQUEST = {True: " Reduce it.", False: " Raise it."}
_beta = number("beta")


def _limits(variant: Variant) -> tuple[float, float]:
    return variant.number("P14", "beta_under"), variant.number("P14", "beta_over")


def _clears(variant: Variant) -> tuple[float, float]:
    """As a limit from below and one from above clear elsewhere."""
    (low, high), factor = _limits(variant), variant.number("P14", "clear_factor", 1.0)
    return round(low * (2.0 - factor), EXACT), round(high * factor, EXACT)


def bounds(view: View) -> Bounds:
    """Of each portfolio; where beta cannot be told it may be anything."""
    beta = _beta(view)
    low, high, clear_low, clear_high = (
        np.full(len(beta), level) for level in (*_limits(view.variant), *_clears(view.variant))
    )
    least, most = (np.where(np.isnan(beta), end, beta) for end in (-np.inf, np.inf))
    return Bounds(least, most, low, high, clear_low, clear_high, invested(view))


def beta_outside(rule: BandRule, view: View, row: int, level: int) -> Finding:
    """What would have to be turned into cash, or bought with it."""
    over, bars = level == OVER, rule.clear_after(view.variant)
    beta, clear = float(_beta(view)[row]), _clears(view.variant)[level == OVER]
    ways = _ways(view, row, clear / beta if beta > 0.0 else 0.0, bars, over=over)
    evidence = [
        _measure(view, row, over=over),
        clear_level("beta", clear, "ratio"),
        closing_evidence(bars),
        portfolio_value(view, row),
    ]
    words = _words(view, row, ways, evidence, over=over)
    itself = Clearing("", "indicator", "beta", "<=" if over else ">=", clear, "ratio", bars)
    name = view.variant.risk.benchmark
    texts = {"side": "above" if over else "below"}
    texts["benchmark"] = "the mean of all symbols" if name == EQUAL_WEIGHT else name
    return Finding(
        template=OUTSIDE + clears_at("beta", below=over) + words,
        evidence=evidence,
        clears_if=ways or [itself],
        inputs=risk_inputs(view, row, beta=beta) | {"benchmark": name},
        texts=texts,
    )


def _ways(view: View, row: int, factor: float, bars: int, *, over: bool) -> list[Clearing]:
    return (less_invested if over else more_invested)(view, row, factor, bars)


def _words(
    view: View, row: int, ways: list[Clearing], evidence: list[Evidence], *, over: bool
) -> str:
    """The amount in words, and as evidence; the bare request where there is none."""
    amount, imperative = (
        amount_of(ways, SOLD if over else BOUGHT),
        view.variant.wording == "imperative",
    )
    if amount is None:
        return REQUEST[over] if imperative else ""
    evidence.append(Evidence("to_cash" if over else "from_cash", amount, view.currency(row)))
    return (DO if imperative else WOULD)[over]


def _measure(view: View, row: int, *, over: bool) -> Evidence:
    low, high = _limits(view.variant)
    limit, compare = (high, ">") if over else (low, "<")
    return of_report(view, row, Evidence("beta", float(_beta(view)[row]), "ratio", limit, compare))


def closing(rule: BandRule, view: View, row: int, level: int) -> Sequence[Evidence]:
    """Beta now, against the level it had to come back to."""
    over = level == OVER
    opened, clear = _measure(view, row, over=over), _clears(view.variant)[over]
    if np.isnan(opened.value):
        return []
    return [opened.at_clearing(opened.value, clear, view.time)]


P14 = BandRule("P14", "portfolio", bounds, beta_outside, closing, untold_risk("beta"))
