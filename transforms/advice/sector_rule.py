"""P04: weight of a sector, and of holdings whose sector nobody knows."""

from transforms.advice.evidence import Clearing, Trade
from transforms.advice.limits import LimitRule
from transforms.advice.portfolio_rules import (
    OVER,
    holdings_of,
    inputs_of,
    measured,
    row_of,
    trade_sentence,
    trade_texts,
    traded_evidence,
)
from transforms.advice.rule import Finding
from transforms.advice.trades import Holding, trade_to, units_within
from transforms.advice.view import View
from transforms.portfolio.concentration import largest_part
from transforms.portfolio.instruments import UNKNOWN_SECTOR
from transforms.portfolio.valuation import MICROS


def sector(rule: LimitRule, view: View, element: int, level: int) -> Finding:
    """The value to which the sector must come down, and the trims of its largest holdings that do it."""
    row, number = row_of(rule, view, element), element % view.sectors
    name = view.grid.instruments.sectors[number]
    size = int(view.sector_size[element])
    others, limits = int(view.gross[row]) - size, rule.limits(view.variant)
    bars, currency = rule.clear_after(view.variant), view.currency(row)
    cap = largest_part(others, limits[level - 1].clears)
    ways = [Clearing(name, "amount", "value of the sector", "<=", cap / MICROS, currency, bars)]
    trades = (
        _trims(_members(view, row, name), largest_part(others, limits[0].clears), others)
        if others
        else []
    )
    evidence = measured(rule, view, element, level, {"sector": name})
    evidence += traded_evidence(trades, currency, "fraction")
    text = "{subject} is {sector_weight} of the portfolio's value, above the limit of {sector_weight.threshold}."
    text += OVER % {"m": rule.measure} + trade_sentence(view, trades)
    return Finding(
        text, evidence, ways, inputs_of(view, row), {"subject": name, **trade_texts(trades)}, trades
    )


def _members(view: View, row: int, name: str) -> list[Holding]:
    facts = view.grid.instruments.facts
    return [
        held for symbol, (held, _) in holdings_of(view, row).items() if facts(symbol).sector == name
    ]


def _trims(members: list[Holding], cap: int, others: int) -> list[Trade]:
    """Trim the largest holdings first, each as far as needed, until the sector is within ``cap``."""
    ranked = sorted(members, key=lambda held: (-held.size(held.units), held.symbol))
    total = sum(held.size(held.units) for held in ranked)
    trades: list[Trade] = []
    for held in ranked:
        if total <= cap:
            break
        size, before = held.size(held.units), float(total) / float(total + others)
        units = units_within(held, max(0, cap - (total - size)))
        total += held.size(units) - size
        after = float(total) / float(total + others) if total + others else 0.0
        trades.append(trade_to(held, units, before, after))
    return trades


def unknown_sector(rule: LimitRule, view: View, row: int, level: int) -> Finding:
    """A fault of the data: sector limits say little while so much has no sector."""
    members = [held.symbol for held in _members(view, row, "")]
    limit, bars = rule.limits(view.variant)[level - 1], rule.clear_after(view.variant)
    others = int(view.gross[row] - view.sector_size[row * view.sectors + UNKNOWN_SECTOR])
    value = largest_part(others, limit.clears) / MICROS
    ways = [Clearing("", "amount", "value without a sector", "<=", value, view.currency(row), bars)]
    evidence = measured(rule, view, row, level, {"symbols": ",".join(members)})
    text = (
        "The sector of {unknown_sector_weight} of the portfolio's value is not known, more than the "
        "{unknown_sector_weight.threshold} at which sector limits stop meaning much."
    )
    return Finding(text, evidence, ways, inputs_of(view, row))
