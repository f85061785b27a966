"""Telling feeds what need not be given again: what a stored checkpoint has seen."""

from collections.abc import Mapping, Sequence

from connectors.sources.live_feed import Acknowledging, LiveFeed, Position


class Acknowledgements:
    """Positions of feeds at marks whose checkpoints are not stored yet."""

    def __init__(self, feeds: Sequence[LiveFeed]) -> None:
        """Tell those of ``feeds`` that want to know."""
        self._feeds = [feed for feed in feeds if isinstance(feed, Acknowledging)]
        self._marked: dict[int, Mapping[str, Position]] = {}

    def marked(self, number: int, positions: Mapping[str, Position]) -> None:
        """A checkpoint has been asked for where feeds stood at ``positions``."""
        self._marked[number] = dict(positions)

    def stored(self, newest: int) -> None:
        """Checkpoints up to ``newest`` can be gone on from."""
        stored = [number for number in self._marked if number <= newest]
        if not stored:
            return
        positions = self._marked[max(stored)]
        for number in stored:
            del self._marked[number]
        for feed in self._feeds:
            if feed.name in positions:
                feed.acknowledge(positions[feed.name])
