"""Advice on one set of holdings at one instant: the book's rules without its memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from transforms.advice.policy import BookPolicy
from transforms.book_core import Book
from transforms.market_delta import BOOK_FIELDS, MarketDelta
from transforms.portfolio.documents import read_document
from transforms.portfolio.instruments import InstrumentFacts

ABSENT = float("nan")
POSITION = (  # columns of a PositionRow
    *("portfolio_id", "symbol", "quantity", "price", "market_value_micros", "cost_micros"),
    *("pnl_micros", "weight", "sector", "currency", "ts_event", "fx_rate"),
)


@dataclass(frozen=True)
class Verdict:
    """Rows of the advice table, sorted by rule and subject, and of the positions table."""

    advice: list[dict[str, Any]]
    positions: list[dict[str, Any]]


def evaluate_once(
    policy: BookPolicy,
    instruments: Mapping[str, InstrumentFacts],
    states: Mapping[str, Mapping[str, float]],
    holdings: Sequence[Mapping[str, Any]],
    as_of: int,
    *,
    portfolio_id: str = "request",
    interval: int = 60_000_000,
    label: str = "1m",
    currency: str = "",
) -> Verdict:
    """Judge holdings that are not kept.

    Nothing is stale here and nothing was open before: a symbol counts with the state it has, one
    without a state is unknown and left out of the value.

    Args:
        policy: rules and wording.
        instruments: facts by symbol.
        states: BOOK_FIELDS by symbol, NaN or missing where absent.
        holdings: lines of a holding document.
        as_of: instant of the states, microseconds UTC.
        portfolio_id: named in rows, and what overrides of the policy go by.
        interval: length of a bar, microseconds.
        label: name of the interval.
        currency: of holdings and instruments that name none.
    """
    book = Book(policy, interval=interval, label=label, currency=currency)
    book.apply_instruments(instruments.items())
    book.apply_holdings([read_document(portfolio_id, 0, 0, orjson.dumps(list(holdings)))])
    names = list(states)
    rows = [
        [code, as_of, 1.0, 0.0, *(states[name].get(field, ABSENT) for field in BOOK_FIELDS)]
        for code, name in enumerate(names)
    ]
    if rows:
        book.apply_market(MarketDelta(names, np.array(rows, np.float64), as_of, True, 0))
    changes = book.take_changes()
    found = sorted(changes.advice, key=lambda row: (row.rule_id, row.subject, row.state))
    positions = [dict(zip(POSITION, row, strict=True)) for row in changes.positions]
    return Verdict([row.columns() for row in found], positions)
