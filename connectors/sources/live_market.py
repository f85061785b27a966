"""Live feeds of the market, read side by side into partial bars, prices and rejects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic, time_ns
from typing import Final

import polars as pl

from connectors.sources.acknowledgements import Acknowledgements
from connectors.sources.channel import Channel
from connectors.sources.feed_gaps import FeedGaps
from connectors.sources.feed_thread import FeedThread, Given
from connectors.sources.first_sights import FirstSights
from connectors.sources.gathering import gathered
from connectors.sources.live_checks import LiveChecks
from connectors.sources.live_feed import LiveFeed, Received
from connectors.sources.live_parser import FeedRules
from connectors.sources.live_state import LiveState
from connectors.sources.market_reader import Outlet, Part, ReadingRules
from connectors.sources.marks import Marks
from connectors.sources.partial_bars import encode
from connectors.sources.pending_rows import PendingRows
from connectors.sources.progress import FeedProgress
from connectors.sources.reading import Reading
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
        wall: Callable[[], int] = lambda: time_ns() // 1000,
    ) -> None:
        self._rules, self._outlet, self._progress = rules, outlet, progress
        self._stop, self._every, self._marks = stop, flush.total_seconds(), marks
        self._state = state or LiveState()
        self._gaps = FeedGaps(self._state.symbols, self._state.wide)
        self._sights = FirstSights([one.feed for one in sources], self._state)
        self._told = self._reached = self._state.clock  # as the engine knows it, as it will
        self._checks = LiveChecks(rules.late_allowance, rules.max_future_skew or _SKEW, wall)
        if self._state.newest is not None:
            self._checks.arrivals.recall(self._state.newest, self._state.seen)
        self._checks.textual = self._state.textual
        self._channel: Channel[Given] = Channel(_AHEAD, stop)
        self._feeds = [Reading(one.feed, one.rules, rules.interval) for one in sources]
        self._threads = [
            FeedThread(
                number, one.feed, self._state.positions.get(one.feed.name), self._channel, stop
            )
            for number, one in enumerate(sources)
        ]
        self._changed = False
        self._acknowledgements = Acknowledgements([one.feed for one in sources])

    def run(self) -> None:
        """Read until a stop.

        Raises:
            FeedStopped: a stop was asked for.
            SourceError: a feed will never give what is wanted.
        """
        self._outlet.prices(self._state.latest.prices())
        for part in (part for one in self._feeds for part in one.announcement(self._told)):
            self._outlet.part(part)
        self._marks.start()
        for thread in self._threads:
            thread.start()
        due = monotonic() + self._every
        try:
            while True:
                self._take(max(0.001, due - monotonic()))
                full = sum(one.pending.height for one in self._feeds) >= _MANY
                if full or monotonic() >= due:
                    self._flush()
                    due = monotonic() + self._every
                if self._changed and self._marks.due():
                    self._mark()
                self._acknowledgements.stored(self._marks.newest_stored)
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
        for number, received in gathered([given, *self._channel.drain()]):
            if not isinstance(received, Received):
                raise received
            self._note(self._feeds[number], received)

    def _note(self, reading: Reading, received: Received) -> None:
        name = reading.name
        accepted = self._checks.check(reading.parser, reading.rules, received)
        self._gaps.found(name, received.gaps)
        if accepted.rejects:
            self._progress.refuse(by_reason(accepted.rejects), rows=len(accepted.rejects))
            self._outlet.rejects(accepted.rejects)
        self._progress.skip(accepted.skipped)
        if accepted.rows.height:
            self._add(reading.pending, accepted.rows)
        known = self._state.positions.get(name, {})
        self._state.positions[name] = {**known, **received.position}
        news = received.messages is not None or received.rejects or received.gaps
        self._changed = self._changed or bool(news)

    def _add(self, pending: PendingRows, rows: pl.DataFrame) -> None:
        if not pending.fits(rows):
            self._flush()
        pending.add(rows)
        reached = rows["ts_event"].max()
        assert isinstance(reached, int)
        self._state.clock = max(self._state.clock, reached)
        self._reached = max(self._reached, pending.over(rows))
        if self._rules.prices and (changed := self._state.latest.note(pending.prices(rows))):
            self._outlet.prices(changed)

    def _flush(self) -> None:
        """Make parts of what waits. Gaps come first, so that bars close with what they lack.

        Only the last part moves the clock: no bar is over before the rows of all feeds are told.
        """
        waiting = [reading for reading in self._feeds if reading.pending.height]
        parts = [self._part(reading, last=reading is waiting[-1]) for reading in waiting]
        if (gaps := self._gaps.take()) is not None:
            interval = self._rules.interval // _MICROSECOND
            parts.insert(0, Part("gaps", interval, encode(gaps), self._told))
        for part in parts:
            self._outlet.part(part)

    def _part(self, reading: Reading, *, last: bool) -> Part:
        pending = reading.pending
        rows = pending.take()
        symbols = rows["symbol"].unique()
        self._gaps.heard(reading.name, symbols)
        self._sights.seen(reading.feed, rows, symbols)
        self._told = self._reached if last else self._told
        self._progress.accept(rows.height, self._state.clock)
        return reading.part(pending.part(rows), self._told)

    def _mark(self) -> None:
        """Ask for a checkpoint of all that was read so far, and let nothing follow it too early."""
        self._flush()
        number, state = self._marks.begin(), self._state
        if not self._marks.settled(self._stop):
            return
        state.newest, state.seen = self._checks.arrivals.frames()
        state.textual = self._checks.textual
        self._acknowledgements.marked(number, state.positions)
        self._outlet.part(Part("mark", number, state.packed(), state.clock))
        self._changed = not self._marks.wait(number, self._stop)
