"""Live feeds that give what a test has written down, and an outlet that ends the run behind it."""

import io
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import orjson
import polars as pl
import pytest

from connectors.sources.errors import SourceError
from connectors.sources.latest import Price
from connectors.sources.live_feed import (
    FeedLost,
    Gap,
    Lines,
    LinkStatus,
    LiveKind,
    Position,
    Received,
)
from connectors.sources.live_market import LiveMarket, LiveSource
from connectors.sources.live_parser import FeedRules
from connectors.sources.live_state import LiveState
from connectors.sources.market_reader import Part, ReadingRules
from connectors.sources.marks import Marks
from connectors.sources.progress import FeedProgress
from connectors.sources.rejects import Reject
from connectors.sources.stop import FeedStopped, StopToken

SECOND = 1_000_000
MINUTE = 60 * SECOND
T0 = 1_700_000_040_000_000  # a full minute, microseconds UTC
Step = Received | FeedLost | SourceError


def lines(name: str, *rows: Mapping[str, Any] | bytes, first: int = 0) -> Lines:
    """Messages at positions ``first`` and so on; bytes are left as they are."""
    values = [row if isinstance(row, bytes) else orjson.dumps(row) for row in rows]
    return Lines(values, range(first, first + len(values)), [name])


def trade(symbol: str, at: int, price: float, trade_id: int, size: float = 1.0) -> dict[str, Any]:
    """A trade so many microseconds after T0."""
    ids = {"trade_id": trade_id, "venue": "X"}
    return {"symbol": symbol, "ts_event": T0 + at, "price": price, "size": size, **ids}


@dataclass
class ScriptedFeed:
    """Gives its steps one by one, a position with each, and then nothing."""

    name: str
    steps: Sequence[Step]
    kind: LiveKind = "trades"
    opened: list[Position | None] = field(default_factory=list)
    acknowledged: list[Position] = field(default_factory=list)
    given: int = 0

    def open(self, position: Position | None) -> None:
        self.opened.append(position)

    def receive(self, timeout: float) -> Received | None:
        if self.given == len(self.steps):
            threading.Event().wait(timeout)
            return None
        step, self.given = self.steps[self.given], self.given + 1
        if isinstance(step, Exception):
            raise step
        return step if step.position else replace(step, position={"step": self.given})

    def acknowledge(self, position: Position) -> None:
        self.acknowledged.append(position)

    def status(self) -> LinkStatus:
        return LinkStatus(self.name, "connected", 0.0)

    def close(self) -> None:
        pass

    @property
    def last(self) -> int:
        """The step after which nothing comes."""
        return max(place for place, step in enumerate(self.steps, 1) if isinstance(step, Received))


class Stage:
    """An outlet that passes every mark, and ends the run at the one that has seen all steps."""

    def __init__(
        self,
        feeds: Sequence[ScriptedFeed],
        *,
        stored: bool = False,
        every: timedelta | None = timedelta(milliseconds=5),
        most: int = 1_000_000,
        wanted: Mapping[str, Position] | None = None,
    ) -> None:
        """End behind ``most`` parts at the latest.

        Args:
            feeds: that have to give all their steps.
            stored: checkpoints are.
            every: wall time between marks.
            most: parts.
            wanted: positions that other feeds have to come to.
        """
        self._stored, self._most = stored, most
        self.parts: list[Part] = []
        self.refused: list[Reject] = []
        self.told: list[Price] = []
        self.stop = StopToken()
        self.marks = Marks(every)
        self.packed = b""
        self._wanted = {
            one.name: one.steps[one.last - 1].position or {"step": one.last} for one in feeds
        }
        self._wanted |= wanted or {}

    def part(self, part: Part) -> None:
        self.parts.append(part)
        if len(self.parts) == self._most:
            self.stop.set()
        if part.kind == "mark":
            self.packed = part.part
            self.marks.passed(part.interval)
            if self._stored:
                self.marks.stored(part.interval)
            if LiveState.unpacked(part.part).positions.items() >= self._wanted.items():
                self.stop.set()

    def prices(self, prices: Sequence[Price]) -> None:
        self.told.extend(prices)

    def rejects(self, rejects: Sequence[Reject]) -> None:
        self.refused.extend(rejects)

    @property
    def reasons(self) -> list[tuple[str, int, str]]:
        """What was refused: (source, position, reason)."""
        return [(one.source, one.position, one.reason) for one in self.refused]

    def frame(self, kind: str) -> pl.DataFrame:
        """Rows of all parts of a kind."""
        found = [part for part in self.parts if part.kind == kind]
        return pl.concat([pl.read_ipc_stream(io.BytesIO(part.part)) for part in found])

    def gaps(self) -> set[tuple[Any, ...]]:
        """Gaps: (source, symbol, seconds from T0 to T0, cause)."""
        if not any(part.kind == "gaps" for part in self.parts):
            return set()
        return {
            (source, symbol, (start - T0) / SECOND, (end - T0) / SECOND, cause)
            for source, symbol, start, end, cause in self.frame("gaps").iter_rows()
        }


def play(
    *feeds: ScriptedFeed, state: bytes | None = None, stored: bool = False, **options: Any
) -> Stage:
    """Read feeds until all that they have to give is in a mark; ``stored``: so are checkpoints."""
    stage = Stage(feeds, stored=stored)
    with pytest.raises(FeedStopped):
        market_of(stage, feeds, state=state, **options).run()
    return stage


def market_of(
    stage: Stage,
    feeds: Sequence[ScriptedFeed],
    *,
    state: bytes | None = None,
    wall: int = T0 + 60 * MINUTE,
    flush: timedelta = timedelta(milliseconds=5),
    interval: timedelta | None = None,
) -> LiveMarket:
    """What reads feeds onto a stage."""
    return LiveMarket(
        [LiveSource(one, FeedRules(one.kind, one.name, {}, interval)) for one in feeds],
        rules=ReadingRules(timedelta(minutes=1), timedelta(minutes=2)),
        outlet=stage,
        progress=FeedProgress(),
        stop=stage.stop,
        flush=flush,
        marks=stage.marks,
        state=None if state is None else LiveState.unpacked(state),
        wall=lambda: wall,
    )


def gap(symbol: str, start: int, end: int, cause: str = "reconnected") -> Gap:
    """A gap so many seconds after T0."""
    return Gap(symbol, T0 + start * SECOND, T0 + end * SECOND, cause)
