"""P15 and P16: how long it takes to sell a position, and what trading has cost."""

from decimal import Decimal
from math import ceil

import numpy as np

from transforms.advice.evidence import Clearing, Evidence
from transforms.advice.limits import LimitRule
from transforms.advice.portfolio_evidence import clearing_sentence, compared, request
from transforms.advice.reasons import lacking
from transforms.advice.rule import Finding, Want
from transforms.advice.trades import Holding, price_at_least, step_of
from transforms.advice.view import View
from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.lines import Flags, padded
from transforms.portfolio.liquidity import SESSIONS, TAKEN

SLOW = (
    "{subject} takes {days_to_liquidate} days to sell at {participation} of its average daily "
    "volume over {average_daily_volume.window} sessions, {average_daily_volume}; "
    "the limit is {days_to_liquidate.threshold} days."
)
COSTLY = (
    "Fees are {fees_share} of what was bought and sold, above the limit of {fees_share.threshold}."
)


def days(view: View) -> Floats:
    """Sessions it takes to sell each line, as of its portfolio's last report."""
    return view.risk.of_lines("days_to_liquidate", len(view.owned))


def fees(view: View) -> Floats:
    """Share of fees in what was bought and sold, by portfolio; NaN without transactions."""
    return padded(view.fees, len(view.gross), np.nan)


def has_traded(view: View) -> Flags:
    """Portfolios that hold something and have bought or sold."""
    return view.owner & ~np.isnan(fees(view))


def illiquid(rule: LimitRule, view: View, line: int, level: int) -> Finding:
    """How many units could be sold in time, and what volume these would take."""
    symbol, taken = view.grid.symbol(line), float(days(view)[line])
    units = abs(float(view.held.quantity[line]))
    volume = Evidence(
        name="average_daily_volume",
        value=units / (taken * TAKEN),
        unit="units",
        window=SESSIONS,
        n=SESSIONS,
        source_table="bars",
        source_keys={"symbol": symbol},
        source_time=view.time,
    )
    return Finding(
        template=SLOW + clearing_sentence(rule) + request(rule, view),
        evidence=[
            *compared(rule, view, line, level, {"symbol": symbol}),
            Evidence("participation", TAKEN, "fraction", source_table="policy"),
            volume,
        ],
        clears_if=_ways(rule, view, line, level),
        inputs={"symbol": symbol, "quantity": units, "days": taken},
        texts={"subject": symbol},
    )


def _ways(rule: LimitRule, view: View, line: int, level: int) -> list[Clearing]:
    """Days grow with the quantity and fall with the volume."""
    symbol, taken = view.grid.symbol(line), float(days(view)[line])
    units, limit = abs(float(view.held.quantity[line])), rule.limits(view.variant)[level - 1].clears
    bars, lot = rule.clear_after(view.variant), view.grid.instruments.facts(symbol).lot_size
    step = step_of(Holding(symbol, units, 1.0, lot))
    held = Decimal(repr(units))
    left = max(Decimal(0), held - ceil((held - Decimal(units * limit / taken)) / step) * step)
    ways = [Clearing(symbol, "quantity", "units held", "<=", float(left), "units", bars)]
    if limit > 0.0:
        name, volume = "average_daily_volume", price_at_least(units / (limit * TAKEN))
        ways.append(Clearing(symbol, "indicator", name, ">=", volume, "units", bars))
    return ways


def no_volume(view: View, row: int, elements: Ints) -> Want:
    """Positions without enough sessions with volume."""
    reason = "symbols_without_volume"
    words = "no average daily volume yet of"
    return lacking(view, elements, cause="no_volume", reason=reason, words=words)


def costly(rule: LimitRule, view: View, row: int, level: int) -> Finding:
    """The share itself: neither prices nor holdings change it."""
    limit, bars = rule.limits(view.variant)[level - 1], rule.clear_after(view.variant)
    way = Clearing("", "indicator", rule.measure, "<=", limit.clears, rule.unit, bars)
    return Finding(
        template=COSTLY + clearing_sentence(rule) + request(rule, view),
        evidence=compared(rule, view, row, level, {}),
        clears_if=[way],
        inputs={rule.measure: float(fees(view)[row])},
    )


def _judged(view: View) -> Flags:
    return view.judged


P15 = LimitRule(
    "P15",
    "line",
    "days_to_liquidate",
    "days",
    days,
    _judged,
    illiquid,
    on_value=False,
    lacking=no_volume,
    request=" Reduce it.",
)
P16 = LimitRule(
    "P16",
    "portfolio",
    "fees_share",
    "fraction",
    fees,
    has_traded,
    costly,
    on_value=False,
    request=" Trade less, or where it costs less.",
    table="transactions",
)
