"""P04: weight of a sector, and of holdings whose sector nobody knows."""

from transforms.advice.evidence import Clearing, Trade
from transforms.advice.groups import sector_size
from transforms.advice.limits import LimitRule
from transforms.advice.portfolio_evidence import (
    clearing_sentence,
    inputs_of,
    invested_of,
    measured,
    row_of,
    trade_sentence,
    trade_texts,
    traded_evidence,
)
from transforms.advice.rule import Finding
from transforms.advice.trades import Holding, trade_to, units_within
from transforms.advice.view import View
from transforms.portfolio.concentration import largest_part, others_needed
from transforms.portfolio.instruments import UNKNOWN_SECTOR
from transforms.portfolio.valuation import MICROS

ABOVE = (
    "{subject} is {sector_weight} of the portfolio's value, "
    "above the limit of {sector_weight.threshold}."
)
UNKNOWN = (
    "The sector of {unknown_sector_weight} of the portfolio's value is not known, more than the "
    "{unknown_sector_weight.threshold} above which sector limits stop meaning much."
)


def sector(rule: LimitRule, view: View, element: int, level: int) -> Finding:
    """The value the sector must come down to, and trims of its largest holdings that do it."""
    row, name = row_of(rule, view, element), view.grid.instruments.sectors[element % view.sectors]
    size = int(sector_size(view)[element])
    others = int(view.gross[row]) - size
    trades: list[Trade] = []
    if others:
        cap = largest_part(others, rule.limits(view.variant)[0].clears)
        trades = _trims(_members(view, row, name), cap, others)
    return Finding(
        template=ABOVE + clearing_sentence(rule) + trade_sentence(view, trades),
        evidence=[
            *measured(rule, view, element, level, {"sector": name}),
            *traded_evidence(trades, view.currency(row), "fraction"),
        ],
        clears_if=_ways(rule, view, row, name, size, level),
        inputs=inputs_of(view, row),
        texts={"subject": name, **trade_texts(trades)},
        trades=trades,
    )


def _ways(
    rule: LimitRule, view: View, row: int, name: str, size: int, level: int
) -> list[Clearing]:
    limit, bars = rule.limits(view.variant)[level - 1].clears, rule.clear_after(view.variant)
    others, unit = int(view.gross[row]) - size, view.currency(row)
    cap, needed = largest_part(others, limit) / MICROS, others_needed(size, limit)
    found = [Clearing(name, "amount", "value of the sector", "<=", cap, unit, bars)]
    if needed is not None:
        other = "value of the other sectors"
        found.append(Clearing(name, "amount", other, ">=", needed / MICROS, unit, bars))
    return found


def _members(view: View, row: int, name: str) -> list[Holding]:
    facts, holdings = view.grid.instruments.facts, invested_of(view, row)
    return [held for symbol, (held, _) in holdings.items() if facts(symbol).sector == name]


def _trims(members: list[Holding], cap: int, others: int) -> list[Trade]:
    """Trim the largest first, each as far as needed, until the sector is within ``cap``."""
    ranked = sorted(members, key=lambda held: (-held.size(held.units), held.symbol))
    total = sum(held.size(held.units) for held in ranked)
    trades: list[Trade] = []
    for held in ranked:
        if total <= cap:
            break
        size, before = held.size(held.units), float(total) / float(total + others)
        units = units_within(held, max(0, cap - (total - size)))
        total += held.size(units) - size
        trades.append(trade_to(held, units, before, float(total) / float(total + others)))
    return trades


def unknown_sector(rule: LimitRule, view: View, row: int, level: int) -> Finding:
    """A fault of the data: sector limits say little while so much has no sector."""
    limit, bars = rule.limits(view.variant)[level - 1], rule.clear_after(view.variant)
    unknown = int(sector_size(view)[row * view.sectors + UNKNOWN_SECTOR])
    value = largest_part(int(view.gross[row]) - unknown, limit.clears) / MICROS
    name, unit = "value without a sector", view.currency(row)
    symbols = [held.symbol for held in _members(view, row, "")]
    return Finding(
        template=UNKNOWN,
        evidence=measured(rule, view, row, level, {"symbols": symbols}),
        clears_if=[Clearing("", "amount", name, "<=", value, unit, bars)],
        inputs=inputs_of(view, row),
    )
