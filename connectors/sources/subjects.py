"""Pathway sources that can be stopped and that never run far ahead of the engine."""

import queue
from typing import Final, Literal

import pathway as pw

from connectors.sources.stop import FeedStopped, StopToken

AUTOCOMMIT_MS: Final = 10
_POLL: Final = 0.001  # seconds between looks at a full buffer


class StoppableSubject(pw.io.python.ConnectorSubject):
    """A source whose thread ends when the engine is gone.

    Pathway's own ``next`` waits without end while the buffer is full; when the engine has failed
    meanwhile, that thread, which is no daemon, would keep the process alive. So this class waits
    for room by itself.
    """

    def __init__(
        self, stop: StopToken, *, session_type: Literal["native", "upsert"] = "native"
    ) -> None:
        """Send rows until ``stop`` is set; of ``upsert`` rows the last of a primary key counts."""
        super().__init__(session_type=session_type)
        self._stop = stop

    def offer(self, **row: object) -> None:
        """Send a row.

        Raises:
            FeedStopped: a stop was asked for.
        """
        self._await_room()
        self.next(**row)

    def close_batch(self) -> None:
        """Commit the rows sent so far as one minibatch.

        Raises:
            FeedStopped: a stop was asked for.
        """
        self._await_room()
        self.commit()

    def on_stop(self) -> None:
        """Drop what the engine has not taken after a stop, so that the last message finds room."""
        while self._stop.is_set():
            try:
                self._buffer.get_nowait()
            except queue.Empty:
                return

    def _await_room(self) -> None:
        self._stop.check()
        while self._buffer.full():
            if self._stop.wait(_POLL):
                raise FeedStopped("the feed was asked to stop")
