"""How a running feed is asked to end.

Pathway has no stop call: a source that returns ends its table for good, which flushes windows that
are still open, so a feed that is asked to stop raises instead, and ``pw.run`` raises the same.
"""

import threading


class FeedStopped(Exception):
    """The feed was asked to stop; it leaves ``pw.run`` through this exception."""


class StopToken:
    """A request to stop, shared by all threads of one run. Set once, never cleared.

    Whoever runs the engine sets it as soon as ``pw.run`` has ended for any reason: Pathway's source
    threads are no daemons, and one that waits for a dead engine would keep the process alive.
    """

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Ask every feed to stop."""
        self._event.set()

    def is_set(self) -> bool:
        """Whether a stop was asked for."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep for ``seconds`` or until a stop is asked for; true when it was."""
        return self._event.wait(seconds)

    def check(self) -> None:
        """Raise ``FeedStopped`` when a stop was asked for."""
        if self._event.is_set():
            raise FeedStopped("the feed was asked to stop")
