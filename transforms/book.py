"""Closed bars, holdings, instruments -> Position, PortfolioRisk, Advice and its versions.

One stateful fold keeps all portfolios in columns (``transforms.book_core``). Only rows that changed
leave it; each is given the identity its table's key says, so that the tables are ordinary ones.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pathway as pw

from transforms.advice.policy import BookPolicy
from transforms.book_changes import BookChanges
from transforms.book_core import Book
from transforms.book_rows import (
    advice_cells,
    change_cells,
    evaluation_cells,
    position_cells,
    reject_cells,
    risk_cells,
    state_type,
    version_cells,
)
from transforms.market_delta import CorporateAction, MarketDelta
from transforms.portfolio.documents import read_document
from transforms.portfolio.instruments import InstrumentFacts
from transforms.portfolio.transactions import read_transactions
from transforms.schemas import (
    Advice,
    AdviceChange,
    AdviceVersion,
    Evaluation,
    FxRate,
    Holding,
    Instrument,
    PortfolioRisk,
    Position,
    Rejected,
    Transactions,
)
from transforms.shard_rows import ActionRow
from transforms.versions import Version

INSTRUMENT, HOLDING, MARKET, RATE, ACCOUNT = range(5)
TABLES: tuple[type[pw.Schema], ...] = (
    *(Position, PortfolioRisk, Advice, AdviceChange, Rejected),
    *(AdviceVersion, Evaluation),
)
Events = list[tuple[list[Any], int]]


@dataclass
class Folded:
    """State of the fold: the book and how often it has changed."""

    book: Book
    version: int = 0

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
        for feed, seq, names, rows, daily, actions, clock, drained in sorted(
            told, key=lambda delta: delta[:2]
        ):
            splits = tuple(map(_action, actions))
            delta = MarketDelta(list(names), rows, clock, drained, seq, daily, splits)
            self.book.apply_market(delta, feed)
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


@dataclass(frozen=True)
class BookTables:
    """Results of build_book. ``rejected`` holds lines of documents that cannot count."""

    positions: pw.Table[Position]
    risk: pw.Table[PortfolioRisk]
    advice: pw.Table[Advice]
    changes: pw.Table[AdviceChange]
    rejected: pw.Table[Rejected]
    versions: pw.Table[AdviceVersion]
    evaluations: pw.Table[Evaluation]


def build_book(
    deltas: pw.Table[Any],
    holdings: pw.Table[Holding],
    instruments: pw.Table[Instrument],
    *,
    rates: pw.Table[FxRate] | None = None,
    transactions: pw.Table[Transactions] | None = None,
    policy: BookPolicy,
    interval: int = 60_000_000,
    label: str = "1m",
    currency: str = "",
    feeds: int = 1,
    keep: int | None = None,
) -> BookTables:
    """Value portfolios at every closed bar and judge them by the rules of the policy.

    The final tables (all but ``changes``) are a pure function of the final bars, the documents with
    their times, and the policy; in which order they arrived shows in ``changes`` alone.

    Args:
        deltas: ``SeriesTables.deltas``: closed bars that changed, per commit.
        holdings: documents; each counts from its ``ts_event`` on.
        instruments: sector, currency and lot of symbols; they count from the start.
        rates: exchange rates; without them a portfolio counts what is in its first line's currency.
        transactions: of accounts, for returns and fees.
        policy: rules, wording, and when positions are handed out again.
        interval: length of a bar of the advice interval, microseconds.
        label: name of the advice interval.
        currency: of holdings and instruments that name none.
        feeds: how many shards ``deltas`` has.
        keep: instants that late bars and documents may still revise; None: all.
    """

    def new_book() -> Book:
        return Book(
            policy, interval=interval, label=label, currency=currency, feeds=feeds, keep=keep
        )

    events = _events(deltas, holdings, instruments, rates, transactions)
    fold = pw.reducers.stateful_many(partial(_fold, new_book, label))
    folded = events.reduce(state=fold(events.kind, events.payload))
    state = pw.declare_type(state_type(TABLES), folded.state)
    commits = folded.select(
        **{f"part_{number}": state[number] for number in range(1, 1 + len(TABLES))}
    )
    commits = commits.to_stream("up").filter(pw.this.up)
    return BookTables(
        positions=_table(commits, 1, Position, ("portfolio_id", "symbol")),
        risk=_table(commits, 2, PortfolioRisk, ("portfolio_id",)),
        advice=_table(commits, 3, Advice, ("advice_id",)),
        changes=_table(commits, 4, AdviceChange, ("advice_id", "seq")),
        rejected=_table(commits, 5, Rejected, ("source", "position")),
        versions=_table(commits, 6, AdviceVersion, ("advice_id", "valid_from")),
        evaluations=_table(commits, 7, Evaluation, ("instant",)),
    )


def _fold(new_book: Callable[[], Book], label: str, state: Any, rows: Events) -> tuple[Any, ...]:
    """One commit: the state first, then the changed rows of each of TABLES."""
    folded = Folded(new_book()) if state is None else state[0].value
    changes = folded.take(rows)
    return (
        pw.wrap_py_object(folded, serializer=Version),
        position_cells(changes),
        risk_cells(changes),
        advice_cells(changes),
        change_cells(changes),
        reject_cells(changes),
        version_cells(changes),
        evaluation_cells(changes, label),
    )


def _events(
    deltas: pw.Table[Any],
    holdings: pw.Table[Holding],
    instruments: pw.Table[Instrument],
    rates: pw.Table[FxRate] | None,
    transactions: pw.Table[Transactions] | None,
) -> pw.Table[Any]:
    """All that can change the book as rows of one shape: (kind, payload)."""
    d, h, i = deltas, holdings, instruments
    market = pw.make_tuple(d.shard, d.seq, d.names, d.rows, d.daily, d.actions, d.clock, d.drained)
    holding = pw.make_tuple(h.portfolio_id, h.revision, h.ts_event, h.document)
    instrument = pw.make_tuple(
        i.symbol, i.sector, i.currency, i.lot_size, i.asset_class, i.market_cap, i.exchange
    )
    found = [
        d.select(kind=MARKET, payload=pw.declare_type(Any, market)),
        h.select(kind=HOLDING, payload=pw.declare_type(Any, holding)),
        i.select(kind=INSTRUMENT, payload=pw.declare_type(Any, instrument)),
    ]
    if rates is not None:
        rate = pw.make_tuple(rates.currency, rates.base, rates.ts_event, rates.rate)
        found.append(rates.select(kind=RATE, payload=pw.declare_type(Any, rate)))
    if transactions is not None:
        account = pw.make_tuple(transactions.portfolio_id, transactions.document)
        found.append(transactions.select(kind=ACCOUNT, payload=pw.declare_type(Any, account)))
    return pw.Table.concat_reindex(*found)


def _table(
    commits: pw.Table[Any], part: int, schema: type[pw.Schema], key: tuple[str, ...]
) -> pw.Table[Any]:
    """Rows of one kind as a table of its own: cell 0 says whether a row comes or goes."""
    flat = commits.select(row=commits[f"part_{part}"]).flatten(pw.this.row)
    names = schema.column_names()
    cells = {name: flat.row[place] for place, name in enumerate(names, 1)}
    flat = flat.select(up=flat.row[0], **cells)
    keyed = flat.with_id_from(*(flat[name] for name in key)).stream_to_table(pw.this.up)
    return keyed.without(pw.this.up).update_types(**schema.typehints())
