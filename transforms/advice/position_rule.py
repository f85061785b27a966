"""P01: weight of one position."""

from transforms.advice.evidence import Clearing, Trade
from transforms.advice.limits import LimitRule
from transforms.advice.portfolio_evidence import (
    clearing_sentence,
    holdings_of,
    inputs_of,
    measured,
    row_of,
    trade_sentence,
    trade_texts,
    traded_evidence,
)
from transforms.advice.rule import Finding
from transforms.advice.trades import Holding, price_within, trade_to, units_within
from transforms.advice.view import View
from transforms.portfolio.concentration import largest_part, others_needed
from transforms.portfolio.valuation import MICROS

ABOVE = (
    "{subject} is {position_weight} of the portfolio's value, "
    "above the limit of {position_weight.threshold}."
)


def position(rule: LimitRule, view: View, line: int, level: int) -> Finding:
    """The price or quantity at which the position is within its cap, the others staying."""
    row, symbol = row_of(rule, view, line), view.grid.symbol(line)
    holding, size = holdings_of(view, row)[symbol]
    others = int(view.gross[row]) - size
    trades = [_trade(rule, view, holding, others)] if others else []
    return Finding(
        template=ABOVE + clearing_sentence(rule) + trade_sentence(view, trades),
        evidence=[
            *measured(rule, view, line, level, {"symbol": symbol}),
            *traded_evidence(trades, view.currency(row), "fraction"),
        ],
        clears_if=_ways(
            rule, view, row, holding, size, rule.limits(view.variant)[level - 1].clears
        ),
        inputs=inputs_of(view, row),
        texts={"subject": symbol, **trade_texts(trades)},
        trades=trades,
    )


def _ways(
    rule: LimitRule, view: View, row: int, holding: Holding, size: int, limit: float
) -> list[Clearing]:
    symbol, bars = holding.symbol, rule.clear_after(view.variant)
    others, found = int(view.gross[row]) - size, []
    if others:
        cap = largest_part(others, limit)
        price, units = price_within(holding.units, cap, holding.rate), units_within(holding, cap)
        found = [
            Clearing(symbol, "price", "last close", "<=", price, "price", bars),
            Clearing(symbol, "quantity", "units held", "<=", units, "units", bars),
        ]
    needed = others_needed(size, limit)
    if needed is not None:
        name = "value of the other holdings"
        amount = needed / MICROS
        found.append(Clearing(symbol, "amount", name, ">=", amount, view.currency(row), bars))
    return found


def _trade(rule: LimitRule, view: View, holding: Holding, others: int) -> Trade:
    """Down to where the rule has nothing left to say, whatever the level that is open."""
    units = units_within(holding, largest_part(others, rule.limits(view.variant)[0].clears))
    before, after = holding.size(holding.units), holding.size(units)
    return trade_to(
        holding,
        units,
        float(before) / float(before + others),
        float(after) / float(after + others),
    )
