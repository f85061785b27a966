"""Closed bars, holdings, instruments -> Position, PortfolioRisk, Advice and its versions.

One stateful fold keeps all portfolios in columns (``transforms.book_core``). Only rows that changed
leave it; each is given the identity its table's key says, so that the tables are ordinary ones.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pathway as pw

from transforms.advice.policy import BookPolicy
from transforms.book_core import Book
from transforms.book_fold import ACCOUNT, HOLDING, INSTRUMENT, MARKET, RATE, Events, Folded
from transforms.book_rows import (
    advice_cells,
    change_cells,
    evaluation_cells,
    ops_of,
    position_cells,
    reject_cells,
    risk_cells,
    state_type,
    version_cells,
)
from transforms.frozen import freeze, thaw
from transforms.schemas import (
    Advice,
    AdviceChange,
    AdviceVersion,
    Checkpoint,
    Evaluation,
    FxRate,
    Holding,
    Instrument,
    PortfolioRisk,
    Position,
    Rejected,
    Transactions,
)
from transforms.series import frozen_parts
from transforms.series_tables import keyed
from transforms.versions import Version

TABLES: Mapping[str, tuple[type[pw.Schema], tuple[str, ...]]] = {  # name -> schema, key
    "positions": (Position, ("portfolio_id", "symbol")),
    "portfolio_risk": (PortfolioRisk, ("portfolio_id",)),
    "advice": (Advice, ("advice_id",)),
    "advice_changes": (AdviceChange, ("advice_id", "seq")),
    "rejected": (Rejected, ("source", "position")),
    "advice_versions": (AdviceVersion, ("advice_id", "valid_from")),
    "evaluations": (Evaluation, ("instant",)),
}


@dataclass(frozen=True)
class BookTables:
    """Results of build_book.

    Attributes:
        rejected: lines of documents that cannot count.
        ops: the changes that the tables come to, by name, with ``up``; see ``series_tables``.
        checkpoints: states of the book.
    """

    positions: pw.Table[Position]
    risk: pw.Table[PortfolioRisk]
    advice: pw.Table[Advice]
    changes: pw.Table[AdviceChange]
    rejected: pw.Table[Rejected]
    versions: pw.Table[AdviceVersion]
    evaluations: pw.Table[Evaluation]
    ops: Mapping[str, pw.Table[Any]]
    checkpoints: pw.Table[Checkpoint]


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
    restored: bytes | None = None,
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
        restored: state of a checkpoint to go on from. The tables then lack the rows from before.
    """

    def begin() -> Folded:
        if restored is not None:
            return thaw(restored)
        return Folded(
            Book(policy, interval=interval, label=label, currency=currency, feeds=feeds, keep=keep)
        )

    events = _events(deltas, holdings, instruments, rates, transactions)
    fold = pw.reducers.stateful_many(partial(_fold, begin, label))
    folded = events.reduce(state=fold(events.kind, events.payload))
    state = pw.declare_type(state_type([schema for schema, _ in TABLES.values()]), folded.state)
    names = (*TABLES, "checkpoint", "frozen")
    commits = folded.select(**{name: state[place] for place, name in enumerate(names, 1)})
    commits = commits.to_stream("up").filter(pw.this.up)
    ops = {
        name: ops_of(commits, name, schema.column_names(), schema.typehints())
        for name, (schema, _) in TABLES.items()
    }
    tables = {name: keyed(ops[name], *key).without(pw.this.up) for name, (_, key) in TABLES.items()}
    return BookTables(
        positions=tables["positions"],
        risk=tables["portfolio_risk"],
        advice=tables["advice"],
        changes=tables["advice_changes"],
        rejected=tables["rejected"],
        versions=tables["advice_versions"],
        evaluations=tables["evaluations"],
        ops=ops,
        checkpoints=frozen_parts(commits),
    )


def _fold(begin: Callable[[], Folded], label: str, state: Any, rows: Events) -> tuple[Any, ...]:
    """One commit: the state first, then the changed rows of each of TABLES."""
    folded = begin() if state is None else state[0].value
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
        folded.marked,
        [("book", freeze(folded))] if folded.marked else [],
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
    market = pw.make_tuple(
        *(d.shard, d.seq, d.names, d.rows, d.daily, d.actions, d.clock, d.drained, d.checkpoint)
    )
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
