"""P02 and P03: the five largest positions, and the Herfindahl index."""

from collections.abc import Sequence

from transforms.advice.evidence import Clearing, Evidence, Trade
from transforms.advice.limits import LimitRule
from transforms.advice.portfolio_evidence import (
    cash_of,
    clearing_sentence,
    inputs_of,
    invested_of,
    measured,
    trade_sentence,
    trade_texts,
    traded_evidence,
)
from transforms.advice.rule import Finding
from transforms.advice.trades import Holding, trade_to, units_within
from transforms.advice.view import View
from transforms.portfolio.concentration import (
    TOP,
    Metric,
    herfindahl_beside,
    positions_needed,
    top_share_beside,
    trimming_cap,
)
from transforms.portfolio.valuation import MICROS

BEST_TRADES = 3
TOP_ABOVE = (
    "The {positions_counted} largest positions ({names}) are {top5_weight} of the portfolio's "
    "value, above the limit of {top5_weight.threshold}."
)
INDEX_ABOVE = (
    "The Herfindahl index is {hhi}, above the limit of {hhi.threshold}: "
    "the portfolio is as concentrated as {n_effective} equal positions."
)


def five_largest(rule: LimitRule, view: View, row: int, level: int) -> Finding:
    """Which positions they are, and to what value the largest must be trimmed."""
    holdings, owner = invested_of(view, row), view.grid.portfolios[row]
    ranked = sorted(holdings, key=lambda symbol: (-holdings[symbol][1], symbol))[:TOP]
    evidence = measured(rule, view, row, level, {})
    for symbol in ranked:
        weight, keys = float(holdings[symbol][1]) / float(view.gross[row]), {"symbol": symbol}
        found = Evidence("position_weight", weight, "fraction", source_time=view.time)
        evidence.append(found.of({"portfolio_id": owner, **keys}))
    evidence.append(Evidence("positions_counted", len(ranked), "count"))
    return Finding(
        template=TOP_ABOVE + clearing_sentence(rule),
        evidence=evidence,
        clears_if=_ways(rule, view, row, level, top_share_beside(sum(cash_of(view, row))), TOP),
        inputs=inputs_of(view, row),
        texts={"names": ", ".join(ranked)},
    )


def index(rule: LimitRule, view: View, row: int, level: int) -> Finding:
    """The three trims that lower the index most, each with the index before and after it."""
    holdings, cash = [held for held, _ in invested_of(view, row).values()], cash_of(view, row)
    trades = best_trades(holdings, rule.limits(view.variant)[0].clears, cash)
    equal = Evidence("n_effective", 1.0 / float(view.hhi[row]), "points")
    return Finding(
        template=INDEX_ABOVE + clearing_sentence(rule) + trade_sentence(view, trades),
        evidence=[
            *measured(rule, view, row, level, {}),
            equal.of({"portfolio_id": view.grid.portfolios[row]}),
            *traded_evidence(trades, view.currency(row), "ratio"),
        ],
        clears_if=_ways(rule, view, row, level, herfindahl_beside(cash), 1),
        inputs=inputs_of(view, row),
        texts=trade_texts(trades),
        trades=trades,
    )


def _ways(
    rule: LimitRule, view: View, row: int, level: int, metric: Metric, counted: int
) -> list[Clearing]:
    """The value the largest positions must come down to, or how many holdings it takes."""
    limit, bars = rule.limits(view.variant)[level - 1].clears, rule.clear_after(view.variant)
    cap = trimming_cap([size for _, size in invested_of(view, row).values()], metric, limit)
    if cap is not None:
        name, amount = "value of the largest position", cap / MICROS
        return [Clearing("", "amount", name, "<=", amount, view.currency(row), bars)]
    if limit <= 0.0:
        return []
    needed = positions_needed(limit, counted)
    return [Clearing("", "holdings", "number of equal holdings", ">=", needed, "count", bars)]


def best_trades(holdings: Sequence[Holding], limit: float, cash: Sequence[int] = ()) -> list[Trade]:
    """Trim the three largest positions to one value: to the limit, or else to the fourth.

    Args:
        holdings: positions that may be trimmed.
        limit: of the index.
        cash: sizes of what belongs to the index but is not trimmed.
    """
    metric = herfindahl_beside(cash)
    ranked = sorted(holdings, key=lambda held: (-held.size(held.units), held.symbol))
    sizes = [held.size(held.units) for held in ranked]
    if len(ranked) <= BEST_TRADES:
        return []
    cap = trimming_cap(sizes, metric, limit, BEST_TRADES)
    trades: list[Trade] = []
    for place, held in enumerate(ranked[:BEST_TRADES]):
        units = units_within(held, sizes[BEST_TRADES] if cap is None else cap)
        trimmed = [*sizes[:place], held.size(units), *sizes[place + 1 :]]
        before, after = metric(sizes), metric(trimmed)
        if units < held.units and after < before:
            trades.append(trade_to(held, units, before, after))
            sizes = trimmed
    return trades
