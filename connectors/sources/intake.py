"""Frames of a WebSocket venue -> rows of trades, what is refused, gaps, and what was said besides.

One thread gives frames, another one takes what has come of them.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import polars as pl

from connectors.sources.continuity import Continuity
from connectors.sources.counted_trades import CountedTrades
from connectors.sources.lines import RAW_LIMIT, readable
from connectors.sources.live_feed import Gap, Position, Received, Rows
from connectors.sources.rejects import Reject
from connectors.sources.uncounted_trades import UncountedTrades
from connectors.streams.events import Control, Event, Numbered, Refused, Trade, Unread
from connectors.streams.fields import Frame
from connectors.streams.venue import Credentials, Venue

Given = tuple[bool, Sequence[Control]]  # whether a frame held trades, and what it said besides
CAPACITY: Final = 100_000  # rows and rejects that wait to be taken
_NOTHING: Final[Given] = (False, ())
_TRADES: Final[Given] = (True, ())  # most frames that hold something
_REFUSED: Final = "refused_by_venue"


class Intake:
    """What frames have said and nobody has taken yet."""

    def __init__(self, venue: Venue, name: str, credentials: Credentials, first: int) -> None:
        """Begin empty.

        Args:
            venue: whose frames they are.
            name: of the feed, for rejects.
            credentials: never shown in what is refused.
            first: number of the first row; each row and each reject has its own.
        """
        self._venue, self._name, self._credentials = venue, name, credentials
        self._continuity: Continuity = (
            CountedTrades() if venue.consecutive else UncountedTrades(venue.disorder)
        )
        self._lock = threading.Lock()
        self._next = first
        self._rows: list[Trade] = []
        self._lines: list[int] = []
        self._rejects: list[Reject] = []
        self._gaps: list[Gap] = []
        self._numbers: dict[int, Numbered] = {}  # by connection
        self._position: dict[str, str | int] = {}
        self._counts: Counter[str] = Counter()
        self.frames = 0
        self.ready = threading.Event()

    @property
    def waiting(self) -> int:
        """Rows and rejects that nobody has taken yet."""
        return len(self._rows) + len(self._rejects)

    @property
    def number(self) -> int:
        """That the next row or reject will have."""
        return self._next

    @property
    def full(self) -> bool:
        """Whether to stop giving frames for now."""
        return len(self._rows) + len(self._rejects) >= CAPACITY

    @property
    def counters(self) -> dict[str, int]:
        """Of all that was given and taken so far."""
        names = ("rows", "duplicates", "gaps", "rejected")
        return {"frames": self.frames, **{name: self._counts[name] for name in names}}

    def give(self, frame: Frame, connection: int, ts_recv: int) -> Given:
        """Take a frame apart.

        Args:
            frame: as it came.
            connection: that it came on; they count from 1 on.
            ts_recv: wall time in microseconds.

        Returns:
            Whether it held trades, and what its connection has to know.
        """
        self.frames += 1
        events = self._venue.parse(frame)
        if not events:
            return _NOTHING
        traded = False
        controls: list[Control] = []
        with self._lock:
            for event in events:
                if type(event) is Trade:
                    traded = True
                    self._trade(event, connection)
                else:
                    self._other(event, frame, connection, ts_recv, controls)
            if not self.ready.is_set() and (self._rows or self._rejects or self._gaps):
                self.ready.set()
        return (traded, controls) if controls else _TRADES if traded else _NOTHING

    def _other(
        self, event: Event, frame: Frame, connection: int, ts_recv: int, controls: list[Control]
    ) -> None:
        if isinstance(event, Unread):
            self._refuse(event.reason, event.raw or _text(frame), ts_recv)
        elif isinstance(event, Numbered):
            self._number(event, connection)
        elif not isinstance(event, Trade):
            controls.append(event)
            if isinstance(event, Refused):
                self._refuse(_REFUSED, _text(frame), ts_recv)

    def _trade(self, trade: Trade, connection: int) -> None:
        if not self._continuity.accepts(trade, connection):
            self._counts["duplicates"] += 1
            return
        self._rows.append(trade)
        self._lines.append(self._next)
        self._next += 1

    def refuse(self, reason: str, raw: str, ts_recv: int) -> None:
        """Refuse what is no frame at all."""
        with self._lock:
            self._refuse(reason, raw, ts_recv)

    def _refuse(self, reason: str, raw: str, ts_recv: int) -> None:
        raw = self._credentials.redact(raw)[:RAW_LIMIT]
        self._rejects.append(Reject(self._name, self._next, reason, raw, ts_recv))
        self._next += 1

    def _number(self, event: Numbered, connection: int) -> None:
        before = self._numbers.get(connection)
        self._numbers[connection] = event
        if before is not None and event.number > before.number + 1:
            cause = f"sequence {before.number + 1} to {event.number - 1} missing"
            self._gaps.append(Gap("", before.ts_event, event.ts_event, cause))

    def take(self, *, settled: bool) -> Received | None:
        """All that has come since the last call; None: nothing has.

        Args:
            settled: only one connection is open, so that no other one can fill what is missing.
        """
        with self._lock:
            self.ready.clear()
            if settled:
                self._gaps += self._continuity.gaps()
            rows, lines, self._rows, self._lines = self._rows, self._lines, [], []
            rejects, gaps, self._rejects, self._gaps = self._rejects, self._gaps, [], []
            self._position |= _marked(self._continuity.marks().items())
            self._counts["rows"] += len(rows)
            self._counts["rejected"] += len(rejects)
            self._counts["gaps"] += len(gaps)
        if not (rows or rejects or gaps):
            return None
        messages = Rows(self._framed(rows, lines), self._name) if rows else None
        return Received(messages, dict(self._position), rejects, gaps)

    def _framed(self, rows: list[Trade], lines: list[int]) -> pl.DataFrame:
        symbols, times, prices, sizes, ids, venues, _ = zip(*rows, strict=True)
        return pl.DataFrame(
            [
                pl.Series("line", lines, pl.Int64),
                pl.Series("symbol", symbols, pl.String),
                pl.Series("ts_event", times, pl.Int64),
                pl.Series("price", prices, pl.Float64),
                pl.Series("size", sizes, pl.Float64),
                pl.Series("trade_id", ids, pl.String if self._venue.text_ids else pl.Int64),
                pl.Series("venue", venues, pl.String),
            ]
        )

    def go_on_after(self, position: Position) -> None:
        """Take up the memory of an earlier life; what this life knows itself, it knows better."""
        with self._lock:
            times = {at[3:]: int(ts) for at, ts in position.items() if at.startswith("ts:")}
            self._continuity.go_on_after(
                {symbol: (ts, int(position[f"id:{symbol}"])) for symbol, ts in times.items()}
            )
            self._position = {**position, **self._position}


def _marked(marks: Iterable[tuple[str, tuple[int, int]]]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for symbol, (ts, trade_id) in marks:
        found[f"ts:{symbol}"], found[f"id:{symbol}"] = ts, trade_id
    return found


def _text(frame: Frame) -> str:
    return readable(frame) if isinstance(frame, bytes) else frame
