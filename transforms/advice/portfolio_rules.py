"""P01 position, P02 five largest, P03 Herfindahl index: what they measure and how they account for it."""

from collections.abc import Iterator, Sequence
from typing import Any

from transforms.advice.evidence import Clearing, Evidence, Trade
from transforms.advice.limits import LimitRule
from transforms.advice.rule import Finding, closing_evidence
from transforms.advice.trades import Holding, price_within, trade_to, units_within
from transforms.advice.view import View
from transforms.portfolio.concentration import (
    TOP,
    Metric,
    herfindahl_of,
    largest_part,
    positions_needed,
    top_share_of,
    trimming_cap,
)
from transforms.portfolio.valuation import MICROS

BEST_TRADES = 3
OVER = " It clears at {%(m)s_clear_level} or less on {closed_bars} closed bars in a row."


def holdings_of(view: View, row: int) -> dict[str, tuple[Holding, int]]:
    """Counted positions of a portfolio by symbol, by name: (what trades need, size in micros)."""
    found: dict[str, tuple[Holding, int]] | None = view.memo.get(("holdings", row))
    if found is None:
        found = view.memo["holdings", row] = dict(sorted(_holdings(view, row)))
    return found


def _holdings(view: View, row: int) -> Iterator[tuple[str, tuple[Holding, int]]]:
    lines = view.grid.layout.lines_of(row)
    lines = lines[view.counted[lines]]
    columns = (view.grid.codes, view.held.quantity, view.price, view.size)
    cost, facts = view.variant.cost_bps, view.grid.instruments.facts
    for code, quantity, price, size in zip(*(c[lines].tolist() for c in columns), strict=True):
        symbol = view.grid.names[code]
        yield symbol, (Holding(symbol, quantity, price, facts(symbol).lot_size, cost), size)


def inputs_of(view: View, row: int) -> Any:
    """What the metrics of a portfolio come from: quantity, price, lot, sector by symbol."""
    found = view.memo.get(("inputs", row))
    if found is None:
        facts = view.grid.instruments.facts
        found = view.memo["inputs", row] = {
            symbol: [holding.quantity, holding.price, holding.lot, facts(symbol).sector]
            for symbol, (holding, _) in holdings_of(view, row).items()
        }
    return found


def measured(
    rule: LimitRule, view: View, element: int, level: int, keys: dict[str, str]
) -> list[Evidence]:
    """The measure against its limit, the level at which it clears, and the value it is a share of."""
    limit = rule.limits(view.variant)[level - 1]
    row = row_of(rule, view, element)
    value, name = float(rule.metric(view)[element]), rule.measure
    table = "positions" if rule.subject == "line" else "portfolio_risk"
    owner = {"portfolio_id": view.grid.portfolios[row]}
    whole = view.gross[row] / MICROS
    return [
        Evidence(name, value, rule.unit, limit.opens, ">", None, None, table, {**owner, **keys}, view.time),
        Evidence(f"{name}_clear_level", limit.clears, rule.unit, source_table="policy"),
        closing_evidence(rule.clear_after(view.variant)),
        Evidence(
            "portfolio_value", whole, view.currency(row), None, None, None,
            int(view.counted[view.grid.layout.lines_of(row)].sum()),
            "portfolio_risk", owner, view.time,
        ),
    ]  # fmt: skip


def row_of(rule: LimitRule, view: View, element: int) -> int:
    """Portfolio number of a subject."""
    return row_of_subject(rule.subject, view, element)


def row_of_subject(subject: str, view: View, element: int) -> int:
    """Portfolio number of an element of a rule's arrays."""
    if subject == "line":
        return int(view.grid.layout.rows[element])
    return element // view.sectors if subject == "sector" else element


def traded_evidence(trades: Sequence[Trade], currency: str, unit: str) -> list[Evidence]:
    """The numbers of suggestions as evidence, so that sentences may quote them."""
    found: list[Evidence] = []
    for number, trade in enumerate(trades, 1):
        keys = {"symbol": trade.symbol}
        found += [
            Evidence(f"trade_{number}_quantity", trade.quantity, "units", source_keys=keys),
            Evidence(
                f"trade_{number}_amount", trade.amount_micros / MICROS, currency, source_keys=keys
            ),
            Evidence(f"trade_{number}_metric_before", trade.metric_before, unit, source_keys=keys),
            Evidence(f"trade_{number}_metric_after", trade.metric_after, unit, source_keys=keys),
        ]
    return found


def trade_texts(trades: Sequence[Trade]) -> dict[str, str]:
    """Symbols of suggestions, as sentences name them."""
    return {f"trade_{number}_symbol": trade.symbol for number, trade in enumerate(trades, 1)}


def trade_sentence(view: View, trades: Sequence[Trade]) -> str:
    """How the suggestions are put into words: as a fact, or as a request."""
    if not trades:
        return ""
    numbers = range(1, len(trades) + 1)
    parts = [f"{{trade_{n}_quantity}} {{trade_{n}_symbol}} ({{trade_{n}_amount}})" for n in numbers]
    after = f"{{trade_{len(trades)}_metric_after}}"
    if view.variant.wording == "imperative":
        verb = "Sell" if trades[0].side == "sell" else "Buy back"
        return f" {verb} {', '.join(parts)} to come to {after}."
    return f" Without {', '.join(parts)} it would be {after}."


