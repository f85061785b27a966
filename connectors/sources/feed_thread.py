"""One live feed in a thread of its own: opened, asked, and opened again after a loss."""

import contextlib
import logging
import random
import threading
from collections.abc import Callable
from typing import Final

from connectors.sources.channel import Channel
from connectors.sources.live_feed import FeedLost, LiveFeed, Position, Received
from connectors.sources.stop import FeedStopped, StopToken

_LOOK: Final = 0.1  # seconds a feed may wait for messages before it is asked whether to stop
_FIRST_WAIT: Final = 0.2
_LONGEST_WAIT: Final = 30.0
_log = logging.getLogger(__name__)

Given = tuple[int, Received | BaseException]


class FeedThread:
    """Reads a feed into a channel until it is stopped.

    Args:
        number: what its messages are labelled with.
        feed: what is read.
        position: to go on from; None: where its settings say.
        channel: where it leaves what it reads; full, it waits.
        stop: ends it.
        jitter: 0 to 1, so that many feeds do not come back at the same moment.
    """

    def __init__(
        self,
        number: int,
        feed: LiveFeed,
        position: Position | None,
        channel: Channel[Given],
        stop: StopToken,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._number, self._feed, self._position = number, feed, position
        self._channel, self._stop, self._jitter = channel, stop, jitter
        self._thread = threading.Thread(target=self._run, name=f"feed {feed.name}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def join(self, timeout: float) -> None:
        """Wait for its end, after a stop."""
        self._thread.join(timeout)

    def _run(self) -> None:
        with contextlib.suppress(FeedStopped), contextlib.closing(self._feed):
            try:
                self._read()
            except FeedStopped:
                raise
            except BaseException as error:  # a feed that is broken must not just fall silent
                self._give(error)

    def _read(self) -> None:
        """Read; after a loss, go on behind what was given last.

        Raises:
            FeedStopped: a stop was asked for.
            SourceError: the feed will never give what is wanted.
        """
        wait = _FIRST_WAIT
        while True:
            try:
                self._feed.open(self._position)
                while True:
                    self._stop.check()
                    received = self._feed.receive(_LOOK)
                    if received is not None:
                        self._give(received)
                        self._position = {**(self._position or {}), **received.position}
                        wait = _FIRST_WAIT
            except FeedLost as error:
                _log.warning("%s: %s; trying again", self._feed.name, error)
                self._feed.close()
                self._stop.wait(wait * (0.5 + 0.5 * self._jitter()))
                self._stop.check()
                wait = min(2 * wait, _LONGEST_WAIT)

    def _give(self, given: Received | BaseException) -> None:
        self._channel.put((self._number, given))
