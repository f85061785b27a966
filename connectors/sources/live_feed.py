"""What every live feed of the market gives, wherever it comes from: messages, and where it stands.

``live_market`` asks feeds one by one, each in a thread of its own, and parses, judges and reduces
what they give as it does with files. So a feed knows its protocol and nothing of bars.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

import polars as pl

from connectors.sources.rejects import Reject

Position = Mapping[str, str | int]
LiveKind = Literal["trades", "bars", "snapshots"]
LinkState = Literal["starting", "connected", "away"]


class FeedLost(Exception):
    """The other side is away for longer than the feed itself waits. One line says what and why."""


@dataclass(frozen=True)
class Gap:
    """A time in which something may have been missed.

    Attributes:
        symbol: whose trades; '' for all of the feed's symbols.
        ts_from: microseconds UTC, the last event that is surely there.
        ts_to: the first event that is surely there again.
        cause: for people: ``reconnected after 3 s``, ``sequence 17 to 19``.
    """

    symbol: str
    ts_from: int
    ts_to: int
    cause: str


@dataclass(frozen=True)
class Lines:
    """Messages as they came: one JSON object each, with the input columns of the feed's kind.

    Attributes:
        values: one per message.
        sources: index into ``names`` per message; None: all are of ``names[0]``.
        names: what ``Rejected.source`` says of a message: ``kafka:market.trades/3``.
        positions: what ``Rejected.position`` says: an offset.
        keys: of messages, shown with what is refused; None: the feed has none.
    """

    values: Sequence[bytes]
    positions: Sequence[int]
    names: Sequence[str]
    sources: Sequence[int] | None = None
    keys: Sequence[bytes | None] | None = None


@dataclass(frozen=True)
class Rows:
    """Messages that a parser has taken apart already.

    Attributes:
        frame: ``line`` (Int64, the position that ``Rejected`` says) and the input columns of the
            kind: ``symbol`` (String), ``ts_event`` (Int64, microseconds UTC), ``price``, ``size``
            (Float64), ``trade_id`` (Int64 or String), ``venue``; for bars open, high, low, close,
            volume. They are judged like those of a file: a price of 0 is refused with its reason.
        name: what ``Rejected.source`` says.
    """

    frame: pl.DataFrame
    name: str


@dataclass(frozen=True)
class Received:
    """What a feed has given since it was last asked.

    Attributes:
        messages: in the order in which they count.
        position: where to go on after them, for ``LiveFeed.open``; empty: the feed cannot go back.
        rejects: refused by the feed itself, such as tombstones and frames that are no JSON.
        gaps: that ended or were found meanwhile.
    """

    messages: Lines | Rows | None
    position: Position = field(default_factory=dict)
    rejects: Sequence[Reject] = ()
    gaps: Sequence[Gap] = ()


@dataclass(frozen=True)
class LinkStatus:
    """How a feed or sink stands with the other side.

    Attributes:
        name: of the part: ``kafka:market.trades``, ``postgres``.
        state: away means: it was there, or should be, and is not.
        since: wall time in seconds since the epoch of the last change of ``state``.
        reason: of being away, one line without secrets.
        lag: messages that wait on the other side; None: not known.
        counters: reconnects, gaps, frames, drops ... for /metrics.
        vital: answers get old while it is away.
    """

    name: str
    state: LinkState
    since: float
    reason: str = ""
    lag: int | None = None
    counters: Mapping[str, int] = field(default_factory=dict)
    vital: bool = True


@runtime_checkable
class Acknowledging(Protocol):
    """A feed whose other side keeps messages until it is told that they are durable."""

    def acknowledge(self, position: Position) -> None:
        """All up to ``position`` need never be given again; from any thread."""


@runtime_checkable
class FirstSight(Protocol):
    """A feed of the history of symbols, of which it hears from whoever reads the other feeds."""

    @property
    def name(self) -> str:
        """See ``LiveFeed``."""

    def note(self, first: Mapping[str, int]) -> None:
        """Want the history of symbols, each told once; from any thread.

        Args:
            first: time of the first event by symbol, microseconds UTC. That is the symbol's entry
                in the feed's position until the feed gives another one with its history.
        """


class LiveFeed(Protocol):
    """A feed without an end. All but ``status`` is called by one thread."""

    @property
    def name(self) -> str:
        """Of the feed, unique in a run and the same at every start: ``kafka:market.trades``."""

    @property
    def kind(self) -> LiveKind:
        """What its messages are."""

    def open(self, position: Position | None) -> None:
        """Connect and go to a place.

        Args:
            position: one that ``Received`` gave in an earlier life; None: where settings say.

        Raises:
            FeedLost: the other side cannot be reached.
            SourceError: it can, but will never give what is wanted: no such topic, a wrong key.
        """

    def receive(self, timeout: float) -> Received | None:
        """Take what is there, waiting ``timeout`` seconds at most for the first of it.

        Raises:
            FeedLost: the other side has gone, and the feed cannot mend that by itself.
        """

    def status(self) -> LinkStatus:
        """How it stands; from any thread."""

    def close(self) -> None:
        """Disconnect. Twice is once."""
