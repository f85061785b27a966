"""A market file -> batches of accepted rows, in the order of the file, and what was refused.

How the file is cut into batches follows from ``chunk_bytes``; what is accepted, what is refused and
why does not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from connectors.sources.arrivals import Arrivals
from connectors.sources.bar_revisions import BarRevisions
from connectors.sources.clock import SEED_ROWS, ReplayClock
from connectors.sources.judge import Refusal
from connectors.sources.orders import with_order
from connectors.sources.parse import Parsed, read_rows
from connectors.sources.rejects import Reject
from connectors.sources.source import FileSource

REPLAY_SKEW: Final = timedelta(days=10)
_HEAD_BYTES: Final = 1 << 18
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Batch:
    """Some consecutive rows of a file.

    Attributes:
        rows: accepted rows: ``line``, ``symbol``, ``ts_event`` and the fields of the kind; trades
            have their ``order`` too.
        rejects: in the order of the file.
        skipped: rows left aside without being wrong: bars of another interval, withdrawals that
            only make room for a corrected bar.
        bytes_read: position in the file as it lies on disk.
    """

    rows: pl.DataFrame
    rejects: Sequence[Reject]
    skipped: int
    bytes_read: int


def read_batches(
    source: FileSource,
    *,
    chunk_bytes: int,
    late_allowance: timedelta,
    max_future_skew: timedelta | None = None,
) -> Iterator[Batch]:
    """Read a file of trades, bars or snapshots.

    Args:
        source: the file.
        chunk_bytes: size of a batch, roughly.
        late_allowance: how far a trade may lie before the newest of its symbol.
        max_future_skew: how far a row may lie ahead of the file's clock, ten bars at least; None:
            ten days.

    Raises:
        SourceError: the file has become unreadable since it was inspected.
    """
    if source.empty:
        empty = Reject(source.name, 0, "empty_file", "")
        yield Batch(pl.DataFrame(), [empty], 0, 0)
        return
    skew = max(max_future_skew or REPLAY_SKEW, 10 * (source.interval or _MICROSECOND))
    checks = _FileChecks(source, late_allowance // _MICROSECOND, skew // _MICROSECOND)
    parsed = None
    for parsed in read_rows(source, chunk_bytes):
        yield checks.check(parsed)
    if parsed is not None:
        yield checks.check(parsed.emptied(), last=True)


class _FileChecks:
    """Everything that is checked across the rows of a file."""

    def __init__(self, source: FileSource, allowance: int, skew: int) -> None:
        self._source = source
        self._clock = ReplayClock(skew, _first_times(source))
        self._reached = self._clock.value
        self._arrivals = Arrivals(allowance, venue=source.venue)
        self._textual = False
        self._revisions = BarRevisions()
        self._undecided: pl.DataFrame | None = None
        self._texts: dict[int, str] = {}
        self._waiting: list[Refusal] = []

    def check(self, parsed: Parsed, *, last: bool = False) -> Batch:
        """Check the rows of a chunk; unless it is the last, some may have to wait for the next."""
        rows = _with_time(parsed.rows, self._source)
        if self._undecided is not None:
            rows = pl.concat([self._undecided, rows], how="vertical_relaxed")
        texts, text_of = self._texts, parsed.text_of
        refuse = _Refusals(lambda line: texts[line] if line in texts else text_of(line))
        refuse.known([*self._waiting, *parsed.refusals])
        ahead = self._clock.ahead(rows["ts_event"].to_numpy(), last=last)
        rows, undecided = rows.head(len(ahead)), rows.slice(len(ahead))
        self._texts = {line: refuse.text_of(line) for line in undecided["line"]}
        self._undecided = undecided if undecided.height else None
        rows = refuse.drop(rows, ahead, "timestamp_in_future")
        in_order = self._sorted_out(rows, refuse) if self._source.kind == "trades" else rows
        rows = self._revisions.settle(in_order)
        first_waiting = undecided["line"][0] if undecided.height else None
        told, self._waiting = refuse.split(first_waiting)
        rejects = self._stamped(rows, told)
        skipped = parsed.skipped + in_order.height - rows.height
        return Batch(rows, rejects, skipped, parsed.bytes_read)

    def _sorted_out(self, rows: pl.DataFrame, refuse: "_Refusals") -> pl.DataFrame:
        rows, self._textual = with_order(rows, textual=self._textual)
        if not rows.height:
            return rows
        arrived = self._arrivals.sort_out(rows)
        wrong = np.zeros(rows.height, np.bool_)
        for flags, reason in ((arrived.late, "late"), (arrived.repeated, "duplicate_trade")):
            if flags is not None:
                refuse.note(rows.filter(flags), reason)
                wrong |= flags
        return rows.filter(~wrong) if wrong.any() else rows

    def _stamped(self, rows: pl.DataFrame, refusals: Sequence[Refusal]) -> list[Reject]:
        """Give each refusal the file's clock at its place."""
        times, lines = rows["ts_event"].to_numpy(), rows["line"].to_numpy()
        clock = np.maximum.accumulate(np.concatenate(([self._reached], times)))
        self._reached = int(clock[-1])
        places = np.searchsorted(lines, [refusal.position for refusal in refusals])
        return [
            Reject(self._source.name, refusal.position, refusal.reason, refusal.raw, now)
            for refusal, now in zip(refusals, clock[places].tolist(), strict=True)
        ]


class _Refusals:
    """Refusals of one batch, gathered check by check."""

    def __init__(self, text_of: Callable[[int], str]) -> None:
        self.text_of = text_of
        self._found: list[Refusal] = []

    def known(self, refusals: Sequence[Refusal]) -> None:
        """Take over refusals that were found elsewhere."""
        self._found += refusals

    def note(self, rows: pl.DataFrame, reason: str) -> None:
        """Refuse all of ``rows``."""
        self._found += [Refusal(line, reason, self.text_of(line)) for line in rows["line"]]

    def drop(self, rows: pl.DataFrame, wrong: NDArray[np.bool_], reason: str) -> pl.DataFrame:
        """Refuse the rows that are ``wrong`` and return the others."""
        if not wrong.any():
            return rows
        self.note(rows.filter(wrong), reason)
        return rows.filter(~wrong)

    def split(self, line: int | None) -> tuple[list[Refusal], list[Refusal]]:
        """Refusals before ``line`` and from it on, in the order of the file."""
        found = sorted(self._found, key=lambda refusal: refusal.position)
        if line is None:
            return found, []
        return (
            [refusal for refusal in found if refusal.position < line],
            [refusal for refusal in found if refusal.position >= line],
        )


def _with_time(rows: pl.DataFrame, source: FileSource) -> pl.DataFrame:
    if "ts_event" in rows.columns:
        return rows
    return rows.with_columns(ts_event=pl.lit(source.as_of, dtype=pl.Int64))


def _first_times(source: FileSource) -> NDArray[np.int64]:
    found: list[pl.Series] = []
    for parsed in read_rows(source, _HEAD_BYTES):
        found.append(_with_time(parsed.rows, source)["ts_event"])
        if sum(map(len, found)) >= SEED_ROWS:
            break
    times = pl.concat(found) if found else pl.Series(dtype=pl.Int64)
    return times.head(SEED_ROWS).to_numpy()
