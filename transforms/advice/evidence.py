"""Typed evidence, canonical JSON and the hashes that make a row the same on every machine."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

Json = dict[str, Any]
ID_DIGITS = 32


@dataclass(frozen=True)
class Evidence:
    """One number a row rests on.

    Attributes:
        name: what it is, e.g. ``position_weight`` or ``rsi_14``.
        value: the number; a list of them is several pieces of evidence.
        unit: fraction, ratio, price, points, sigma, atr, units, bars, count, sessions,
            days, us or a currency code.
        threshold: what it was compared with; null when it was not.
        operator: how: ``>``, ``<``, ``>=``, ``<=``.
        window: bars the value was computed over; null when it has no window.
        n: bars or items that went into it.
        source_table: positions, holdings, portfolio_risk, transactions, bars, indicators, gaps,
            policy.
        source_keys: key of the source row.
        source_time: instant the value is of, microseconds UTC.
        stable_digits: leading digits that a longer history would not change; null where exact.
    """

    name: str
    value: float | int
    unit: str
    threshold: float | None = None
    operator: str | None = None
    window: int | None = None
    n: int | None = None
    source_table: str = "positions"
    source_keys: Mapping[str, Any] = field(default_factory=dict)
    source_time: int | None = None
    stable_digits: int | None = None

    def of(self, keys: Mapping[str, Any]) -> "Evidence":
        """The same of another source row."""
        return replace(self, source_keys=keys)

    def at_clearing(self, value: float | int, clear: float | None, time: int) -> "Evidence":
        """The same measure at the instant its row cleared."""
        operator = None if self.operator is None else OPPOSITE[self.operator]
        name = f"{self.name}_at_clearing"
        return replace(
            self, name=name, value=value, threshold=clear, operator=operator, source_time=time
        )


OPPOSITE = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}


@dataclass(frozen=True)
class Trade:
    """A suggestion: whole lots that would bring the metric back.

    Attributes:
        symbol: what to trade; side: ``sell`` or ``buy``; quantity: units, positive.
        price: last closed price; amount_micros: quantity x price.
        cost_est: estimated cost in micros; null when the policy names no rate.
        metric_before: the rule's metric before this trade, the earlier ones done; metric_after it.
    """

    symbol: str
    side: str
    quantity: float
    price: float
    amount_micros: int
    cost_est: int | None
    metric_before: float
    metric_after: float


@dataclass(frozen=True)
class Clearing:
    """One way for a row to clear; any of a row's ways is enough.

    Attributes:
        subject: symbol, sector, asset class or currency; '' for the portfolio.
        what: price, quantity, amount, holdings, indicator or bar.
        name: which indicator; otherwise the measure in words.
        operator: how ``what`` must compare with ``value``, all else staying as it is.
        value: the level; unit: of the level.
        closed_bars: bars in a row on which it must hold.
    """

    subject: str
    what: str
    name: str
    operator: str
    value: float
    unit: str
    closed_bars: int


def as_json(item: Evidence | Trade | Clearing) -> Json:
    """The item as it stands in a row."""
    shown = dict(vars(item))
    for name in FLOATS & shown.keys():
        shown[name] = portable(shown[name])
    return shown


FLOATS = {"value", "threshold", "quantity", "price", "metric_before", "metric_after"}


def portable(value: Any) -> Any:
    """A float cut to 15 significant digits: every JSON reader gives those back bit for bit.

    Pathway's does not do so with 16 or 17 digits, and rows must be equal before and behind it.
    """
    return float(f"{value:.15g}") if isinstance(value, float) else value


def canonical_hash(value: object) -> str:
    """SHA-256 of canonical JSON: sorted keys, shortest floats, no spaces."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def advice_id(
    portfolio: str, rule: str, subject: str, as_of: int, inputs: str, ruleset: str
) -> str:
    """32 hexadecimal digits: equal inputs give equal ids on every machine and every replay."""
    return canonical_hash([portfolio, rule, subject, as_of, inputs, ruleset])[:ID_DIGITS]
