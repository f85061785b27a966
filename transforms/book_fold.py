"""State of the fold over portfolios: the book, fed with what one engine commit brings."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from transforms.book_changes import BookChanges
from transforms.book_core import Book
from transforms.market_delta import CorporateAction, MarketDelta
from transforms.portfolio.documents import read_document
from transforms.portfolio.instruments import InstrumentFacts
from transforms.portfolio.transactions import read_transactions
from transforms.shard_rows import ActionRow

INSTRUMENT, HOLDING, MARKET, RATE, ACCOUNT = range(5)
Events = list[tuple[list[Any], int]]


@dataclass
class Folded:
    """State of the fold: the book, how often it has changed, the mark it has just come to."""

    book: Book
    version: int = 0
    marked: int = 0

    def take(self, events: Events) -> BookChanges:
        """Apply the events of one commit, in an order that does not depend on theirs."""
        self.version += 1
        parts = {kind: [(x, d) for (k, x), d in events if k == kind] for kind in range(5)}
        self.book.apply_instruments(_facts(parts[INSTRUMENT]))
        self.book.apply_rates(sorted(rate for rate, diff in parts[RATE] if diff > 0))
        for portfolio, account in (row for row, diff in parts[ACCOUNT] if diff > 0):
            self.book.apply_transactions(portfolio, read_transactions(account))
        documents = (read_document(*document) for document, diff in parts[HOLDING] if diff > 0)
        self.book.apply_holdings(documents)
        told = (delta for delta, diff in parts[MARKET] if diff > 0)
        self.marked = 0
        for feed, seq, names, rows, daily, actions, clock, drained, mark in sorted(
            told, key=lambda delta: delta[:2]
        ):
            splits = tuple(map(_action, actions))
            delta = MarketDelta(list(names), rows, clock, drained, seq, daily, splits, mark)
            self.book.apply_market(delta, feed)
            self.marked = mark
        return self.book.take_changes()


def _action(row: ActionRow) -> CorporateAction:
    """One that is taken back has no units afterwards."""
    symbol, kind, ex, new, old, op = row
    return CorporateAction(symbol, kind, ex, new if op > 0 else 0, old)


def _facts(rows: Iterable[tuple[Any, int]]) -> Iterable[tuple[str, InstrumentFacts | None]]:
    """Net effect on each symbol: an update is a removal and an addition in one commit."""
    found: dict[str, InstrumentFacts | None] = {}
    for (symbol, *facts), diff in rows:
        if diff > 0:
            found[symbol] = InstrumentFacts(*facts)
        else:
            found.setdefault(symbol, None)
    return found.items()
