"""What findings about a portfolio's weights share: inputs, evidence, suggestions in words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from transforms.advice.doubts import doubtful_symbol
from transforms.advice.evidence import Evidence, Trade
from transforms.advice.limits import LimitRule
from transforms.advice.rule import closing_evidence
from transforms.advice.trades import Holding
from transforms.advice.view import View
from transforms.portfolio.instruments import CASH
from transforms.portfolio.valuation import MICROS


def is_cash(view: View, symbol: str) -> bool:
    """Whether a symbol is cash."""
    return view.grid.instruments.facts(symbol).asset_class == CASH


def invested_of(view: View, row: int) -> dict[str, tuple[Holding, int]]:
    """Counted positions of a portfolio without its cash."""
    found = holdings_of(view, row)
    return {symbol: held for symbol, held in found.items() if not is_cash(view, symbol)}


def cash_of(view: View, row: int) -> list[int]:
    """Sizes of a portfolio's lines of cash, micros."""
    found = holdings_of(view, row)
    return [size for symbol, (_, size) in found.items() if is_cash(view, symbol)]


def holdings_of(view: View, row: int) -> dict[str, tuple[Holding, int]]:
    """Counted positions of a portfolio by symbol, by name: (what trades need, size in micros)."""
    found: dict[str, tuple[Holding, int]] | None = view.memo.get(("holdings", row))
    if found is None:
        found = view.memo["holdings", row] = dict(sorted(_holdings(view, row)))
    return found


def _holdings(view: View, row: int) -> Iterator[tuple[str, tuple[Holding, int]]]:
    lines = view.grid.layout.lines_of(row)
    lines = lines[view.counted[lines]]
    columns = (view.grid.codes, view.held.quantity, view.price, view.rate, view.size)
    cost, facts = view.variant.cost_bps, view.grid.instruments.facts
    for code, quantity, price, rate, size in zip(
        *(c[lines].tolist() for c in columns), strict=True
    ):
        symbol = view.grid.names[code]
        yield symbol, (Holding(symbol, quantity, price, facts(symbol).lot_size, cost, rate), size)


def holding_at(view: View, line: int) -> Holding | None:
    """A line with a target as trades need it, held or not; None without a price to trade at."""
    code, grid = int(view.grid.codes[line]), view.grid
    price, rate = float(view.price[line]), float(view.rate[line])
    if view.held.foreign[line] and not view.owned[line]:
        own, base = int(view.held.currency[line]), int(view.held.base[line])
        rate = view.fx.rate(grid.currencies[own], grid.currencies[base], view.time)
    if not price * rate > 0.0 or view.held.quantity[line] < 0.0 or doubtful_symbol(view, code):
        return None
    symbol, cost = grid.names[code], view.variant.cost_bps
    lot = grid.instruments.facts(symbol).lot_size
    return Holding(symbol, float(view.held.quantity[line]), price, lot, cost, rate)


def inputs_of(view: View, row: int) -> Any:
    """What the metrics of a portfolio come from: quantity, price, lot, sector, class."""
    found = view.memo.get(("inputs", row))
    if found is None:
        facts = view.grid.instruments.facts
        found = view.memo["inputs", row] = {
            symbol: [
                *(holding.quantity, holding.price, holding.rate),
                *(holding.lot, facts(symbol).sector, facts(symbol).asset_class),
            ]
            for symbol, (holding, _) in holdings_of(view, row).items()
        }
    return found


def row_of(rule: LimitRule, view: View, element: int) -> int:
    """Portfolio number of a subject."""
    return view.row_of(rule.subject, element)


def measured(
    rule: LimitRule, view: View, element: int, level: int, keys: Mapping[str, Any]
) -> list[Evidence]:
    """The measure against its limit, the level that clears it, the value it is a share of."""
    row = row_of(rule, view, element)
    return [*compared(rule, view, element, level, keys), portfolio_value(view, row)]


def compared(
    rule: LimitRule, view: View, element: int, level: int, keys: Mapping[str, Any]
) -> list[Evidence]:
    """The measure against its limit, the level that clears it, and for how long it must."""
    limit, row = rule.limits(view.variant)[level - 1], row_of(rule, view, element)
    unit = rule.unit_of(view, row)
    measure = Evidence(
        name=rule.measure,
        value=float(rule.metric(view)[element]),
        unit=unit,
        threshold=limit.opens,
        operator=rule.operator,
        source_table=rule.table,
        source_keys={"portfolio_id": view.grid.portfolios[row], **keys},
        source_time=view.time,
    )
    bars = rule.clear_after(view.variant)
    return [measure, clear_level(rule.measure, limit.clears, unit), closing_evidence(bars)]


def clear_level(measure: str, level: float, unit: str) -> Evidence:
    """The level at which a measure clears its row."""
    return Evidence(f"{measure}_clear_level", level, unit, source_table="policy")


def portfolio_value(view: View, row: int) -> Evidence:
    """What weights are shares of."""
    return Evidence(
        name="portfolio_value",
        value=int(view.gross[row]) / MICROS,
        unit=view.currency(row),
        n=len(holdings_of(view, row)),
        source_table="portfolio_risk",
        source_keys={"portfolio_id": view.grid.portfolios[row]},
        source_time=view.time,
    )


def clearing_sentence(rule: LimitRule) -> str:
    """When a row of the rule clears."""
    return clears_at(rule.measure, below=rule.is_ceiling)


def clears_at(measure: str, *, below: bool) -> str:
    """When a row about a measure clears: at its clear level or below it, or above it."""
    level = f"{{{measure}_clear_level}} or {'less' if below else 'more'}"
    return f" It clears at {level} on {{closed_bars}} closed bars in a row."


def request(rule: LimitRule, view: View) -> str:
    """What the rule asks for, where the wording lets it."""
    return rule.request if view.variant.wording == "imperative" else ""


def traded_evidence(trades: Sequence[Trade], currency: str, unit: str) -> list[Evidence]:
    """The numbers of suggestions as evidence, so that sentences may quote them."""
    found: list[Evidence] = []
    for number, trade in enumerate(trades, 1):
        keys, name, amount = {"symbol": trade.symbol}, f"trade_{number}", trade.amount_micros
        found += [
            Evidence(f"{name}_quantity", trade.quantity, "units", source_keys=keys),
            Evidence(f"{name}_amount", amount / MICROS, currency, source_keys=keys),
            Evidence(f"{name}_metric_before", trade.metric_before, unit, source_keys=keys),
            Evidence(f"{name}_metric_after", trade.metric_after, unit, source_keys=keys),
        ]
    return found


def trade_texts(trades: Sequence[Trade]) -> dict[str, str]:
    """Symbols of suggestions, as sentences name them."""
    return {f"trade_{number}_symbol": trade.symbol for number, trade in enumerate(trades, 1)}


def trade_sentence(view: View, trades: Sequence[Trade]) -> str:
    """How suggestions are put into words: as a fact, or as a request."""
    if not trades:
        return ""
    names = [f"trade_{number}" for number in range(1, len(trades) + 1)]
    parts = [f"{{{n}_quantity}} {{{n}_symbol}} ({{{n}_amount}})" for n in names]
    after = f"{{{names[-1]}_metric_after}}"
    if view.variant.wording == "imperative":
        verb = "Sell" if trades[0].side == "sell" else "Buy back"
        return f" {verb} {', '.join(parts)} to come to {after}."
    return f" Without {', '.join(parts)} it would be {after}."
