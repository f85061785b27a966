"""What a stream remembers, so that no trade counts twice and no hole in it is silent.

A stream is told again in part and left out in part: its connections end, overlap, are replaced.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol

from connectors.sources.live_feed import Gap
from connectors.streams.events import Trade

Mark = tuple[int, int]  # time in microseconds UTC, and trade id where ids are consecutive


class Continuity(Protocol):
    """The memory of one stream."""

    def accepts(self, trade: Trade, connection: int) -> bool:
        """Whether a trade is new.

        Args:
            trade: as the venue tells it.
            connection: that it came on; they count from 1 on.
        """

    def gaps(self) -> Iterator[Gap]:
        """Those found since the last call. To be asked when only one connection is open."""

    def marks(self) -> Mapping[str, Mark]:
        """The last trade that no gap comes before, per symbol that changed since the last call."""

    def go_on_after(self, marks: Mapping[str, Mark]) -> None:
        """Expect what comes behind the marks of an earlier life; what does not come is a gap."""
