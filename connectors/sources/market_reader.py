"""Files of the market, read one after the other into partial bars, prices and rejects."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from connectors.sources.actions import parse_actions
from connectors.sources.batches import Batch, read_batches
from connectors.sources.latest import LatestPrices, Price, PriceRow
from connectors.sources.pace import Pace
from connectors.sources.partial_bars import encode
from connectors.sources.progress import FeedProgress
from connectors.sources.reduction import PartKind, Reduction
from connectors.sources.rejects import Reject, by_reason
from connectors.sources.source import FileSource

PACED_CHUNK: Final = 1 << 20  # bytes: parsing a chunk holds up a paced feed
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Part:
    """One row of ``PartialBars``, without its feed and number."""

    kind: PartKind
    interval: int
    part: bytes
    clock: int
    drained: bool = False


class Outlet(Protocol):
    """Where a reader leaves what it reads. Each call may block, and raises when a stop is asked."""

    def part(self, part: Part) -> None:
        """Take a partial bar."""

    def prices(self, prices: Sequence[Price]) -> None:
        """Take changed prices."""

    def rejects(self, rejects: Sequence[Reject]) -> None:
        """Take refused rows."""


@dataclass(frozen=True)
class ReadingRules:
    """How files are read.

    Attributes:
        interval: length of the bars that trades are gathered in.
        late_allowance: how far a trade may lie before the newest of its symbol.
        max_future_skew: how far a row may lie ahead of its file's clock; None: see ``batches``.
        chunk_bytes: size of a batch at full speed.
        prices: whether the latest prices are told.
    """

    interval: timedelta
    late_allowance: timedelta
    max_future_skew: timedelta | None = None
    chunk_bytes: int = 8 << 20
    prices: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            ValueError: a length is not positive.
        """
        if self.interval < _MICROSECOND:
            raise ValueError(f"`interval` must be positive, was {self.interval}")
        if self.late_allowance < timedelta(0):
            raise ValueError(f"`late_allowance` must not be negative, was {self.late_allowance}")
        if self.chunk_bytes < 1:
            raise ValueError(f"`chunk_bytes` must be positive, was {self.chunk_bytes}")


class MarketReader:
    """Reads files of actions, trades, bars and snapshots in sequence."""

    def __init__(
        self, rules: ReadingRules, pace: Pace, unpaced: Pace, outlet: Outlet, progress: FeedProgress
    ) -> None:
        """Read by ``rules`` into ``outlet``; files that are not paced go at ``unpaced``."""
        self._rules = rules
        self._pace = pace
        self._unpaced = unpaced
        self._outlet = outlet
        self._progress = progress
        self.latest = LatestPrices()
        self.clock = 0

    def read(self, sources: Sequence[FileSource], *, ends: bool = True) -> None:
        """Read all files to their ends.

        Args:
            sources: the files.
            ends: nothing follows them; the last part says that the feed is drained.

        Raises:
            SourceError: a file has become unreadable.
            FeedStopped: a stop was asked for.
        """
        sizes = [source.size for source in sources]
        self._progress.expect(sum(sizes))
        for place, source in enumerate(sources):
            if source.kind == "actions":
                self._announce(source)
                self._progress.read_to(sum(sizes[: place + 1]))
                continue
            pace = self._pace if source.paced else self._unpaced
            for batch in self._batches(source, pace):
                self._emit(source, batch, pace)
                self._progress.read_to(sum(sizes[:place]) + batch.bytes_read)
        if ends:
            interval = self._rules.interval // _MICROSECOND
            self._outlet.part(Part("trades", interval, b"", self.clock, drained=True))
            self._progress.finish()

    def _announce(self, source: FileSource) -> None:
        """Tell the corporate actions of a file; they move no clock."""
        found = parse_actions(source)
        self._refuse(found.rejects)
        self._progress.accept(found.part.height, self.clock)
        interval = self._rules.interval // _MICROSECOND
        self._outlet.part(Part("actions", interval, encode(found.part), self.clock))

    def _batches(self, source: FileSource, pace: Pace) -> Iterator[Batch]:
        size = self._rules.chunk_bytes
        return read_batches(
            source,
            chunk_bytes=size if pace.at_max else min(size, PACED_CHUNK),
            late_allowance=self._rules.late_allowance,
            max_future_skew=self._rules.max_future_skew,
        )

    def _emit(self, source: FileSource, batch: Batch, pace: Pace) -> None:
        reduction = Reduction(source, self._rules.interval)
        rows, rejects = reduction.prepared(batch.rows), list(batch.rejects)
        self._progress.skip(batch.skipped)
        told = flushed = 0
        clock = self._clock_after(rows, reached=0 if source.check else self.clock)
        tells = self._rules.prices and not source.check
        for happened, flush in pace.release(clock):
            if tells and not pace.at_max:
                self._tell(reduction.prices(rows[told:happened]))
                told = happened
            if flush and happened > flushed:
                rejects = self._refuse(rejects, before=rows["line"][happened - 1])
                self._flush(reduction, rows[flushed:happened], int(clock[happened - 1]), pace)
                flushed = happened
        self._refuse(rejects)

    @staticmethod
    def _clock_after(rows: pl.DataFrame, reached: int) -> NDArray[np.int64]:
        if not rows.height:
            return np.empty(0, np.int64)
        return np.maximum(np.maximum.accumulate(rows["ts_event"].to_numpy()), reached)

    def _flush(self, reduction: Reduction, rows: pl.DataFrame, clock: int, pace: Pace) -> None:
        part = reduction.part(rows)
        if self._rules.prices and pace.at_max and not reduction.check:
            self._tell(reduction.part_prices(rows, part))
        if not reduction.check:  # a second source moves no clock
            self.clock = clock
        self._progress.accept(rows.height, self.clock)
        self._outlet.part(Part(reduction.kind, reduction.interval, encode(part), self.clock))

    def _tell(self, rows: Iterable[PriceRow]) -> None:
        changed = self.latest.note(rows)
        if changed:
            self._outlet.prices(changed)

    def _refuse(self, rejects: list[Reject], before: int | None = None) -> list[Reject]:
        """Tell the rejects that lie before a line; return the others."""
        due = [r for r in rejects if before is None or r.position <= before]
        if due:
            self._progress.refuse(by_reason(due), rows=sum(r.position > 0 for r in due))
            self._outlet.rejects(due)
        return rejects[len(due) :]
