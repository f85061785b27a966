"""A small market and its portfolios, for tests of the book and of advice."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import pytest

from transforms.advice.policy import BookPolicy
from transforms.advice.rows import AdviceRow
from transforms.book_changes import BookChanges
from transforms.book_core import Book
from transforms.market_delta import BOOK_FIELDS, MarketDelta
from transforms.portfolio.documents import Document, read_document
from transforms.portfolio.instruments import InstrumentFacts

MINUTE = 60_000_000
QUIET = {  # a bar about which no rule has anything to say
    "close": 100.0,
    "count": 300.0,
    "session": 1.0,
    "rsi_14": 50.0,
    "rsi_degenerate": 0.0,
    "bb_percent_b": 0.5,
    "adx_14": 10.0,
    "plus_di_14": 20.0,
    "minus_di_14": 10.0,
    "ema_200": 90.0,
    "atr_22": 2.0,
    "highest_close_22": 101.0,
    "robust_z_250": 0.1,
    "gap": 0.0,
}
CLEARING = {"clear_factor": 0.9, "clear_after_bars": 2}
RULES: dict[str, dict[str, Any]] = {
    "P01": {"warn": 0.10, "alert": 0.25, **CLEARING},
    "P02": {"warn": 0.60, **CLEARING},
    "P03": {"warn": 0.18, "alert": 0.25, **CLEARING},
    "P04": {"warn": 0.30, "alert": 0.45, "unknown_over": 0.10, **CLEARING},
    "S01": {
        "severity": "info",
        "rsi_over": 70,
        "rsi_under": 30,
        "percent_b_over": 1,
        "percent_b_under": 0,
        "min_stable_digits": 4,
        "required_bars": 20,
        **CLEARING,
    },
    "S02": {
        "severity": "warn",
        "adx_over": 25,
        "weight_over": 0.05,
        "required_bars": 200,
        **CLEARING,
    },
    "S03": {"severity": "warn", "atr_multiple": 3, "required_bars": 23, **CLEARING},
    "S05": {"warn": 3.5, "alert": 5, "required_bars": 62, **CLEARING},
    "D01": {
        "severity": "alert",
        "stale_gap_factor": 3,
        "stale_sessions": 1,
        "withhold_when_stale_weight_over": 0.0,
    },
    "D03": {"severity": "info"},
}


@dataclass
class Tables:
    """Final tables, from changes applied one after the other as a sink would."""

    advice: dict[str, AdviceRow] = field(default_factory=dict)
    positions: dict[Any, Any] = field(default_factory=dict)
    risks: dict[str, Any] = field(default_factory=dict)
    rejects: dict[Any, Any] = field(default_factory=dict)
    log: list[Any] = field(default_factory=list)

    def apply(self, changes: BookChanges) -> None:
        for row in changes.advice_gone:
            del self.advice[row.advice_id]
        for key in changes.positions_gone:
            del self.positions[key]
        for portfolio in changes.risks_gone:
            del self.risks[portfolio]
        for key in changes.rejects_gone:
            del self.rejects[key]
        self.advice |= {row.advice_id: row for row in changes.advice}
        self.positions |= {row[:2]: row for row in changes.positions}
        self.risks |= {row["portfolio_id"]: row for row in changes.risks}
        self.rejects |= {(row.source, row.position): row for row in changes.rejects}
        self.log += changes.log


class World:
    """A book and what has come out of it. Minutes count instants, from 1."""

    def __init__(self, rules: Mapping[str, Mapping[str, Any]] = RULES, **policy: Any) -> None:
        self.policy = BookPolicy(rules, **policy)
        self.book = Book(self.policy, currency="INR")
        self.tables = Tables()
        self.names: list[str] = []
        self.ever: dict[str, AdviceRow] = {}  # rows as they first were, status rows that ended too
        self._revision = 0

    def delta(self, rows: Iterable[tuple[str, int, int, Mapping[str, float]]]) -> MarketDelta:
        """A delta of (symbol, minute, op, fields)."""
        found = []
        for symbol, minute, op, fields in rows:
            if symbol not in self.names:
                self.names.append(symbol)
            values = [fields.get(name, np.nan) for name in BOOK_FIELDS]
            found.append([self.names.index(symbol), minute * MINUTE, op, 0, *values])
        shape = np.array(found, np.float64).reshape(-1, 4 + len(BOOK_FIELDS))
        return MarketDelta(list(self.names), shape, 0, False, 0)

    def close(self, minute: int, *symbols: str, **bars: Mapping[str, float]) -> "World":
        """Close quiet bars of ``symbols``, and bars that differ in the given fields."""
        quiet: dict[str, Mapping[str, float]] = {symbol: {} for symbol in symbols}
        rows = [(symbol, minute, 1, {**QUIET, **own}) for symbol, own in (quiet | bars).items()]
        self.book.apply_market(self.delta(rows))
        return self.settle()

    def sessions(self, closes: Mapping[str, Iterable[float]], first: int = 1) -> "World":
        """Closes of past sessions by symbol, that ended at minutes ``first``, ``first`` + 1 ..."""
        self.names += [symbol for symbol in closes if symbol not in self.names]
        daily = [
            (self.names.index(symbol), (first + place) * MINUTE, 1, price, 1000.0)
            for symbol, prices in closes.items()
            for place, price in enumerate(prices)
        ]
        empty = np.empty((0, 4 + len(BOOK_FIELDS)))
        table = np.array(daily, np.float64)
        self.book.apply_market(MarketDelta(list(self.names), empty, 0, False, 0, table))
        return self.settle()

    def withdraw(self, minute: int, symbol: str) -> "World":
        self.book.apply_market(self.delta([(symbol, minute, -1, {})]))
        return self.settle()

    def end(self) -> "World":
        empty = np.empty((0, 4 + len(BOOK_FIELDS)))
        self.book.apply_market(MarketDelta(self.names, empty, 0, True, 0))
        return self.settle()

    def document(self, portfolio: str, at: int, lines: Mapping[str, float]) -> Document:
        self._revision += 1
        listed = [{"symbol": symbol, "quantity": units} for symbol, units in lines.items()]
        return read_document(portfolio, self._revision, at * MINUTE, orjson.dumps(listed))

    def hold(self, portfolio: str = "p", *, at: int = 0, **lines: float) -> "World":
        """Own ``lines`` (symbol=quantity) from minute ``at`` on."""
        self.book.apply_holdings([self.document(portfolio, at, lines)])
        return self.settle()

    def describe(self, lot: int = 1, **sectors: str) -> "World":
        facts = [(name, InstrumentFacts(sector, "INR", lot)) for name, sector in sectors.items()]
        self.book.apply_instruments(facts)
        return self.settle()

    def settle(self) -> "World":
        changes = self.book.take_changes()
        self.ever = {row.advice_id: row for row in changes.advice} | self.ever
        self.tables.apply(changes)
        return self

    def rows(self, rule: str | None = None, state: str | None = None) -> list[AdviceRow]:
        """Advice rows, oldest first."""
        found = [
            row
            for row in self.tables.advice.values()
            if rule in (None, row.rule_id) and state in (None, row.state)
        ]
        return sorted(found, key=lambda row: (row.as_of, row.rule_id, row.subject, row.severity))

    def one(self, rule: str, state: str | None = None) -> AdviceRow:
        [row] = self.rows(rule, state)
        return row


@pytest.fixture(scope="session")
def rules() -> dict[str, dict[str, Any]]:
    """The rules of the default policy."""
    return RULES


@pytest.fixture(scope="session")
def world() -> Callable[..., World]:
    """Makes a world: ``world(rules, **policy)``."""
    return World


@pytest.fixture(scope="session")
def tables() -> Callable[..., Tables]:
    """Makes empty tables."""
    return Tables
