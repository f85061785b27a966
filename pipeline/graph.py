"""The dataflow: every builder once, in flow order. No IO, no run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pathway as pw

from transforms.advice.policy import BookPolicy
from transforms.book import BookTables, build_book
from transforms.schemas import (
    Adjustment,
    Bar,
    Checkpoint,
    FeedGap,
    FxRate,
    Holding,
    Instrument,
    LatestPrice,
    PartialBars,
    Rejected,
    SessionClose,
    Signal,
    TrackRecord,
    Transactions,
)
from transforms.series import MarketDeltas, SeriesTables, build_series
from transforms.sessions import interval_micros
from transforms.shard_fold import DAILY, SeriesOptions
from transforms.track_record import RecordTables, build_track_record

NOTHING: Mapping[str, bytes] = {}


@dataclass(frozen=True)
class Sources:
    """Tables that come from outside."""

    partials: pw.Table[PartialBars]
    latest: pw.Table[LatestPrice]
    rejected: pw.Table[Rejected]
    holdings: pw.Table[Holding] | None
    instruments: pw.Table[Instrument]
    rates: pw.Table[FxRate] | None = None
    transactions: pw.Table[Transactions] | None = None


@dataclass(frozen=True)
class Graph:
    """Every table of the flow; ``book`` is None when there are no portfolios.

    Attributes:
        sessions: None where advice follows daily bars: these are the sessions.
        ops: the changes that tables come to, by name, with ``up``; see ``series_tables``.
        checkpoints: states of the parts, whose names are ``parts``.
    """

    latest: pw.Table[LatestPrice]
    instruments: pw.Table[Instrument]
    bars: pw.Table[Bar]
    indicators: pw.Table[Any]
    signals: pw.Table[Signal]
    sessions: pw.Table[SessionClose] | None
    adjustments: pw.Table[Adjustment]
    gaps: pw.Table[FeedGap]
    deltas: pw.Table[MarketDeltas]
    book: BookTables | None
    rejected: pw.Table[Rejected]
    ops: Mapping[str, pw.Table[Any]]
    checkpoints: pw.Table[Checkpoint]
    parts: frozenset[str]
    track_record: pw.Table[TrackRecord] | None = None

    def tables(self) -> dict[str, pw.Table[Any]]:
        """The tables that sinks write, by the name of their file."""
        found: dict[str, pw.Table[Any]] = {
            "bars": self.bars,
            "indicators": self.indicators,
            "signals": self.signals,
            "adjustments": self.adjustments,
            "gaps": self.gaps,
            "rejected": self.rejected,
        }
        if self.sessions is not None:
            found["sessions"] = self.sessions
        if self.book is not None:
            found |= {
                "positions": self.book.positions,
                "portfolio_risk": self.book.risk,
                "advice": self.book.advice,
                "advice_changes": self.book.changes,
                "advice_versions": self.book.versions,
                "evaluations": self.book.evaluations,
            }
        if self.track_record is not None:
            found["track_record"] = self.track_record
        return found


def build_graph(
    sources: Sources,
    *,
    series: SeriesOptions,
    policy: BookPolicy,
    currency: str,
    keep: int | None,
    restored: Mapping[str, bytes] = NOTHING,
) -> Graph:
    """Partial bars -> bars, indicators, signals -> positions, risk, advice.

    Args:
        sources: what comes in.
        series: intervals, kernels, clocks.
        policy: rules and thresholds.
        currency: of the market.
        keep: instants that late bars may still revise in the book; None: all.
        restored: states of the parts in a checkpoint to go on from.
    """
    tables = build_series(sources.partials, options=series, restored=restored.get("series"))
    portfolios: BookTables | None = None
    record: RecordTables | None = None
    if sources.holdings is not None and series.advice_interval is not None:
        portfolios = build_book(
            tables.deltas,
            sources.holdings,
            sources.instruments,
            rates=sources.rates,
            transactions=sources.transactions,
            policy=policy,
            interval=interval_micros(series.advice_interval),
            label=series.advice_interval,
            currency=currency,
            keep=keep,
            restored=restored.get("book"),
        )
        record = build_track_record(
            portfolios.ops["advice_versions"],
            tables.deltas,
            interval=interval_micros(series.advice_interval),
            restored=restored.get("track_record"),
        )
    return Graph(
        latest=sources.latest,
        instruments=sources.instruments,
        bars=tables.bars,
        indicators=tables.indicators,
        signals=tables.signals,
        sessions=None if series.advice_interval in (None, DAILY) else tables.sessions,
        adjustments=tables.adjustments,
        gaps=tables.gaps,
        deltas=tables.deltas,
        book=portfolios,
        **_shared(sources, tables, portfolios, record),
    )


def _shared(
    sources: Sources, tables: SeriesTables, book: BookTables | None, record: RecordTables | None
) -> dict[str, Any]:
    """What every part of the flow adds to."""
    ops, rejected = dict(tables.ops), sources.rejected
    refused = rejected.with_columns(up=True)
    parts, frozen = {"feed", "series"}, [tables.checkpoints]
    if book is not None and record is not None:
        ops |= {**book.ops, "track_record": record.ops}
        rejected = rejected.concat_reindex(book.rejected)
        refused = refused.concat_reindex(book.ops["rejected"])
        parts |= {"book", "track_record"}
        frozen += [book.checkpoints, record.checkpoints]
    return {
        "rejected": rejected,
        "ops": {**ops, "rejected": refused},
        "checkpoints": pw.Table.concat_reindex(*frozen),
        "parts": frozenset(parts),
        "track_record": record.record if record is not None else None,
    }
