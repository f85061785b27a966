"""What findings about a portfolio's weights share: inputs, evidence, suggestions in words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from transforms.advice.evidence import Evidence, Trade
from transforms.advice.limits import LimitRule
from transforms.advice.rule import closing_evidence
from transforms.advice.trades import Holding
from transforms.advice.view import View
from transforms.portfolio.valuation import MICROS


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


def row_of(rule: LimitRule, view: View, element: int) -> int:
    """Portfolio number of a subject."""
    return view.row_of(rule.subject, element)


def measured(
    rule: LimitRule, view: View, element: int, level: int, keys: Mapping[str, Any]
) -> list[Evidence]:
    """The measure against its limit, the level that clears it, the value it is a share of."""
    limit, row = rule.limits(view.variant)[level - 1], row_of(rule, view, element)
    owner = {"portfolio_id": view.grid.portfolios[row]}
    return [
        Evidence(
            name=rule.measure,
            value=float(rule.metric(view)[element]),
            unit=rule.unit,
            threshold=limit.opens,
            operator=">",
            source_table="positions" if rule.subject == "line" else "portfolio_risk",
            source_keys={**owner, **keys},
            source_time=view.time,
        ),
        Evidence(f"{rule.measure}_clear_level", limit.clears, rule.unit, source_table="policy"),
        closing_evidence(rule.clear_after(view.variant)),
        Evidence(
            name="portfolio_value",
            value=int(view.gross[row]) / MICROS,
            unit=view.currency(row),
            n=len(holdings_of(view, row)),
            source_table="portfolio_risk",
            source_keys=owner,
            source_time=view.time,
        ),
    ]


def clearing_sentence(rule: LimitRule) -> str:
    """When a row of the rule clears."""
    level = f"{{{rule.measure}_clear_level}}"
    return f" It clears at {level} or less on {{closed_bars}} closed bars in a row."


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