def position(rule: LimitRule, view: View, line: int, level: int) -> Finding:
    """P01: the price or quantity at which the position is within its cap, the others staying."""
    row, symbol = row_of(rule, view, line), view.grid.symbol(line)
    holding, size = holdings_of(view, row)[symbol]
    others, bars = int(view.gross[row]) - size, rule.clear_after(view.variant)
    limits, currency = rule.limits(view.variant), view.currency(row)
    cap = largest_part(others, limits[level - 1].clears)
    ways = [Clearing(symbol, "amount", "value of the other holdings", ">=",
                     _others_needed(size, limits[level - 1].clears) / MICROS, currency, bars)]  # fmt: skip
    trades: list[Trade] = []
    if others:
        price, units = price_within(holding.units, cap), units_within(holding, cap)
        ways = [
            Clearing(symbol, "price", "last close", "<=", price, "price", bars),
            Clearing(symbol, "quantity", "units held", "<=", units, "units", bars),
            *ways,
        ]
        units = units_within(holding, largest_part(others, limits[0].clears))
        after = holding.size(units) / float(holding.size(units) + others)
        trades = [trade_to(holding, units, float(view.weight[line]), after)]
    evidence = measured(rule, view, line, level, {"symbol": symbol})
    evidence += traded_evidence(trades, currency, "fraction")
    text = "{subject} is {position_weight} of the portfolio's value, above the limit of {position_weight.threshold}."
    text += OVER % {"m": rule.measure} + trade_sentence(view, trades)
    return Finding(
        text,
        evidence,
        ways,
        inputs_of(view, row),
        {"subject": symbol, **trade_texts(trades)},
        trades,
    )


def _others_needed(size: int, limit: float) -> int:
    """Least value of the other positions with which one of ``size`` is within ``limit``."""
    others = int(size * (1.0 - limit) / limit)
    while float(size) / float(size + others) > limit:
        others += max(1, others >> 52)
    return others


def capped(
    rule: LimitRule, view: View, row: int, level: int, metric: Metric, counted: int
) -> list[Clearing]:
    """The value to which the largest positions must come down, or how many holdings it takes."""
    clear, bars = rule.limits(view.variant)[level - 1].clears, rule.clear_after(view.variant)
    cap = trimming_cap([size for _, size in holdings_of(view, row).values()], metric, clear)
    if cap is None:
        needed = positions_needed(clear, counted)
        return [Clearing("", "holdings", "number of equal holdings", ">=", needed, "count", bars)]
    return [
        Clearing(
            "",
            "amount",
            "value of the largest position",
            "<=",
            cap / MICROS,
            view.currency(row),
            bars,
        )
    ]


def five_largest(rule: LimitRule, view: View, row: int, level: int) -> Finding:
    """P02: which positions they are, and to what value they must be trimmed."""
    ranked = sorted(holdings_of(view, row).items(), key=lambda item: (-item[1][1], item[0]))[:TOP]
    evidence = measured(rule, view, row, level, {})
    owner = view.grid.portfolios[row]
    for symbol, (_, size) in ranked:
        keys = {"portfolio_id": owner, "symbol": symbol}
        weight = float(size) / float(view.gross[row])
        evidence.append(
            Evidence("position_weight", weight, "fraction", source_keys=keys, source_time=view.time)
        )
    evidence.append(
        Evidence("positions_counted", len(ranked), "count", source_keys={"portfolio_id": owner})
    )
    ways = capped(rule, view, row, level, top_share_of, TOP)
    text = (
        "The {positions_counted} largest positions ({names}) are {top5_weight} of the portfolio's value, "
        "above the limit of {top5_weight.threshold}."
    )
    names = {"names": ", ".join(symbol for symbol, _ in ranked)}
    return Finding(text + OVER % {"m": rule.measure}, evidence, ways, inputs_of(view, row), names)


def index(rule: LimitRule, view: View, row: int, level: int) -> Finding:
    """P03: the three trims that lower the index most, each with the index before and after it."""
    limits = rule.limits(view.variant)
    evidence = measured(rule, view, row, level, {})
    evidence.append(
        Evidence("n_effective", 1.0 / float(view.hhi[row]), "points", source_table="portfolio_risk")
    )
    trades = best_trades([held for held, _ in holdings_of(view, row).values()], limits[0].clears)
    evidence += traded_evidence(trades, view.currency(row), "ratio")
    text = (
        "The Herfindahl index is {hhi}, above the limit of {hhi.threshold}: "
        "the portfolio is as concentrated as {n_effective} equal positions."
    )
    text += OVER % {"m": rule.measure} + trade_sentence(view, trades)
    ways = capped(rule, view, row, level, herfindahl_of, 1)
    return Finding(text, evidence, ways, inputs_of(view, row), trade_texts(trades), trades)


def best_trades(holdings: Sequence[Holding], limit: float) -> list[Trade]:
    """Trim the three largest positions to one value: to the limit if that is enough, else to the fourth."""
    ranked = sorted(holdings, key=lambda held: (-held.size(held.units), held.symbol))
    sizes = [held.size(held.units) for held in ranked]
    if len(ranked) <= BEST_TRADES:
        return []
    cap = trimming_cap(sizes, herfindahl_of, limit, BEST_TRADES)
    cap = sizes[BEST_TRADES] if cap is None else cap
    trades: list[Trade] = []
    for place, held in enumerate(ranked[:BEST_TRADES]):
        before, units = herfindahl_of(sizes), units_within(held, cap)
        sizes[place] = held.size(units)
        after = herfindahl_of(sizes)
        if units < held.units and after < before:
            trades.append(trade_to(held, units, before, after))
        else:
            sizes[place] = held.size(held.units)
    return trades
