"""Live feeds of the market, read side by side into partial bars, prices and rejects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic, time_ns
from typing import Final

import polars as pl

from connectors.sources.bar_revisions import BarRevisions
from connectors.sources.channel import Channel
from connectors.sources.feed_thread import FeedThread, Given
from connectors.sources.latest import newest_trade_rows
from connectors.sources.layout import layout
from connectors.sources.live_checks import LiveChecks
from connectors.sources.live_feed import Gap, LiveFeed, Received
from connectors.sources.live_parser import FeedRules, MessageParser
from connectors.sources.live_state import LiveState
from connectors.sources.market_reader import Outlet, Part, ReadingRules
from connectors.sources.marks import Marks
from connectors.sources.partial_bars import encode
from connectors.sources.progress import FeedProgress
from connectors.sources.reduction import Reduction
from connectors.sources.rejects import by_reason
from connectors.sources.stop import StopToken

_AHEAD: Final = 8  # batches that feeds may be ahead of the reduction
_MANY: Final = 50_000  # rows that are reduced without waiting for the next flush
_SKEW: Final = timedelta(minutes=5)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class LiveSource:
    """A feed and how its messages are read."""

    feed: LiveFeed
    rules: FeedRules


@dataclass
class _Pending:
    """Accepted rows of one feed that no part has been made of yet."""

    source: LiveSource
    parser: MessageParser
    reduction: Reduction
    revisions: BarRevisions = field(default_factory=BarRevisions)
    frames: list[pl.DataFrame] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows wait."""
        return sum(frame.height for frame in self.frames)


class LiveMarket:
    """Reads live feeds until it is stopped.

    Args:
        sources: the feeds.
        rules: how trades are gathered, and how late one may be.
        outlet: where parts, prices and rejects go.
        progress: counters to keep.
        stop: ends it.
        flush: wall time between two flushes of partial bars.
        marks: when the engine is asked for checkpoints.
        state: of an earlier life to go on from.
        on_gap: told of gaps.
        wall: microseconds UTC.
    """

    def __init__(
        self,
        sources: Sequence[LiveSource],
        *,
        rules: ReadingRules,
        outlet: Outlet,
        progress: FeedProgress,
        stop: StopToken,
        flush: timedelta,
        marks: Marks,
        state: LiveState | None = None,
        on_gap: Callable[[str, Gap], None] | None = None,
        wall: Callable[[], int] = lambda: time_ns() // 1000,
    ) -> None:
        self._rules, self._outlet, self._progress = rules, outlet, progress
        self._stop, self._flush, self._marks = stop, flush.total_seconds(), marks
        self._on_gap = on_gap or (lambda feed, gap: None)
        self._state = state or LiveState()
        self._checks = LiveChecks(rules.late_allowance, rules.max_future_skew or _SKEW, wall)
        if self._state.newest is not None:
            self._checks.arrivals.recall(self._state.newest, self._state.seen)
        self._checks.textual = self._state.textual
        self._channel: Channel[Given] = Channel(_AHEAD, stop)
        self._feeds = [self._pending(source) for source in sources]
        self._threads = [
            FeedThread(
                number, one.feed, self._state.positions.get(one.feed.name), self._channel, stop
            )
            for number, one in enumerate(sources)
        ]
        self._changed = False

    def _pending(self, source: LiveSource) -> _Pending:
        rules = source.rules
        shape = layout(rules.kind, rules.name, {}, (), interval=rules.interval)
        return _Pending(source, MessageParser(rules), Reduction(shape, self._rules.interval))

    def run(self) -> None:
        """Read until a stop.

        Raises:
            FeedStopped: a stop was asked for.
            SourceError: a feed will never give what is wanted.
        """
        self._outlet.prices(self._state.latest.prices())
        self._marks.start()
        for thread in self._threads:
            thread.start()
        due = monotonic() + self._flush
        try:
            while True:
                self._take(max(0.001, due - monotonic()))
                full = sum(one.rows for one in self._feeds) >= _MANY
                if full or monotonic() >= due:
                    self._flush_all()
                    due = monotonic() + self._flush
                if self._changed and self._marks.due():
                    self._mark()
        finally:
            self._stop_threads()

    def _stop_threads(self) -> None:
        if self._stop.is_set():
            for thread in self._threads:
                thread.join(1.0)

    def _take(self, timeout: float) -> None:
        given = self._channel.take(timeout)
        if given is None:
            return
        number, received = given
        if not isinstance(received, Received):
            raise received
        self._note(self._feeds[number], received)

    def _note(self, pending: _Pending, received: Received) -> None:
        name = pending.source.feed.name
        accepted = self._checks.check(pending.parser, pending.source.rules, received)
        for gap in received.gaps:
            self._on_gap(name, gap)
        if accepted.rejects:
            count = len(accepted.rejects)
            self._progress.refuse(by_reason(accepted.rejects), rows=count)
            self._outlet.rejects(accepted.rejects)
        self._progress.skip(accepted.skipped)
        if accepted.rows.height:
            self._add(pending, accepted.rows)
        known = self._state.positions.get(name, {})
        self._state.positions[name] = {**known, **received.position}
        self._changed = self._changed or received.messages is not None or bool(received.rejects)

    def _add(self, pending: _Pending, rows: pl.DataFrame) -> None:
        if pending.frames and pending.frames[0].schema != rows.schema:
            self._flush_one(pending)
        pending.frames.append(rows)
        reached = rows["ts_event"].max()
        assert isinstance(reached, int)
        self._state.clock = max(self._state.clock, reached)
        if self._rules.prices:
            prepared = pending.reduction.prepared(rows)
            trades = pending.source.rules.kind == "trades"
            told = newest_trade_rows(rows) if trades else pending.reduction.prices(prepared)
            if changed := self._state.latest.note(told):
                self._outlet.prices(changed)

    def _flush_all(self) -> None:
        for pending in self._feeds:
            self._flush_one(pending)

    def _flush_one(self, pending: _Pending) -> None:
        if not pending.frames:
            return
        rows = pl.concat(pending.frames)
        pending.frames = []
        prepared = pending.revisions.settle(pending.reduction.prepared(rows))
        part = encode(pending.reduction.part(prepared))
        self._progress.accept(rows.height, self._state.clock)
        reduction = pending.reduction
        self._outlet.part(Part(reduction.kind, reduction.interval, part, self._state.clock))

    def _mark(self) -> None:
        """Ask for a checkpoint of all that was read so far, and let nothing follow it too early."""
        self._flush_all()
        number, state = self._marks.begin(), self._state
        state.newest, state.seen = self._checks.arrivals.frames()
        state.textual = self._checks.textual
        self._outlet.part(Part("mark", number, state.packed(), state.clock))
        self._changed = not self._marks.wait(number, self._stop)
