"""The sources behind the tables of the market: one reads, the others send what it hands on."""

from collections.abc import Callable, Sequence
from dataclasses import asdict

from connectors.sources.channel import Channel
from connectors.sources.latest import Price
from connectors.sources.market_reader import Part
from connectors.sources.marks import Marks
from connectors.sources.rejects import Reject
from connectors.sources.stop import StopToken
from connectors.sources.subjects import StoppableSubject

Prices = Channel[Sequence[Price]]
Rejects = Channel[Sequence[Reject]]


class PartsSubject(StoppableSubject):
    """Runs the reader; sends its parts and hands on the rest."""

    def __init__(
        self,
        feed: str,
        read: "Callable[[PartsSubject], None]",
        prices: Prices,
        rejects: Rejects,
        stop: StopToken,
        marks: Marks,
    ) -> None:
        super().__init__(stop)
        self._feed, self._marks, self._rejects = feed, marks, rejects
        self._read_files = read
        self._seq = 0
        self._channels = (prices, rejects)
        self.prices = prices.put

    def run(self) -> None:
        """Read until all is read or a stop is asked for; the channels then end."""
        try:
            self._read_files(self)
        finally:
            for channel in self._channels:
                channel.end()

    def rejects(self, rejects: Sequence[Reject]) -> None:
        """Hand rejects on; a mark waits for them."""
        self._marks.refused(len(rejects))
        self._rejects.put(rejects)

    def part(self, part: Part) -> None:
        """Send a part, as a minibatch of its own."""
        self.offer(
            feed=self._feed,
            seq=self._seq,
            kind=part.kind,
            interval=part.interval,
            part=part.part,
            clock=part.clock,
            drained=part.drained,
        )
        self.close_batch()
        self._seq += 1


class PricesSubject(StoppableSubject):
    """Sends the latest prices."""

    def __init__(self, prices: Prices, stop: StopToken) -> None:
        super().__init__(stop, session_type="upsert")
        self._prices = prices

    def run(self) -> None:
        """Send what comes through the channel."""
        for changed in self._prices:
            for price in changed:
                self.offer(**asdict(price))
            self.close_batch()


class RejectsSubject(StoppableSubject):
    """Sends what was refused."""

    def __init__(self, early: Sequence[Reject], rejects: Rejects, stop: StopToken) -> None:
        super().__init__(stop)
        self._early = early
        self._rejects = rejects

    def run(self) -> None:
        """Send what was refused early, then what comes through the channel."""
        self._send(self._early)
        for refused in self._rejects:
            self._send(refused)

    def _send(self, rejects: Sequence[Reject]) -> None:
        for reject in rejects:
            self.offer(**asdict(reject))
        if rejects:
            self.close_batch()
