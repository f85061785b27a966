"""Feeds of the market as Pathway tables: partial bars, latest prices and rejects.

One thread reads files, then live feeds, and feeds all three tables; prices and rejects reach theirs
through bounded channels, so that memory stays bounded whichever table the engine is slow with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

import pathway as pw

from connectors.sources.live_market import LiveMarket, LiveSource
from connectors.sources.live_state import LiveState
from connectors.sources.market_reader import MarketReader, ReadingRules
from connectors.sources.market_subjects import (
    PartsSubject,
    Prices,
    PricesSubject,
    Rejects,
    RejectsSubject,
)
from connectors.sources.marks import Marks
from connectors.sources.pace import Pace, Speed
from connectors.sources.progress import FeedProgress
from connectors.sources.rejects import Reject, by_reason
from connectors.sources.source import FileSource
from connectors.sources.stop import StopToken
from connectors.sources.subjects import AUTOCOMMIT_MS, StoppableSubject
from transforms.schemas import LatestPrice, PartialBars, Rejected

_PARTS_AHEAD: Final = 8  # of a chunk each: what the reader may be ahead of the engine
_ROWS_AHEAD: Final = 4_096
_BATCHES_AHEAD: Final = 64

S = TypeVar("S", bound=pw.Schema)


@dataclass(frozen=True)
class MarketTables:
    """What a feed of the market gives."""

    partials: pw.Table[PartialBars]
    latest: pw.Table[LatestPrice]
    rejected: pw.Table[Rejected]


@dataclass(frozen=True)
class LiveInputs:
    """What is read behind the files, without an end.

    Attributes:
        sources: feeds, read side by side.
        marks: when the engine is asked for checkpoints.
        restored: state of the reading in a checkpoint to go on from; the files are then left out.
    """

    sources: Sequence[LiveSource]
    marks: Marks
    restored: bytes | None = None


def read_market(
    files: Sequence[FileSource],
    *,
    interval: timedelta,
    late_allowance: timedelta,
    stop: StopToken,
    progress: FeedProgress | None = None,
    max_future_skew: timedelta | None = None,
    chunk_bytes: int = 8 << 20,
    speed: Speed = "max",
    flush: timedelta = timedelta(milliseconds=50),
    prices: bool = True,
    early_rejects: Sequence[Reject] = (),
    live: LiveInputs | None = None,
    name: str = "market",
) -> MarketTables:
    """Read files of actions, trades, bars and snapshots one after the other, then live feeds.

    The tables that follow from the feed depend on neither ``chunk_bytes``, ``speed`` nor ``flush``.

    Args:
        files: in the order in which they are read, e.g. daily history before the day's trades;
            actions must come first, then second sources.
        interval: length of the bars that trades are gathered in.
        late_allowance: how far a trade may lie before the newest of its symbol.
        stop: ends the feed: ``pw.run`` then raises ``FeedStopped``. To be set as well when
            ``pw.run`` has ended for another reason.
        progress: counters to keep.
        max_future_skew: how far a row may lie ahead of its file's clock, ten bars at least; None:
            ten days.
        chunk_bytes: how much is read at a time at full speed.
        speed: market seconds per second, or ``max``; files that are not ``paced`` go at ``max``.
        flush: wall time between two flushes of partial bars while paced.
        prices: false leaves ``latest`` empty and saves its work.
        early_rejects: what was refused of other files of the run (holdings, instruments).
        live: feeds that follow the files.
        name: of the feed; the three sources are called ``<name>.partials`` and so on.

    Raises:
        ValueError: a length or the speed is not positive.
        SourceError: out of ``pw.run``, when a file has become unreadable since it was inspected.
    """
    rules = ReadingRules(interval, late_allowance, max_future_skew, chunk_bytes, prices)
    progress = progress or FeedProgress()
    progress.refuse(by_reason(early_rejects), rows=0)
    paces = Pace(speed, flush, stop), Pace("max", flush, stop)
    changed, refused = Prices(_BATCHES_AHEAD, stop), Rejects(_BATCHES_AHEAD, stop)
    marks = Marks(None) if live is None else live.marks
    marks.refused(len(early_rejects))

    def read(outlet: PartsSubject) -> None:
        reader = MarketReader(rules, *paces, outlet, progress)
        if live is None:
            reader.read(files)
            return
        if live.restored is None:
            reader.read(files, ends=False)
            state = LiveState(clock=reader.clock, latest=reader.latest)
        else:
            state = LiveState.unpacked(live.restored)
        progress.accept(0, state.clock)
        LiveMarket(
            live.sources,
            rules=rules,
            outlet=outlet,
            progress=progress,
            stop=stop,
            flush=flush,
            marks=live.marks,
            state=state,
        ).run()

    parts = PartsSubject(name, read, changed, refused, stop, marks)
    tables = MarketTables(
        partials=_table(parts, PartialBars, f"{name}.partials", _PARTS_AHEAD),
        latest=_table(PricesSubject(changed, stop), LatestPrice, f"{name}.latest", _ROWS_AHEAD),
        rejected=_table(
            RejectsSubject(early_rejects, refused, stop), Rejected, f"{name}.rejected", _ROWS_AHEAD
        ),
    )
    # Pathway starts no source whose table nobody uses, and each of the three needs the others.
    for table in (tables.partials, tables.latest):
        pw.io.null.write(table)
    pw.io.subscribe(tables.rejected, lambda key, row, time, is_addition: marks.counted())
    return tables


def _table(subject: StoppableSubject, schema: type[S], name: str, rows_ahead: int) -> pw.Table[S]:
    return pw.io.python.read(
        subject,
        schema=schema,
        name=name,
        autocommit_duration_ms=AUTOCOMMIT_MS,
        max_backlog_size=rows_ahead,
    )
