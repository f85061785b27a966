"""What the connections of a WebSocket feed have in common, and how each of them ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from connectors.streams.fields import Frame
from connectors.streams.venue import Credentials, Venue


class FrameLog(Protocol):
    """Where frames are kept as they came, before anyone reads them."""

    def write(self, recv_ns: int, connection: int, frame: Frame) -> None:
        """Keep one; recv_ns is the wall time in nanoseconds."""

    def end(self, recv_ns: int, connection: int) -> None:
        """Keep that a connection has ended."""


@dataclass(frozen=True)
class Target:
    """What every connection of a feed has in common.

    Attributes:
        venue: whose protocol is spoken.
        url: where to.
        symbols: what to subscribe to.
        credentials: for the URL or for frames.
        idle_timeout: seconds without any frame after which a connection is dead.
    """

    venue: Venue
    url: str
    symbols: Sequence[str]
    credentials: Credentials
    idle_timeout: float


@dataclass(frozen=True)
class Ended:
    """Why a connection is over.

    Attributes:
        reason: one line without secrets.
        after: seconds to wait at least before the next one.
        fatal: the next one would end in the same way.
    """

    reason: str
    after: float = 0.0
    fatal: bool = False
